"""PLUS-RNN, PLUS-TFM and P-ELMo as encoders.

P-ELMo's encoder stands on a language model that is pre-trained by itself, and learns
from homologous pairs.

Sources: PLUS, Sections 3.2 to 3.4 and 4.1; Bepler and Berger 2019.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from protlang.encoders.encoder import (
    ALL,
    SUM,
    PairEncoder,
    States,
    numbered_layers,
    on_host,
)
from protlang.encoders.masking import (
    TFM_MASKING,
    MaskedPlaces,
    MaskedSequence,
    Masking,
    joint_masked_places,
    masked_places,
    sequence_tokens,
    unmasked,
)
from protlang.models import plus_tfm
from protlang.models.p_elmo import (
    DIRECTIONS,
    PElmo,
    PElmoConfig,
    PElmoLm,
    PElmoLmConfig,
)
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import MARKS, PlusTfm, PlusTfmConfig, TfmBatch
from protlang.models.soft_alignment import LEVELS
from protlang.models.tokens import ResidueBatch, collate, known

_MARKS_OF_ONE = 2
"""`BEGIN` and `SEPARATOR` of a single protein."""


class RecurrentEncoder(PairEncoder):
    """A bidirectional LSTM whose states r have a projection z."""

    @property
    def channels(self) -> Mapping[str, int]:
        """See `PairEncoder`."""
        layer = self.network.projection
        return {"r": layer.in_features, "z": layer.out_features}

    def encode(self, sequences: Sequence[MaskedSequence]) -> States:
        """See `PairEncoder`."""
        batch = residue_batch(sequences, self._where)
        r, z = self.network(batch)
        return States(r, z, batch.lengths, masked_places(sequences), len(sequences))

    def residue_scores(self, states: Tensor) -> Tensor:
        """See `PairEncoder`."""
        scores: Tensor = self.network.residue_scores(states)
        return scores


class PlusRnnEncoder(RecurrentEncoder):
    """PLUS-RNN."""

    architecture = starts_from = "plus-rnn"
    config, build = PlusRnnConfig, PlusRnn
    masking = Masking()


class PElmoEncoder(RecurrentEncoder):
    """P-ELMo's encoder upon its language model."""

    architecture, starts_from = "p-elmo", "p-elmo-lm"
    build = PElmo
    pair_outputs = (LEVELS - 1, LEVELS - 1)

    @staticmethod
    def config(
        language_model: Mapping[str, Any] | None = None, **options: Any
    ) -> PElmoConfig:
        """Sizes; those of the language model stand in a mapping."""
        return PElmoConfig(PElmoLmConfig(**(language_model or {})), **options)


class PElmoLmEncoder(PairEncoder):
    """P-ELMo's language model, which predicts every residue from those around it."""

    architecture, starts_from = "p-elmo-lm", None
    config = PElmoLmConfig
    pair_outputs = (None, LEVELS - 1)

    @staticmethod
    def build(config: PElmoLmConfig, _: int | None) -> PElmoLm:
        """The network, which has no head to compare proteins."""
        return PElmoLm(config)

    @property
    def channels(self) -> Mapping[str, int]:
        """See `PairEncoder`: of a layer's states, both directions side by side."""
        return {"r": DIRECTIONS * self.network.config.hidden_dim}

    def encode(self, sequences: Sequence[MaskedSequence]) -> States:
        """See `PairEncoder`: `r` are scores, all amino acids are to be predicted."""
        batch = residue_batch(sequences, self._where)
        scores = self.network(batch)
        rows, positions = known(batch.tokens).nonzero(as_tuple=True)
        targets = batch.tokens[rows, positions]
        places = (part.cpu().numpy() for part in (rows, positions, targets))
        masked = MaskedPlaces(*places)
        return States(scores, None, batch.lengths, masked, len(sequences))

    def residue_scores(self, states: Tensor) -> Tensor:
        """See `PairEncoder`."""
        return states

    @property
    def layers(self) -> Mapping[str, tuple[int, ...]]:
        """See `Encoder`: those of the LSTM, the lowest first."""
        return numbered_layers(self.network.config.layers, self.channels["r"])

    def _vectors(self, sequence: str, layers: str) -> np.ndarray:
        batch = residue_batch([unmasked(sequence_tokens(sequence))], self._where)
        states = self.network.states(batch)[0]  # (length, layers dim)
        every = torch.stack(states.split(self.channels["r"], dim=1))
        if layers == SUM:
            return on_host(every.sum(dim=0))
        return on_host(every if layers == ALL else every[int(layers)])


