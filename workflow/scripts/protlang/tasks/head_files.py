"""Trained heads on disk: safetensors with what is needed to use them."""

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file
from protlang.tasks.head import Head, TrainedHead
from protlang.tasks.per_protein import PER_PROTEIN
from protlang.tasks.per_residue import PER_RESIDUE

HEADS: Mapping[str, Head] = {head.name: head for head in (PER_RESIDUE, PER_PROTEIN)}
"""Both kinds, by name."""


def save_head(trained: TrainedHead, path: Path | str) -> None:
    """Write a trained head atomically; equal weights give equal bytes."""
    facts = {
        "features": trained.features,
        "heads": trained.labels,
        **{name: getattr(trained.network, name) for name in trained.head.options},
        "provenance": trained.provenance,
    }
    with atomic_path(path) as temporary:
        weights = trained.network.state_dict()
        save_file(weights, temporary, {"protlang": json.dumps(facts)})


def load_head(path: Path | str, head: Head) -> TrainedHead:
    """Read a head that `save_head` wrote.

    Raises:
        ProtlangError: if the file is missing or holds no head of that kind.
    """
    require_file(path, "run the workflow's target that trains it")
    try:
        with safe_open(path, framework="pt") as archive:
            facts = json.loads(archive.metadata()["protlang"])
            names = archive.keys()
            weights = {name: archive.get_tensor(name) for name in names}
        unknown = set(facts["features"]) - head.features.keys()
        if unknown:
            raise LookupError(f"unknown features {', '.join(sorted(unknown))}")
        options = {name: facts[name] for name in head.options}
        network = head.architecture(weights[head.first_layer].shape[1], **options)
        network.load_state_dict(weights)
        return TrainedHead(
            head,
            network.eval(),
            tuple(facts["features"]),
            tuple(facts["heads"]),
            facts["provenance"],
        )
    except (SafetensorError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise ProtlangError(
            f"{path} is no {head.name} head of protlang's ({error!r}); delete it and "
            "train again"
        ) from error
