"""Trained networks on disk: safetensors with what is needed to use them."""

import json
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file
from protlang.models import per_protein_mlp as per_protein
from protlang.models import per_residue_cnn as per_residue
from protlang.models.per_protein_mlp import PerProteinNetwork
from protlang.models.per_residue_cnn import PerResidueNetwork
from protlang.tasks.features import FEATURES, PROTEIN_FEATURES

Network = TypeVar("Network", bound=nn.Module)
Build = Callable[[Mapping[str, Tensor], Mapping[str, Any]], Network]
"""From weights and facts to a network of that architecture."""


@dataclass(frozen=True)
class TrainedNetwork(Generic[Network]):
    """A network and what it was trained with.

    Attributes:
        network: in evaluation mode.
        features: names of the features it sees, in order.
        heads: the heads that were trained.
        provenance: of its training set.
    """

    network: Network
    features: tuple[str, ...]
    heads: tuple[str, ...]
    provenance: dict[str, Any]


def save_network(
    network: PerResidueNetwork,
    features: Sequence[str],
    provenance: Mapping[str, Any],
    path: Path | str,
) -> None:
    """Write a network atomically; heads count as trained if their labels were there."""
    heads = [head for head in per_residue.HEADS if head in provenance["labels"]]
    facts = {"features": list(features), "heads": heads, "provenance": dict(provenance)}
    _save(network, facts, path)


def load_network(path: Path | str) -> TrainedNetwork[PerResidueNetwork]:
    """Read a network that `save_network` wrote.

    Raises:
        ProtlangError: if the file is missing or is no such network.
    """
    return _load(path, _per_residue, FEATURES)


def save_protein_network(
    network: PerProteinNetwork,
    features: Sequence[str],
    provenance: Mapping[str, Any],
    path: Path | str,
) -> None:
    """Write a per-protein network atomically."""
    facts = {
        "features": list(features),
        "heads": list(per_protein.HEADS),
        "order": network.order,
        "provenance": dict(provenance),
    }
    _save(network, facts, path)


def load_protein_network(path: Path | str) -> TrainedNetwork[PerProteinNetwork]:
    """Read a network that `save_protein_network` wrote.

    Raises:
        ProtlangError: if the file is missing or is no such network.
    """
    return _load(path, _per_protein, PROTEIN_FEATURES)


def _per_residue(
    weights: Mapping[str, Tensor], _: Mapping[str, Any]
) -> PerResidueNetwork:
    return PerResidueNetwork(channels=weights["hidden.weight"].shape[1])


def _per_protein(
    weights: Mapping[str, Tensor], facts: Mapping[str, Any]
) -> PerProteinNetwork:
    return PerProteinNetwork(weights["compress.weight"].shape[1], facts["order"])


def _save(network: nn.Module, facts: Mapping[str, Any], path: Path | str) -> None:
    with atomic_path(path) as temporary:
        save_file(network.state_dict(), temporary, {"protlang": json.dumps(facts)})


def _load(
    path: Path | str, build: Build[Network], known_features: Container[str]
) -> TrainedNetwork[Network]:
    require_file(path, "run the workflow's target that trains it")
    try:
        with safe_open(path, framework="pt") as archive:
            facts = json.loads(archive.metadata()["protlang"])
            names = archive.keys()
            weights = {name: archive.get_tensor(name) for name in names}
        unknown = [name for name in facts["features"] if name not in known_features]
        if unknown:
            raise LookupError(f"unknown features {', '.join(unknown)}")
        network = build(weights, facts)
        network.load_state_dict(weights)
        network.eval()
        return TrainedNetwork(
            network,
            tuple(facts["features"]),
            tuple(facts["heads"]),
            facts["provenance"],
        )
    except (SafetensorError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise ProtlangError(
            f"{path} is no network of protlang's ({error!r}); delete it and train again"
        ) from error
