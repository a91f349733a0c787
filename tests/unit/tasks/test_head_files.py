import json
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from protlang.errors import ProtlangError
from protlang.models.per_protein_mlp import PerProteinNetwork
from protlang.models.per_residue_cnn import PerResidueNetwork
from protlang.tasks.head import TrainedHead
from protlang.tasks.head_files import load_head, save_head
from protlang.tasks.per_protein import PER_PROTEIN
from protlang.tasks.per_residue import PER_RESIDUE
from support.pickles import Bomb

PROVENANCE = {"source": "ångström", "labels": ["disorder", "mask", "q3"], "proteins": 3}
TENSORS = PerResidueNetwork(20).state_dict()


def of_residues(*features: str, channels: int = 20) -> TrainedHead:
    network = PerResidueNetwork(channels)
    labels = ("q3", "disorder")
    return TrainedHead(PER_RESIDUE, network, features, labels, PROVENANCE)


def of_proteins(*features: str, order: str = "released") -> TrainedHead:
    network = PerProteinNetwork(22, order)
    network.normalise(torch.randn(5, 32))  # running means are weights, too
    labels = ("location", "membrane")
    return TrainedHead(PER_PROTEIN, network, features, labels, PROVENANCE)


def foreign(path: Path, tensors: dict[str, torch.Tensor], remark: Any) -> None:
    """A safetensors file of somebody else's, or of another version's."""
    remarks = None if remark is None else {"protlang": remark}
    save_file(tensors, path, remarks)


def complaint(path: Path) -> str:
    with pytest.raises(ProtlangError) as caught:
        load_head(path, PER_RESIDUE)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("trained", "options"),
    [
        (of_residues("profile", "one_hot", channels=70), {}),
        (of_proteins("embedding", "composition"), {"order": "released"}),
        (of_proteins("composition", order="printed"), {"order": "printed"}),
    ],
)
def test_a_head_comes_back_bit_by_bit(
    tmp_path: Path, trained: TrainedHead, options: Mapping[str, str]
) -> None:
    path = tmp_path / "model.safetensors"
    save_head(trained, path)
    loaded = load_head(path, trained.head)
    ours, theirs = loaded.network.state_dict(), trained.network.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert loaded.features == trained.features
    assert loaded.labels == trained.labels
    assert loaded.provenance == PROVENANCE
    assert {name: getattr(loaded.network, name) for name in options} == options
    assert not loaded.network.training


def test_the_same_head_gives_the_same_bytes(tmp_path: Path) -> None:
    trained = of_residues("one_hot")
    for name in ("a", "b"):
        save_head(trained, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_missing_or_empty_file_raises_a_clear_error(tmp_path: Path) -> None:
    assert "does not exist" in complaint(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").touch()
    assert "is empty" in complaint(tmp_path / "model.safetensors")


@pytest.mark.parametrize("length", [4, 100, -1])
def test_truncated_file_raises_a_clear_error(tmp_path: Path, length: int) -> None:
    path = tmp_path / "model.safetensors"
    save_head(of_residues("one_hot"), path)
    path.write_bytes(path.read_bytes()[:length])
    assert "is no per_residue head of protlang's" in complaint(path)


@pytest.mark.parametrize("save", [pickle.dumps, None])
def test_a_pickle_is_refused_and_not_opened(
    tmp_path: Path, save: Callable[[Any], bytes] | None
) -> None:
    path, exploded = tmp_path / "model.safetensors", tmp_path / "exploded"
    if save:
        path.write_bytes(save(Bomb(Path.touch, exploded)))
    else:
        torch.save({"hidden.weight": Bomb(Path.touch, exploded)}, path)
    assert "is no per_residue head of protlang's" in complaint(path)
    assert not exploded.exists()


CURRENT = json.dumps({"features": ["one_hot"], "heads": [], "provenance": {}})


@pytest.mark.parametrize(
    ("tensors", "remark"),
    [
        (TENSORS, None),
        (TENSORS, "no JSON"),
        (TENSORS, "{}"),
        (TENSORS, "[]"),
        (TENSORS, CURRENT.replace("one_hot", "elmo")),
        ({"hidden.weight": torch.zeros(2)}, CURRENT),
        ({"hidden.weight": TENSORS["hidden.weight"]}, CURRENT),
    ],
)
def test_foreign_file_raises_a_clear_error(
    tmp_path: Path, tensors: dict[str, torch.Tensor], remark: str | None
) -> None:
    foreign(tmp_path / "model.safetensors", tensors, remark)
    assert "is no per_residue head of protlang's" in complaint(
        tmp_path / "model.safetensors"
    )


def test_the_foreign_file_that_has_everything_is_read(tmp_path: Path) -> None:
    foreign(tmp_path / "model.safetensors", TENSORS, CURRENT)
    loaded = load_head(tmp_path / "model.safetensors", PER_RESIDUE)
    assert loaded.features == ("one_hot",)


def test_one_kind_of_head_is_not_taken_for_the_other(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_head(of_proteins("embedding"), path)
    assert "is no per_residue head of protlang's" in complaint(path)
    save_head(of_residues("embedding"), path)
    with pytest.raises(ProtlangError, match="is no per_protein head of protlang's"):
        load_head(path, PER_PROTEIN)
