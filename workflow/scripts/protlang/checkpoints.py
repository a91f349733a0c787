"""Trained per-residue networks on disk: safetensors with what is needed to use them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from protlang.errors import ProtlangError
from protlang.features import dimension
from protlang.files import atomic_path, require_file
from protlang.models.per_residue import HEADS, PerResidueNetwork


@dataclass(frozen=True)
class TrainedNetwork:
    """A network and what it was trained with.

    Attributes:
        network: in evaluation mode.
        features: names of the features it sees, in order.
        heads: the heads that were trained.
        provenance: of its training set.
    """

    network: PerResidueNetwork
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
    heads = [head for head in HEADS if head in provenance["labels"]]
    facts = {"features": list(features), "heads": heads, "provenance": dict(provenance)}
    with atomic_path(path) as temporary:
        save_file(network.state_dict(), temporary, {"protlang": json.dumps(facts)})


def load_network(path: Path | str) -> TrainedNetwork:
    """Read a network that `save_network` wrote.

    Raises:
        ProtlangError: if the file is missing or is no such network.
    """
    require_file(path, "run the workflow's target that trains it")
    try:
        with safe_open(path, framework="pt") as archive:
            facts = json.loads(archive.metadata()["protlang"])
            names = archive.keys()
            weights = {name: archive.get_tensor(name) for name in names}
        network = PerResidueNetwork(dimension(facts["features"]))
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
