"""Networks that TAPE trained on a task from random weights, as encoders.

PLUS quotes their numbers. They are no language models: nothing pre-trains them.

Source: Rao et al. 2019, NeurIPS, and its released code
(songlab-cal/tape-neurips2019).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar, NoReturn

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from protlang.encoders.encoder import PairEncoder, States
from protlang.encoders.masking import MaskedSequence, masked_places
from protlang.encoders.plus import residue_batch
from protlang.encoders.provenance import Provenance
from protlang.errors import ProtlangError
from protlang.models.conv_lstm import ConvLstm, ConvLstmConfig
from protlang.models.soft_alignment import LEVELS
from protlang.models.tape import (
    TapeLstm,
    TapeLstmConfig,
    TapeResNet,
    TapeResNetConfig,
    TapeTransformer,
    TapeTransformerConfig,
)
from protlang.protocol import Deviation, Deviations, merged, settings_that_differ

_TRAINING: Deviations = (
    Deviation("batches", "of a number of proteins", "of like length, to fill the GPU"),
    Deviation("warm-up", "none", "100 updates"),
    Deviation("weights selected by", "validation loss", "validation accuracy"),
    Deviation("initial weights", "as of PyTorch's layers", "as of Keras's"),
)
"""What no setting of ours repeats of TAPE's training."""


class SupervisedEncoder(PairEncoder):
    """A network without pre-training.

    Attributes:
        title: in descriptions.
        differences: from TAPE's, whatever the settings are.
    """

    starts_from = None
    pair_outputs = (None, LEVELS - 1)
    title: ClassVar[str]
    differences: ClassVar[Deviations] = _TRAINING
    network_of: ClassVar[type[nn.Module]]

    @classmethod
    def build(cls, config: Any, _: int | None) -> nn.Module:
        """The network, which has no head to compare proteins."""
        return cls.network_of(config)

    @property
    def channels(self) -> Mapping[str, int]:
        """See `PairEncoder`."""
        return {"r": self.network.channels}

    def encode(self, sequences: Sequence[MaskedSequence]) -> States:
        """See `PairEncoder`."""
        batch = residue_batch(sequences, self._where)
        r = self.network(batch)
        masked = masked_places(sequences)
        return States(r, None, batch.lengths, masked, len(sequences))

    def residue_scores(self, states: Tensor) -> NoReturn:  # noqa: ARG002
        """See `PairEncoder`.

        Raises:
            ProtlangError: as it is no language model.
        """
        raise ProtlangError(
            f"{self.architecture} is no language model; set masked_lm to 0"
        )

    @property
    def provenance(self) -> Provenance:
        """What it is, and how it differs from TAPE's."""
        published = asdict(type(self).config())
        sizes = self.options
        return Provenance(
            f"{self.title}, {sizes['layers']} layers of {sizes['hidden_dim']:,}, "
            "random weights",
            False,
            merged(settings_that_differ(sizes, published), self.differences),
        )


class TapeLstmEncoder(SupervisedEncoder):
    """TAPE's LSTM."""

    architecture, title = "tape-lstm", "TAPE's LSTM"
    config, network_of = TapeLstmConfig, TapeLstm


class TapeTransformerEncoder(SupervisedEncoder):
    """TAPE's Transformer."""

    architecture, title = "tape-transformer", "TAPE's Transformer"
    config, network_of = TapeTransformerConfig, TapeTransformer
    differences = (*_TRAINING, Deviation("dense layers", "plain", "weight-normalised"))


class TapeResNetEncoder(SupervisedEncoder):
    """TAPE's ResNet."""

    architecture, title = "tape-resnet", "TAPE's ResNet"
    config, network_of = TapeResNetConfig, TapeResNet


class ConvLstmEncoder(SupervisedEncoder):
    """NetSurfP-2.0's network on profiles."""

    architecture, title = "conv-lstm", "NetSurfP-2.0's network on profiles"
    config, network_of = ConvLstmConfig, ConvLstm
    reads = "profile"
    differences = (
        *_TRAINING,
        Deviation("labels learned", "the task's alone", "not stated"),
    )

    def encode(self, sequences: Sequence[MaskedSequence]) -> States:
        """See `PairEncoder`.

        Raises:
            ProtlangError: if a profile is missing or has another width.
        """
        profiles = [self._profile(sequence) for sequence in sequences]
        lengths = torch.tensor([len(profile) for profile in profiles])
        r = self.network(
            pad_sequence(profiles, batch_first=True).to(self._where), lengths
        )
        return States(r, None, lengths, masked_places(sequences), len(sequences))

    def _profile(self, sequence: MaskedSequence) -> Tensor:
        profile, width = sequence.stored, self.network.config.input_dim
        if profile is None or profile.shape[1] != width:
            raise ProtlangError(
                f"this model reads profiles of {width} numbers per residue; give a "
                "data set with such profiles"
            )
        return torch.from_numpy(profile.astype(np.float32))
