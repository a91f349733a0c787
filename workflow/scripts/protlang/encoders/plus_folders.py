"""Folders of models that were pre-trained on Pfam: their weights and description."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from protlang.encoders.folder import read_config
from protlang.encoders.plus import build_network
from protlang.encoders.weights import read_weights, write_model


@dataclass(frozen=True)
class PlusEncoder:
    """A model and what it was trained on.

    Attributes:
        architecture: as `protlang.encoders.plus.build_network` takes it.
        network: with the heads that it was pre-trained with.
        training: settings and sizes of its training; empty if it was published.
        trained_on: what `encoders.provenance.trained_on` tells; empty if it was
            published.
    """

    architecture: str
    network: nn.Module
    training: Mapping[str, Any]
    trained_on: Mapping[str, Any]

    def description(self) -> dict[str, Any]:
        """What `config.json` holds."""
        return {
            "architecture": self.architecture,
            "model": asdict(self.network.config),  # type: ignore[call-overload]
            "training": dict(self.training),
            "trained_on": dict(self.trained_on),
        }


def save_plus(encoder: PlusEncoder, folder: Path | str) -> None:
    """Write `config.json` and `model.safetensors`, each atomically."""
    write_model(folder, encoder.description(), encoder.network.state_dict())


def load_plus(folder: Path | str) -> PlusEncoder:
    """Read a model in evaluation mode, on the CPU.

    Raises:
        ProtlangError: if a file is missing, damaged or does not fit the other.
    """
    encoder = read_config(folder, "model of PLUS", described_encoder)
    read_weights(folder, encoder.network)
    return encoder


def described_encoder(description: Mapping[str, Any]) -> PlusEncoder:
    """The model of a description, before its weights are read."""
    return PlusEncoder(
        description["architecture"],
        build_network(description["architecture"], description["model"]),
        description["training"],
        description["trained_on"],
    )