class PlusTfmEncoder(PairEncoder):
    """PLUS-TFM: a cross encoder of pairs.

    A single protein that is too long for one input is encoded in parts, which do not
    see each other.
    """

    architecture = starts_from = "plus-tfm"
    config, build = PlusTfmConfig, PlusTfm
    pair_outputs = (2, LEVELS)
    masking = TFM_MASKING
    joint = True

    @property
    def channels(self) -> Mapping[str, int]:
        """See `PairEncoder`."""
        return {"r": self.network.config.hidden_dim}

    @property
    def max_residues(self) -> int:
        """See `PairEncoder`."""
        return int(self.network.config.max_tokens) - _MARKS_OF_ONE

    @property
    def max_pair_residues(self) -> int:
        """See `PairEncoder`."""
        return int(self.network.config.max_tokens) - MARKS

    def encode(self, sequences: Sequence[MaskedSequence]) -> States:
        """See `PairEncoder`; the summary is the state of the first part's `BEGIN`."""
        size = self.max_residues
        counts = [-(-len(one.tokens) // size) for one in sequences]
        tokens = [part for one in sequences for part in torch.split(_tokens(one), size)]
        states = self._states([plus_tfm.join(part) for part in tokens])
        residues = [
            state[1 : len(part) + 1] for state, part in zip(states, tokens, strict=True)
        ]
        lengths = torch.tensor([len(one.tokens) for one in sequences])
        proteins = torch.split(torch.cat(residues), lengths.tolist())
        return States(
            pad_sequence(list(proteins), batch_first=True),
            None,
            lengths,
            masked_places(sequences),
            len(sequences),
            states[np.cumsum([0, *counts[:-1]]), 0],
        )

    def encode_pairs(
        self, first: Sequence[MaskedSequence], second: Sequence[MaskedSequence]
    ) -> States:
        """See `PairEncoder`: a row is `BEGIN a SEPARATOR b SEPARATOR`."""
        pairs = zip(map(_tokens, first), map(_tokens, second), strict=True)
        joined = [plus_tfm.join(a, b) for a, b in pairs]
        states = self._states(joined)
        lengths = torch.tensor([len(tokens) - MARKS for tokens, _ in joined])
        masked = joint_masked_places(first, second)
        return States(states, None, lengths, masked, len(first), states[:, 0])

    def residue_scores(self, states: Tensor) -> Tensor:
        """See `PairEncoder`."""
        scores: Tensor = self.network.token_scores(states)
        return scores

    def pair_logits(self, states: States) -> Tensor:
        """See `PairEncoder`: of classes, from the state of `BEGIN`."""
        scores: Tensor = self.network.class_scores(states.summary)
        return scores

    def family_logits(self, states: States) -> Tensor:
        """See `PairEncoder`: the difference of both classes' scores."""
        # The cross-entropy of two classes depends on nothing else.
        scores = self.pair_logits(states).float()
        return scores[:, 1] - scores[:, 0]

    def shorten(
        self, first: np.ndarray, second: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `PairEncoder`: the longer one loses its end (`truncate_pair`)."""
        max_tokens = self.network.config.max_tokens
        return plus_tfm.truncate_pair(first, second, max_tokens)

    def _states(self, inputs: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        batch = plus_tfm.collate(inputs)
        states: Tensor = self.network(
            TfmBatch(*(part.to(self._where) for part in batch))
        )
        return states


def residue_batch(
    sequences: Sequence[MaskedSequence], device: torch.device
) -> ResidueBatch:
    """Lay out sequences for a recurrent model."""
    batch = collate([_tokens(sequence) for sequence in sequences])
    return batch._replace(tokens=batch.tokens.to(device))


def _tokens(sequence: MaskedSequence) -> Tensor:
    return torch.from_numpy(sequence.tokens).long()
