"""Stored vectors of another encoder in place of an encoder of their own."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from protlang.encoders.encoder import PairEncoder, States
from protlang.encoders.masking import MaskedSequence, masked_places
from protlang.encoders.settings import EncoderSettings
from protlang.errors import ProtlangError
from protlang.models.projected_embeddings import (
    ProjectedEmbeddings,
    ProjectedEmbeddingsConfig,
)

_NO_SEQUENCES = (
    "this model reads stored vectors, not sequences; give the embeddings of its encoder"
)


class StoredEncoder(PairEncoder):
    """Vectors on disk as `r`, and a linear layer above them, or the same again, as `z`.

    Attributes:
        source: what made the vectors, as their file reports; empty if there is a
            linear layer.
    """

    architecture, starts_from, reads = "embeddings", None, "embedding"
    config, build = ProjectedEmbeddingsConfig, ProjectedEmbeddings
    source: Mapping[str, Any] = {}
    _channels: int

    @classmethod
    def of_vectors(cls, channels: int, source: Mapping[str, Any]) -> Self:
        """Vectors with so many numbers per residue, and no network."""
        encoder = cls(nn.Identity())
        encoder._channels = channels
        encoder.source = {name: _plain(value) for name, value in source.items()}
        return encoder

    @classmethod
    def described(cls, description: Mapping[str, Any]) -> Self:
        """See `PairEncoder`."""
        if "channels" in description:
            return cls.of_vectors(description["channels"], description["facts"])
        return super().described(description)

    @property
    def description(self) -> dict[str, Any]:
        """See `Encoder`."""
        if isinstance(self.network, ProjectedEmbeddings):
            return super().description
        return {
            "architecture": self.architecture,
            "channels": self._channels,
            "facts": dict(self.source),
        }

    @property
    def channels(self) -> Mapping[str, int]:
        """See `PairEncoder`."""
        if isinstance(self.network, ProjectedEmbeddings):
            config = self.network.config
            return {"r": config.input_dim, "z": config.projection}
        return {"r": self._channels, "z": self._channels}

    def encode(self, sequences: Sequence[MaskedSequence]) -> States:
        """See `PairEncoder`.

        Raises:
            ProtlangError: if there are no vectors, or they are of another encoder.
        """
        vectors = [self._stored(sequence) for sequence in sequences]
        lengths = torch.tensor([len(one) for one in vectors])
        r = pad_sequence(vectors, batch_first=True).to(self._where)
        masked = masked_places(sequences)
        return States(r, self.network(r), lengths, masked, len(sequences))

    def residue_scores(self, states: Tensor) -> NoReturn:  # noqa: ARG002
        """See `PairEncoder`.

        Raises:
            ProtlangError: as stored vectors were made of whole sequences.
        """
        raise ProtlangError(
            "residues cannot be predicted from stored vectors; set masked_lm to 0"
        )

    def prepare(self, settings: EncoderSettings) -> NoReturn:  # noqa: ARG002
        """See `Encoder`.

        Raises:
            ProtlangError: as it makes no vectors.
        """
        raise ProtlangError(_NO_SEQUENCES)

    def _stored(self, sequence: MaskedSequence) -> Tensor:
        vectors = sequence.stored
        if vectors is None:
            raise ProtlangError(_NO_SEQUENCES)
        if vectors.shape[-1] != self.channels["r"]:
            raise ProtlangError(
                f"the stored vectors have {vectors.shape[-1]} numbers, but this model "
                f"reads {self.channels['r']}; give embeddings of its encoder"
            )
        return torch.from_numpy(vectors.astype(np.float32))

    @property
    def _where(self) -> torch.device:
        parameters = self.network.parameters()
        return next((one.device for one in parameters), torch.device("cpu"))


def _plain(value: Any) -> Any:
    """A number or text of NumPy as Python's, which JSON knows."""
    return value.item() if isinstance(value, np.generic) else value
