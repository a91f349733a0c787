"""ProtVec on disk: an encoder's folder of `config.json` and `model.safetensors`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from protlang.encoders.folder import read_config
from protlang.encoders.weights import read_tensors, write_model
from protlang.errors import ProtlangError
from protlang.models.protvec import ProtVec

ARCHITECTURE = "protvec"

_VECTORS = "vectors"


@dataclass(frozen=True)
class ProtVecEncoder:
    """Vectors and what is known of their training.

    Attributes:
        model: the vectors.
        training: settings of its training, and the `proteins` and `residues` seen.
        trained_on: its corpus (`encoders.provenance.trained_on`). Both are empty for
            published vectors.
    """

    model: ProtVec
    training: Mapping[str, Any] = field(default_factory=dict)
    trained_on: Mapping[str, Any] = field(default_factory=dict)


def save_protvec(encoder: ProtVecEncoder, folder: Path | str) -> None:
    """Write both files; equal encoders give equal bytes."""
    description = {
        "architecture": ARCHITECTURE,
        "dimension": encoder.model.dimension,
        "training": dict(encoder.training),
        "trained_on": dict(encoder.trained_on),
        "words": list(encoder.model.words),
    }
    write_model(
        folder, description, {_VECTORS: torch.from_numpy(encoder.model.vectors)}
    )


def load_protvec(folder: Path | str) -> ProtVecEncoder:
    """Load what `save_protvec` wrote.

    Raises:
        ProtlangError: if a file is missing or damaged, is of another architecture, or
            the two do not belong together.
    """
    tensors = read_tensors(folder)

    def build(description: Mapping[str, Any]) -> ProtVecEncoder:
        if description["architecture"] != ARCHITECTURE:
            raise ProtlangError(
                f"architecture is {description['architecture']!r}, not "
                f"{ARCHITECTURE!r}; name a folder with ProtVec vectors"
            )
        model = ProtVec(tuple(description["words"]), tensors[_VECTORS].numpy())
        return ProtVecEncoder(
            model, dict(description["training"]), dict(description["trained_on"])
        )

    return read_config(folder, "encoder", build)
