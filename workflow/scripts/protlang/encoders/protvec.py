"""ProtVec as an encoder: a vector of every residue's 3-mer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from protlang.alphabet import encode
from protlang.encoders.encoder import ALL, Encoder, numbered_layers
from protlang.encoders.folder import REMEDY
from protlang.encoders.settings import EncoderSettings
from protlang.errors import ProtlangError
from protlang.models.protvec import ProtVec

_VECTORS = "vectors"


class ProtVecEncoder(Encoder):
    """Words and their vectors; one layer, whatever the settings.

    Args:
        network: words and vectors.
        training: settings of the training, and the `proteins` and `residues` seen.
        trained_on: as of `Encoder`. Both are empty for published vectors.
    """

    architecture = "protvec"
    network: ProtVec

    @classmethod
    def described(cls, description: Mapping[str, Any]) -> Self:
        """See `Encoder`."""
        words = tuple(description["words"])
        zeros = np.zeros((len(words), description["dimension"]), dtype=np.float32)
        records = description["training"], description["trained_on"]
        return cls(ProtVec(words, zeros), *records)

    def load(self, tensors: Mapping[str, Tensor], path: Path) -> None:
        """See `Encoder`."""
        if tensors.keys() != {_VECTORS}:
            raise ProtlangError(
                f"{path} holds other weights than {_VECTORS!r}; {REMEDY}"
            )
        try:
            self.network = ProtVec(self.network.words, tensors[_VECTORS].numpy())
        except ProtlangError as error:
            raise ProtlangError(f"{path}: {error}") from error

    @property
    def sizes(self) -> dict[str, Any]:
        """See `Encoder`."""
        return {"dimension": self.network.dimension, "words": list(self.network.words)}

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """See `Encoder`."""
        return {_VECTORS: torch.from_numpy(self.network.vectors)}

    @property
    def layers(self) -> Mapping[str, tuple[int, ...]]:
        """See `Encoder`."""
        return numbered_layers(1, self.network.dimension)

    def prepare(self, settings: EncoderSettings) -> Mapping[str, str]:  # noqa: ARG002
        """See `Encoder`: nothing but the vectors matters."""
        return {
            "start_state": "none",
            "precision": "float32",
            "kernel": "lookup",
            "device": "any",
            "torch_version": "none",
        }

    def embed(self, sequences: Sequence[str], layers: str) -> list[np.ndarray]:
        """See `Encoder`."""
        tokens = (np.frombuffer(encode(text), dtype=np.uint8) for text in sequences)
        found = [self.network.residue_vectors(protein) for protein in tokens]
        return [vectors[np.newaxis] for vectors in found] if layers == ALL else found
