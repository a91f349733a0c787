import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from protlang.encoders.elmo import bilm_options
from protlang.errors import ProtlangError
from protlang.formats import bilm
from support.elmo_models import SEQVEC, TRAINING
from support.errors import complaint

PUBLISHED = bilm_options(SEQVEC, TRAINING)
LSTM = "RNN_1/RNN/MultiRNNCell/Cell0/LSTMCell"


def small_options() -> dict[str, Any]:
    options: dict[str, Any] = json.loads(json.dumps(PUBLISHED))
    options["char_cnn"]["embedding"]["dim"] = 3
    options["char_cnn"]["filters"] = [[1, 4], [2, 5]]
    options["lstm"].update(dim=7, projection_dim=6, n_layers=1)
    return options


def make_pair(options: dict[str, Any] | None = None) -> bilm.BilmPair:
    options = options or small_options()
    generator = np.random.default_rng(0)
    weights = {
        name: generator.normal(size=shape).astype(np.float32)
        for name, shape in bilm.shapes(options).items()
    }
    return bilm.BilmPair(options, weights)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    bilm.write(tmp_path, make_pair())
    return tmp_path


def failure(folder: Path, file: str) -> str:
    """The message of a failed reading, which names the file."""
    message = complaint(bilm.read, folder)
    assert str(folder / file) in message
    return message


