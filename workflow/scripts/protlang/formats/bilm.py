"""ELMo weights as bilm-tf and AllenNLP keep them: `options.json` and `weights.hdf5`.

The published SeqVec is such a pair. It holds no softmax.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file, write_text

OPTIONS_FILE = "options.json"
WEIGHTS_FILE = "weights.hdf5"

CHARACTERS = 261
"""Rows of `char_embed`: 256 bytes, four marks and padding; the mask has none."""

_KINDS: Mapping[str, tuple[type, ...]] = {
    "bidirectional": (bool,),
    "char_cnn.activation": (str,),
    "char_cnn.embedding.dim": (int,),
    "char_cnn.filters": (list,),
    "char_cnn.max_characters_per_token": (int,),
    "char_cnn.n_characters": (int,),
    "char_cnn.n_highway": (int,),
    "dropout": (int, float),
    "lstm.cell_clip": (int, float),
    "lstm.dim": (int,),
    "lstm.n_layers": (int,),
    "lstm.proj_clip": (int, float),
    "lstm.projection_dim": (int,),
    "lstm.use_skip_connections": (bool,),
}
"""Options that describe the network, all of them required, and their types."""

_ALLOWED: Mapping[str, tuple[object, ...]] = {
    "bidirectional": (True,),
    "char_cnn.activation": ("relu",),
    "char_cnn.n_characters": (CHARACTERS, CHARACTERS + 1),
}
"""Options that have to have one of these values."""

NETWORK_OPTIONS = tuple(dict.fromkeys(key.split(".")[0] for key in _KINDS))
"""Top-level keys that describe the network; all others describe its training."""

_SAME_MODEL = "take both files from the same model"


@dataclass(frozen=True)
class BilmPair:
    """What the two files hold.

    Attributes:
        options: in the file's order.
        weights: float32 by name of the data set.
    """

    options: dict[str, Any]
    weights: dict[str, np.ndarray]


def shapes(options: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Names and shapes of all data sets that belong to checked options."""
    cnn, lstm = options["char_cnn"], options["lstm"]
    dim, filters = cnn["embedding"]["dim"], cnn["filters"]
    total = sum(number for _, number in filters)
    wanted: dict[str, tuple[int, ...]] = {"char_embed": (CHARACTERS, dim)}
    for serial, (width, number) in enumerate(filters):
        wanted[f"CNN/W_cnn_{serial}"] = (1, width, dim, number)
        wanted[f"CNN/b_cnn_{serial}"] = (number,)
    for serial in range(cnn["n_highway"]):
        for part in ("carry", "transform"):
            wanted[f"CNN_high_{serial}/W_{part}"] = (total, total)
            wanted[f"CNN_high_{serial}/b_{part}"] = (total,)
    wanted["CNN_proj/W_proj"] = (total, lstm["projection_dim"])
    wanted["CNN_proj/b_proj"] = (lstm["projection_dim"],)
    for direction in range(2):
        for layer in range(lstm["n_layers"]):
            cell = lstm_group(direction, layer)
            wanted[f"{cell}/W_0"] = (2 * lstm["projection_dim"], 4 * lstm["dim"])
            wanted[f"{cell}/B"] = (4 * lstm["dim"],)
            wanted[f"{cell}/W_P_0"] = (lstm["dim"], lstm["projection_dim"])
    return wanted


def lstm_group(direction: int, layer: int) -> str:
    """The group that holds one LSTM layer; direction 0 is forward, 1 backward."""
    return f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"


def read(folder: Path | str) -> BilmPair:
    """Read a pair and make sure that its two halves belong together.

    Raises:
        ProtlangError: if a file is missing or damaged, an option is missing, unknown or
            impossible, or a data set is missing, unknown or of another shape or type
            than the options require.
    """
    folder = Path(folder)
    options_path, weights_path = folder / OPTIONS_FILE, folder / WEIGHTS_FILE
    options = read_options(options_path)
    weights = _read_weights(weights_path)
    check_weights(weights, options, weights_path)
    return BilmPair(options, weights)


