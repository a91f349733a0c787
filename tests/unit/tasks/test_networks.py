import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from protlang.errors import ProtlangError
from protlang.models.per_protein_mlp import PerProteinNetwork
from protlang.models.per_residue_cnn import PerResidueNetwork
from protlang.tasks.networks import (
    load_network,
    load_protein_network,
    save_network,
    save_protein_network,
)

PROVENANCE = {"source": "ångström", "labels": ["disorder", "mask", "q3"], "proteins": 3}
TENSORS = PerResidueNetwork(20).state_dict()


class Bomb:
    """Unpickling it creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Path]]:
        return Path.touch, (self.path,)


def foreign(path: Path, tensors: dict[str, torch.Tensor], remark: Any) -> None:
    """A safetensors file of somebody else's, or of another version's."""
    remarks = None if remark is None else {"protlang": remark}
    save_file(tensors, path, remarks)


def complaint(path: Path) -> str:
    with pytest.raises(ProtlangError) as caught:
        load_network(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_network_comes_back_bit_by_bit(tmp_path: Path) -> None:
    network = PerResidueNetwork(70)
    path = tmp_path / "model.safetensors"
    save_network(network, ["profile", "one_hot"], PROVENANCE, path)
    trained = load_network(path)
    ours, theirs = trained.network.state_dict(), network.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert trained.features == ("profile", "one_hot")
    assert trained.heads == ("q3", "disorder")
    assert trained.provenance == PROVENANCE
    assert not trained.network.training


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    network = PerResidueNetwork(20)
    for name in ("a", "b"):
        save_network(network, ["one_hot"], PROVENANCE, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_missing_or_empty_file_is_told(tmp_path: Path) -> None:
    assert "does not exist" in complaint(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").touch()
    assert "is empty" in complaint(tmp_path / "model.safetensors")


@pytest.mark.parametrize("kept", [4, 100, -1])
def test_a_network_cut_short_is_told(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "model.safetensors"
    save_network(PerResidueNetwork(20), ["one_hot"], PROVENANCE, path)
    path.write_bytes(path.read_bytes()[:kept])
    assert "is no network of protlang's" in complaint(path)


@pytest.mark.parametrize("save", [pickle.dumps, None])
def test_a_pickle_is_refused_and_not_opened(
    tmp_path: Path, save: Callable[[Any], bytes] | None
) -> None:
    path, exploded = tmp_path / "model.safetensors", tmp_path / "exploded"
    if save:
        path.write_bytes(save(Bomb(exploded)))
    else:
        torch.save({"hidden.weight": Bomb(exploded)}, path)
    assert "is no network of protlang's" in complaint(path)
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
def test_a_foreign_network_is_told(
    tmp_path: Path, tensors: dict[str, torch.Tensor], remark: str | None
) -> None:
    foreign(tmp_path / "model.safetensors", tensors, remark)
    assert "is no network of protlang's" in complaint(tmp_path / "model.safetensors")


def test_the_foreign_file_that_has_everything_is_read(tmp_path: Path) -> None:
    foreign(tmp_path / "model.safetensors", TENSORS, CURRENT)
    assert load_network(tmp_path / "model.safetensors").features == ("one_hot",)


@pytest.mark.parametrize("order", ["released", "printed"])
def test_a_per_protein_network_comes_back_with_its_order(
    tmp_path: Path, order: str
) -> None:
    network = PerProteinNetwork(22, order)
    network.normalise(torch.randn(5, 32))  # running means are weights, too
    path = tmp_path / "model.safetensors"
    features = ["embedding", "composition"]
    save_protein_network(network, features, PROVENANCE, path)
    trained = load_protein_network(path)
    ours, theirs = trained.network.state_dict(), network.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert trained.network.order == order
    assert trained.features == ("embedding", "composition")
    assert trained.heads == ("location", "membrane")
    assert trained.provenance == PROVENANCE
    assert not trained.network.training


def test_one_kind_of_network_is_not_taken_for_the_other(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_protein_network(PerProteinNetwork(20), ["embedding"], PROVENANCE, path)
    assert "is no network of protlang's" in complaint(path)
    save_network(PerResidueNetwork(20), ["embedding"], PROVENANCE, path)
    with pytest.raises(ProtlangError, match="is no network of protlang's"):
        load_protein_network(path)