def change_options(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "options.json"
    options = json.loads(path.read_text())
    change(options)
    path.write_text(json.dumps(options))


def change_weights(folder: Path, change: Callable[[h5py.File], object]) -> None:
    with h5py.File(folder / "weights.hdf5", "r+") as archive:
        change(archive)


def test_options_are_written_as_the_published_file() -> None:
    written = bilm.options_text(PUBLISHED).encode()
    assert len(written) == 541
    digest = hashlib.md5(written, usedforsecurity=False).hexdigest()
    assert digest == "cede355187778de3ac302a83c761f5f9"


def test_published_data_sets_have_the_shapes_of_methods_a3() -> None:
    shapes = bilm.shapes(PUBLISHED)
    assert shapes["char_embed"] == (261, 16)
    assert shapes["CNN/W_cnn_6"] == (1, 7, 16, 1024)
    assert shapes["CNN/b_cnn_6"] == (1024,)
    assert shapes["CNN_high_1/W_carry"] == (2048, 2048)
    assert shapes["CNN_high_0/b_transform"] == (2048,)
    assert shapes["CNN_proj/W_proj"] == (2048, 512)
    assert shapes["CNN_proj/b_proj"] == (512,)
    cell = "RNN_1/RNN/MultiRNNCell/Cell1/LSTMCell"
    assert shapes[f"{cell}/W_0"] == (1024, 16384)
    assert shapes[f"{cell}/B"] == (16384,)
    assert shapes[f"{cell}/W_P_0"] == (4096, 512)
    assert len(shapes) == 1 + 14 + 8 + 2 + 12


def test_published_data_sets_hold_93_million_numbers() -> None:
    sizes = [np.prod(shape, dtype=int) for shape in bilm.shapes(PUBLISHED).values()]
    assert sum(sizes) == 93_600_848


def test_options_are_one_line_in_the_order_given(folder: Path) -> None:
    text = (folder / "options.json").read_text()
    assert text == bilm.options_text(small_options())
    assert text.index("\n") == len(text) - 1


def test_a_round_trip_is_exact(folder: Path) -> None:
    expected, found = make_pair(), bilm.read(folder)
    assert found.options == expected.options
    assert list(found.options) == list(expected.options)
    assert found.weights.keys() == expected.weights.keys()
    for name, weights in expected.weights.items():
        assert found.weights[name].tobytes() == weights.tobytes(), name


def test_writing_again_gives_equal_bytes(folder: Path, tmp_path: Path) -> None:
    bilm.write(tmp_path / "again", bilm.read(folder))
    for name in ("options.json", "weights.hdf5"):
        again = (tmp_path / "again" / name).read_bytes()
        assert again == (folder / name).read_bytes()


def test_data_sets_are_nested_groups(folder: Path) -> None:
    with h5py.File(folder / "weights.hdf5", "r") as archive:
        cell = archive["RNN_0"]["RNN"]["MultiRNNCell"]["Cell0"]["LSTMCell"]
        assert cell["W_0"].shape == (12, 28)
        assert cell["W_0"].dtype == np.float32


def test_options_of_training_are_accepted_with_261_characters(folder: Path) -> None:
    change_options(folder, lambda o: o["char_cnn"].update(n_characters=261))
    assert bilm.read(folder).options["char_cnn"]["n_characters"] == 261


@pytest.mark.parametrize("name", ["options.json", "weights.hdf5"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert "does not exist; put it beside" in failure(folder, name)


@pytest.mark.parametrize("name", ["options.json", "weights.hdf5"])
def test_a_damaged_file_is_named(folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "fetch it again" in failure(folder, name)
    (folder / "options.json").write_text("[1]")
    assert "no JSON object" in failure(folder, "options.json")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda o: o.pop("lstm"), "lacks the option 'lstm.cell_clip'"),
        (lambda o: o["lstm"].pop("dim"), "lacks the option 'lstm.dim'"),
        (lambda o: o["char_cnn"].update(embedding=3), "'char_cnn.embedding.dim'"),
        (lambda o: o["lstm"].update(dim="7"), "lstm.dim is '7' but must be of type"),
        (lambda o: o["lstm"].update(dim=True), "lstm.dim is True but must be of type"),
        (lambda o: o["lstm"].update(peepholes=1), "unknown option 'lstm.peepholes'"),
        (lambda o: o.update(bidirectional=False), "bidirectional is False"),
        (lambda o: o["char_cnn"].update(activation="tanh"), "activation is 'tanh'"),
        (lambda o: o["char_cnn"].update(n_characters=300), "n_characters is 300"),
        (lambda o: o["char_cnn"].update(filters=[[1]]), "pairs [width, number]"),
        (lambda o: o["char_cnn"].update(filters=[[1, 2.0]]), "pairs [width, number]"),
    ],
)
def test_impossible_options_are_named(
    folder: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    change_options(folder, change)
    assert words in failure(folder, "options.json")


@pytest.mark.parametrize(
    ("change", "data_set"),
    [
        (lambda o: o["lstm"].update(dim=8), f"{LSTM}/W_0".replace("_1", "_0", 1)),
        (lambda o: o["char_cnn"]["embedding"].update(dim=4), "char_embed"),
        (lambda o: o["char_cnn"].update(filters=[[1, 4], [3, 5]]), "CNN/W_cnn_1"),
        (lambda o: o["lstm"].update(projection_dim=5), "CNN_proj/W_proj"),
    ],
)
def test_options_that_contradict_the_weights_are_named(
    folder: Path, change: Callable[[dict[str, Any]], object], data_set: str
) -> None:
    change_options(folder, change)
    message = failure(folder, "weights.hdf5")
    assert f"data set '{data_set}' has shape" in message
    assert "take both files from the same model" in message


def test_a_missing_data_set_is_named(folder: Path) -> None:
    change_options(folder, lambda o: o["lstm"].update(n_layers=2))
    assert "lacks the data set" in failure(folder, "weights.hdf5")
    change_options(folder, lambda o: o["lstm"].update(n_layers=1))
    change_weights(folder, lambda archive: archive.pop(f"{LSTM}/B"))
    assert f"lacks the data set '{LSTM}/B'" in failure(folder, "weights.hdf5")


def test_an_unknown_data_set_is_named(folder: Path) -> None:
    def add(archive: h5py.File) -> None:
        archive[f"{LSTM}/W_F_diag"] = np.zeros(7, dtype=np.float32)

    change_weights(folder, add)
    message = failure(folder, "weights.hdf5")
    assert f"has the data set '{LSTM}/W_F_diag'" in message


def test_another_type_is_named(folder: Path) -> None:
    def widen(archive: h5py.File) -> None:
        weights = archive["char_embed"][()]
        del archive["char_embed"]
        archive["char_embed"] = weights.astype(np.float64)

    change_weights(folder, widen)
    assert "'char_embed' is float64" in failure(folder, "weights.hdf5")


def test_nothing_is_written_that_could_not_be_read(tmp_path: Path) -> None:
    pair = make_pair()
    del pair.weights["char_embed"]
    with pytest.raises(ProtlangError, match="lacks the data set 'char_embed'"):
        bilm.write(tmp_path, pair)
    assert list(tmp_path.iterdir()) == []
