"""Training checkpoints of bilm-tf, packed: an ELMo with its softmax.

An archive holds `options.json` and one or several checkpoints of TensorFlow,
`model.ckpt-<update>.index` and `….data-…`; the newest counts. A file whose name
contains `vocab` lists the words of the softmax, one a line. States of the optimizer are
not read.

Source: bilm-tf, bilm/training.py, whose names of variables these are. SeqVec's
checkpoint was published so, but was not at hand: what its archive holds besides is not
known.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from protlang.errors import ProtlangError
from protlang.formats import archives, bilm, tensor_bundle

SOFTMAX_WEIGHTS, SOFTMAX_BIAS = "softmax/W", "softmax/b"
_SOFTMAX = (SOFTMAX_WEIGHTS, SOFTMAX_BIAS)

_VOCABULARY = "vocab"
_CHECKPOINT = re.compile(r"(.*?(\d*))\.index")
_SCOPE = "lm/"
_VARIABLES = (
    ("/RNN/MultiRNNCell/Cell", "/rnn/multi_rnn_cell/cell_"),
    ("/LSTMCell/W_0", "/lstm_cell/kernel"),
    ("/LSTMCell/B", "/lstm_cell/bias"),
    ("/LSTMCell/W_P_0", "/lstm_cell/projection/kernel"),
)
"""What is called otherwise in `weights.hdf5`, which bilm-tf writes of a checkpoint."""


@dataclass(frozen=True)
class BilmCheckpoint:
    """What an archive holds.

    Attributes:
        pair: options and weights, named as in `weights.hdf5`.
        softmax: `SOFTMAX_WEIGHTS` (words, projection) and `SOFTMAX_BIAS` (words).
        words: of the softmax in its order; empty if the archive does not list them.
        simulated: whether the archive is the simulator's.
    """

    pair: bilm.BilmPair
    softmax: Mapping[str, np.ndarray]
    words: Sequence[str]
    simulated: bool


def read(path: Path | str) -> BilmCheckpoint:
    """Read the newest checkpoint of a tar archive.

    Raises:
        ProtlangError: if the archive is damaged, lacks the options or a checkpoint, or
            these do not fit each other.
    """
    path = Path(path)
    with _unpacked(path) as (options_file, index, vocabulary):
        options = bilm.read_options(options_file)
        wanted = [*bilm.shapes(options), *_SOFTMAX]
        arrays = tensor_bundle.read(index, [variable(name) for name in wanted])
        words = vocabulary.read_text("utf-8").split() if vocabulary else []
    found = {
        name: arrays[variable(name)] for name in wanted if variable(name) in arrays
    }
    softmax = {name: found.pop(name) for name in _SOFTMAX if name in found}
    bilm.check_weights(found, options, path)
    _check_softmax(softmax, options["lstm"]["projection_dim"], words, path)
    pair = bilm.BilmPair(options, found)
    return BilmCheckpoint(pair, softmax, words, archives.is_simulated(path))


def write(path: Path | str, checkpoint: BilmCheckpoint) -> None:
    """Write an archive, atomically; equal checkpoints give equal bytes."""
    arrays = {**checkpoint.pair.weights, **checkpoint.softmax}
    with tempfile.TemporaryDirectory(prefix="protlang-") as folder:
        index = Path(folder) / "model.ckpt-1.index"
        tensor_bundle.write(index, {variable(name): arrays[name] for name in arrays})
        members = {
            bilm.OPTIONS_FILE: bilm.options_text(checkpoint.pair.options).encode(),
            **{file.name: file.read_bytes() for file in sorted(Path(folder).iterdir())},
        }
    if checkpoint.words:
        members["vocab.txt"] = "\n".join([*checkpoint.words, ""]).encode()
    archives.pack(path, members, checkpoint.simulated)


def variable(name: str) -> str:
    """TensorFlow's variable for a data set of `weights.hdf5` or the softmax."""
    for published, own in _VARIABLES:
        name = name.replace(published, own)
    return _SCOPE + name


@contextmanager
def _unpacked(path: Path) -> Iterator[tuple[Path, Path, Path | None]]:
    """The archive's options, the index of its newest checkpoint, its vocabulary."""
    members = [name for name in archives.names(path) if "/._" not in f"/{name}"]
    newest = _newest(members, path)
    data = [name for name in members if name.startswith(f"{newest}.data-")]
    vocabularies = [one for one in members if _VOCABULARY in one.rpartition("/")[2]]
    chosen = [f"{newest}.index", *data, *vocabularies[:1]]
    with archives.unpacked(path, [bilm.OPTIONS_FILE, *chosen]) as files:
        index = files[f"{newest}.index"]
        for name in chosen[: 1 + len(data)]:
            files[name].rename(index.with_name(name.rpartition("/")[2]))
        found = index.with_name(f"{newest.rpartition('/')[2]}.index")
        vocabulary = files[vocabularies[0]] if vocabularies else None
        yield files[bilm.OPTIONS_FILE], found, vocabulary


def _newest(members: Sequence[str], path: Path) -> str:
    """The path, without ending, of the checkpoint with the most updates."""
    found = filter(None, map(_CHECKPOINT.fullmatch, members))
    by_update = {int(one[2] or 0): one[1] for one in found}
    if not by_update:
        raise ProtlangError(
            f"{path} has no member that ends in .index, so no TensorFlow checkpoint; "
            "correct the distribution of its source"
        )
    return by_update[max(by_update)]


def _check_softmax(
    softmax: Mapping[str, np.ndarray], dim: int, words: Sequence[str], path: Path
) -> None:
    missing = min(set(_SOFTMAX) - softmax.keys(), default="")
    if missing:
        raise ProtlangError(f"{path} lacks {variable(missing)!r}: its softmax")
    weights, bias = (softmax[name] for name in _SOFTMAX)
    if bias.ndim != 1 or weights.shape != (len(bias), dim):
        raise ProtlangError(
            f"{path}: the softmax has weights {weights.shape} and biases {bias.shape}, "
            f"which do not go with {bilm.OPTIONS_FILE}"
        )
    if words and len(words) != len(bias):
        raise ProtlangError(
            f"{path} lists {len(words)} words, but its softmax has {len(bias)}"
        )
