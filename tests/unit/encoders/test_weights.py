"""Models on disk: what is written is read, and what is damaged is reported."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from protlang.encoders.encoder import PairEncoder
from protlang.encoders.registry import load_pair_encoder, pair_encoder
from protlang.models.p_elmo import PElmoLm, PElmoLmConfig
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import PlusTfm, PlusTfmConfig
from support.errors import complaint

NETWORKS = {
    "plus-rnn": lambda: PlusRnn(PlusRnnConfig(4, 2, 3, imitate_released_code=True)),
    "plus-tfm": lambda: PlusTfm(PlusTfmConfig(8, 2, 2, 6, 0.25, max_tokens=30)),
    "p-elmo-lm": lambda: PElmoLm(PElmoLmConfig(5, 3)),
}
ORIGIN: dict[str, Any] = {
    "training": {"batch": 4, "masking": {"share": 0.15, "most": None}},
    "trained_on": {"corpus": "pfam", "sources": ["pfam-27"], "simulated": False},
}


def made(name: str) -> PairEncoder:
    torch.manual_seed(0)
    return pair_encoder(name)(NETWORKS[name](), **ORIGIN)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made("plus-rnn").save(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    encoder = made(name)
    encoder.save(tmp_path / "folder" / "of" / "encoder")
    found = load_pair_encoder(tmp_path / "folder" / "of" / "encoder")
    assert found.description == encoder.description
    assert found.network.config == encoder.network.config
    ours, theirs = found.network.state_dict(), encoder.network.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    assert encoder.network.training
    assert not any(part.training for part in found.network.modules())


def test_equal_models_have_equal_bytes(tmp_path: Path) -> None:
    for place in ("a", "b"):
        made("plus-rnn").save(tmp_path / place)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["config.json", "model.safetensors"]
    for name in files:
        first, second = ((tmp_path / place / name).read_bytes() for place in "ab")
        assert first == second


def test_missing_files_are_reported(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.unlink()
    sentence = f"{path} does not exist; train or import the model first"
    assert complaint(load_pair_encoder, folder) == sentence
    (folder / "config.json").unlink()
    assert f"{folder} is no encoder; it needs config.json and" in complaint(
        load_pair_encoder, folder
    )


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": None},
        {"model": None},
        {"model": {"hidden_dim": 4, "depth": 3}},
        {"model": {}},
        {"training": None},
        {"trained_on": None},
    ],
)
def test_a_description_of_something_else_is_reported(
    folder: Path, change: dict[str, Any]
) -> None:
    path = folder / "config.json"
    description = json.loads(path.read_text())
    for key, value in change.items():
        description.pop(key)
        if value is not None:
            description[key] = value
    path.write_text(json.dumps(description))
    assert f"{path} describes no encoder" in complaint(load_pair_encoder, folder)


@pytest.mark.parametrize("text", ['{"architecture": ', "[]", "\udcff"])
def test_a_damaged_description_is_reported(folder: Path, text: str) -> None:
    path = folder / "config.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert f"{path} describes no encoder" in complaint(load_pair_encoder, folder)


def test_an_unknown_architecture_is_reported(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(path.read_text().replace("plus-rnn", "plus-cnn"))
    assert "there is no architecture 'plus-cnn'" in complaint(load_pair_encoder, folder)


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("head.bias", None, "lacks weights 'head.bias'"),
        ("extra", (1,), "has the unknown weights 'extra'"),
        ("head.bias", (3,), "'head.bias' has shape (3,) instead of (1,)"),
    ],
)
def test_weights_of_another_network_are_named(
    folder: Path, name: str, shape: tuple[int] | None, words: str
) -> None:
    path = folder / "model.safetensors"
    tensors = {key: part for key, part in load_file(path).items() if key != name}
    save_file({**tensors, **({name: torch.zeros(shape)} if shape else {})}, path)
    sentence = f"{path} does not fit config.json: "
    assert sentence in complaint(load_pair_encoder, folder)
    assert words in complaint(load_pair_encoder, folder)


@pytest.mark.parametrize("size", [10, 400, -1])
def test_weights_cut_short_are_reported(folder: Path, size: int) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:size])
    assert f"{path} is not a whole safetensors file" in complaint(
        load_pair_encoder, folder
    )


def test_nothing_is_left_of_a_model_that_could_not_be_written(tmp_path: Path) -> None:
    encoder = pair_encoder("plus-rnn")(made("plus-rnn").network, {"x": {1, 2}}, {})
    with pytest.raises(TypeError):
        encoder.save(tmp_path)
    assert not (tmp_path / "config.json").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