def write(folder: Path | str, pair: BilmPair) -> None:
    """Write a pair, each file atomically, the options last.

    Equal pairs give equal bytes.

    Raises:
        ProtlangError: for what `read` would not accept.
    """
    folder = Path(folder)
    options_path, weights_path = folder / OPTIONS_FILE, folder / WEIGHTS_FILE
    check_options(pair.options, options_path)
    check_weights(pair.weights, pair.options, weights_path)
    with atomic_path(weights_path) as temporary, h5py.File(temporary, "w") as archive:
        for name in shapes(pair.options):
            archive.create_dataset(name, data=pair.weights[name])
    write_text(options_path, options_text(pair.options))


def options_text(options: Mapping[str, Any]) -> str:
    """Options as bilm-tf writes them: one line of JSON."""
    return json.dumps(options) + "\n"


def read_options(path: Path) -> dict[str, Any]:
    """Read and check `options.json`.

    Raises:
        ProtlangError: if it is missing, damaged, or an option is missing, unknown or
            impossible.
    """
    require_file(path, f"put it beside {WEIGHTS_FILE}")
    try:
        options = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ProtlangError(f"{path} is not JSON ({error}); fetch it again") from error
    if not isinstance(options, dict):
        raise ProtlangError(f"{path} is no JSON object; fetch it again")
    check_options(options, path)
    return options


def check_options(options: Mapping[str, Any], path: Path) -> None:
    """Make sure that all options of the network are there and possible.

    Raises:
        ProtlangError: naming the path and the option.
    """
    network = {key: options[key] for key in NETWORK_OPTIONS if key in options}
    found = dict(_flat(network))
    for key, kinds in _KINDS.items():
        if key not in found:
            raise ProtlangError(f"{path} lacks the option {key!r}; add it")
        if type(found[key]) not in kinds:
            raise ProtlangError(
                f"{path}: {key} is {found[key]!r} but must be of type "
                f"{' or '.join(kind.__name__ for kind in kinds)}"
            )
    for key, allowed in _ALLOWED.items():
        if found[key] not in allowed:
            raise ProtlangError(
                f"{path}: {key} is {found[key]!r} but only "
                f"{' or '.join(map(repr, allowed))} can be read; this is no network "
                "of SeqVec's kind"
            )
    unknown = found.keys() - _KINDS.keys()
    if unknown:
        raise ProtlangError(
            f"{path} has the unknown option {min(unknown)!r}; its effect on the "
            "network is unknown: remove it if it has none"
        )
    _check_filters(found["char_cnn.filters"], path)


def _check_filters(filters: list[Any], path: Path) -> None:
    for pair in filters:
        if not (isinstance(pair, list) and [type(n) for n in pair] == [int, int]):
            raise ProtlangError(
                f"{path}: char_cnn.filters has {pair!r}; give pairs [width, number]"
            )


def _flat(options: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested options under keys joined by dots."""
    for key, value in options.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _read_weights(path: Path) -> dict[str, np.ndarray]:
    require_file(path, f"put it beside {OPTIONS_FILE}")
    weights: dict[str, np.ndarray] = {}

    def collect(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset):
            weights[name] = item[()]

    try:
        with h5py.File(path, "r") as archive:
            archive.visititems(collect)
    except OSError as error:
        raise ProtlangError(
            f"{path} is not a whole HDF5 file ({error}); fetch it again"
        ) from error
    return weights


def check_weights(
    weights: Mapping[str, np.ndarray], options: Mapping[str, Any], path: Path
) -> None:
    """Make sure that there are all arrays of a network with checked options.

    Raises:
        ProtlangError: naming the path and the first array that is missing, unknown or
            of another shape or type.
    """
    wanted = shapes(options)
    unknown = weights.keys() - wanted.keys()
    if unknown:
        raise ProtlangError(
            f"{path} has the data set {min(unknown)!r}, which a network as in "
            f"{OPTIONS_FILE} does not have; {_SAME_MODEL}"
        )
    for name, shape in wanted.items():
        if name not in weights:
            raise ProtlangError(f"{path} lacks the data set {name!r}; {_SAME_MODEL}")
        array = weights[name]
        if array.shape != shape:
            raise ProtlangError(
                f"{path}: data set {name!r} has shape {array.shape}, but {shape} "
                f"follows from {OPTIONS_FILE}; {_SAME_MODEL}"
            )
        if array.dtype != np.float32:
            raise ProtlangError(
                f"{path}: data set {name!r} is {array.dtype}, not float32; convert it"
            )
