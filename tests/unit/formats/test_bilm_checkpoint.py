import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from protlang.encoders.elmo import bilm_options
from protlang.formats import archives, bilm, bilm_checkpoint
from protlang.formats.bilm_checkpoint import (
    SOFTMAX_BIAS,
    SOFTMAX_WEIGHTS,
    BilmCheckpoint,
    variable,
)
from support.elmo_models import TINY_ELMO, TRAINING
from support.errors import complaint

WORDS = ("<S>", "</S>", "<UNK>", *"LAGVSERTIDPKQNFYMHCWXUBOZ")


def make_checkpoint(seed: int = 0) -> BilmCheckpoint:
    options = bilm_options(TINY_ELMO, TRAINING)
    generator = np.random.default_rng(seed)
    shapes = {
        **bilm.shapes(options),
        SOFTMAX_WEIGHTS: (28, TINY_ELMO.projection),
        SOFTMAX_BIAS: (28,),
    }
    arrays = {
        name: generator.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    softmax = {name: arrays.pop(name) for name in (SOFTMAX_WEIGHTS, SOFTMAX_BIAS)}
    return BilmCheckpoint(bilm.BilmPair(options, arrays), softmax, WORDS, True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    bilm_checkpoint.write(tmp_path / "checkpoint.tar.gz", make_checkpoint())
    return tmp_path / "checkpoint.tar.gz"


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar}  # type: ignore[union-attr]


def repack(path: Path, contents: dict[str, bytes]) -> None:
    archives.pack(path, contents, simulated=False)


def test_a_checkpoint_comes_back_bit_by_bit(path: Path) -> None:
    expected, found = make_checkpoint(), bilm_checkpoint.read(path)
    assert found.pair.options == expected.pair.options
    assert tuple(found.words) == WORDS
    assert found.simulated
    for one, other in (
        (found.pair.weights, expected.pair.weights),
        (found.softmax, expected.softmax),
    ):
        assert one.keys() == other.keys()
        for name in other:
            assert one[name].tobytes() == other[name].tobytes(), name


def test_equal_checkpoints_give_equal_bytes(path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tar.gz"
    bilm_checkpoint.write(again, make_checkpoint())
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("published", "tensorflows"),
    [
        ("char_embed", "lm/char_embed"),
        ("CNN/W_cnn_3", "lm/CNN/W_cnn_3"),
        ("CNN_high_1/b_carry", "lm/CNN_high_1/b_carry"),
        (
            "RNN_1/RNN/MultiRNNCell/Cell0/LSTMCell/W_0",
            "lm/RNN_1/rnn/multi_rnn_cell/cell_0/lstm_cell/kernel",
        ),
        (
            "RNN_0/RNN/MultiRNNCell/Cell1/LSTMCell/B",
            "lm/RNN_0/rnn/multi_rnn_cell/cell_1/lstm_cell/bias",
        ),
        (
            "RNN_0/RNN/MultiRNNCell/Cell1/LSTMCell/W_P_0",
            "lm/RNN_0/rnn/multi_rnn_cell/cell_1/lstm_cell/projection/kernel",
        ),
        ("softmax/W", "lm/softmax/W"),
    ],
)
def test_variables_are_named_as_in_bilm_tf(published: str, tensorflows: str) -> None:
    """Its `dump_weights` turns the latter into the former."""
    assert variable(published) == tensorflows


def test_the_newest_checkpoint_counts(path: Path, tmp_path: Path) -> None:
    """By number of updates, not by name or order; folders do not matter."""
    bilm_checkpoint.write(tmp_path / "old.tar.gz", make_checkpoint(1))
    newer = {
        f"./seqvec/{name.replace('ckpt-1.', 'ckpt-10000.')}": content
        for name, content in members(path).items()
        if name != "SIMULATED.txt"
    }
    older = {
        f"./seqvec/{name.replace('ckpt-1.', 'ckpt-9000.')}": content
        for name, content in members(tmp_path / "old.tar.gz").items()
        if "ckpt" in name
    }
    repack(path, {**newer, **older, "seqvec/checkpoint": b"model.ckpt-10000"})
    found = bilm_checkpoint.read(path)
    assert not found.simulated
    expected = make_checkpoint().pair.weights["char_embed"]
    assert np.array_equal(found.pair.weights["char_embed"], expected)


def test_a_vocabulary_may_be_missing(path: Path) -> None:
    bilm_checkpoint.write(path, replace(make_checkpoint(), words=()))
    assert list(bilm_checkpoint.read(path).words) == []


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("model.ckpt-1.index", "no member that ends in .index"),
        ("options.json", "no member that ends in options.json"),
        ("model.ckpt-1.data-00000-of-00001", "put it beside the index"),
    ],
)
def test_what_an_archive_lacks_is_named(path: Path, left_out: str, words: str) -> None:
    kept = {name: one for name, one in members(path).items() if name != left_out}
    repack(path, kept)
    assert words in complaint(bilm_checkpoint.read, path)


@pytest.mark.parametrize("name", [SOFTMAX_WEIGHTS, SOFTMAX_BIAS])
def test_a_softmax_that_is_missing_is_named(path: Path, name: str) -> None:
    checkpoint = make_checkpoint()
    softmax = {key: one for key, one in checkpoint.softmax.items() if key != name}
    bilm_checkpoint.write(path, replace(checkpoint, softmax=softmax))
    message = complaint(bilm_checkpoint.read, path)
    assert f"lacks 'lm/{name}': its softmax" in message


def test_arrays_that_do_not_fit_the_options_are_named(path: Path) -> None:
    checkpoint = make_checkpoint()
    softmax = {**checkpoint.softmax, SOFTMAX_BIAS: np.zeros(27, np.float32)}
    bilm_checkpoint.write(path, replace(checkpoint, softmax=softmax))
    assert "weights (28, 4) and biases (27,)" in complaint(bilm_checkpoint.read, path)
    del checkpoint.pair.weights["char_embed"]
    bilm_checkpoint.write(path, checkpoint)
    assert "lacks the data set 'char_embed'" in complaint(bilm_checkpoint.read, path)


def test_words_are_as_many_as_the_softmax_has(path: Path) -> None:
    bilm_checkpoint.write(path, replace(make_checkpoint(), words=WORDS[:-1]))
    assert "lists 27 words, but its softmax has 28" in complaint(
        bilm_checkpoint.read, path
    )
