"""What networks say of pairs of domains: residues, structural levels, vectors z.

Each class here turns a batch of pairs into the input of its architecture and brings the
answers into one form, so that losses and scores are the same code for all.

Source: PLUS, Sections 3.3 and 3.4.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.nn.utils.rnn import pad_sequence

from protlang.encoders.masking import Masked, joint_predictions, predictions
from protlang.encoders.pair_models import Guesses, judge, residue_batch
from protlang.errors import ProtlangError
from protlang.homology.batches import kept_lengths
from protlang.homology.network import HomologyNetwork
from protlang.models import plus_tfm
from protlang.models.plus_tfm import MARKS, PlusTfm, TfmBatch
from protlang.models.projected_embeddings import ProjectedEmbeddings
from protlang.models.soft_alignment import (
    PaddedVectors,
    level_probabilities,
    level_targets,
    similarity,
)

Vectors = Mapping[str, np.ndarray]
"""Vectors of an encoder that is not trained, (length, dim), by domain."""


class DomainPairs(NamedTuple):
    """Pairs of domains as networks read them.

    Attributes:
        ids: of both domains of each pair.
        first: their first domains, residues to predict hidden.
        second: likewise.
    """

    ids: Sequence[tuple[str, str]]
    first: Sequence[Masked]
    second: Sequence[Masked]


class Answers(NamedTuple):
    """What a network says of a batch of pairs.

    Attributes:
        guesses: of hidden residues, if they were asked for.
        logits: of levels, float32: (pairs, 4) of at least class, fold, superfamily and
            family, or (pairs, 5) of each level by itself; None if not asked for.
        vectors: z of all first and then all second domains; None of PLUS-TFM.
    """

    guesses: Guesses | None
    logits: Tensor | None
    vectors: PaddedVectors | None


class PairReading(Protocol):
    """A network that reads pairs of domains."""

    joint: bool
    """Whether a pair is read as one sequence, so that it is cut and hidden as one."""

    @property
    def network(self) -> HomologyNetwork:
        """What reads."""

    @property
    def longest(self) -> int | None:
        """Residues of a pair that it can read, if there is a limit."""

    def read(self, pairs: DomainPairs, guess: bool, compare: bool) -> Answers:
        """Read pairs once.

        Args:
            pairs: with hidden residues, or none hidden.
            guess: whether to guess hidden residues.
            compare: whether to tell levels.
        """

    def loss(self, logits: Tensor, levels: Tensor) -> Tensor:
        """Mean loss of levels, in nats.

        Args:
            logits: as of `Answers`.
            levels: 0 to 4, int64 (pairs).
        """

    def probabilities(self, logits: Tensor) -> Tensor:
        """Of the five levels, (pairs, 5)."""


class AlignedReading:
    """PLUS-RNN, P-ELMo or stored vectors: domains are read alone and then aligned.

    Args:
        network: whose encoder makes vectors z.
        vectors: of the encoder below, if there is one.
    """

    joint = False
    longest = None

    def __init__(self, network: HomologyNetwork, vectors: Vectors | None) -> None:
        self._network = network
        assert not isinstance(network.encoder, PlusTfm)
        self._encoder = network.encoder
        self._vectors = vectors

    @property
    def network(self) -> HomologyNetwork:
        """See `PairReading`."""
        return self._network

    def read(self, pairs: DomainPairs, guess: bool, compare: bool) -> Answers:
        """See `PairReading`."""
        sequences = [*pairs.first, *pairs.second]
        first_ids, second_ids = zip(*pairs.ids, strict=True)
        r, z = self._represent([*first_ids, *second_ids], sequences)
        guesses = logits = None
        if guess:
            # Stored vectors have no residues to guess; plans refuse that.
            assert r is not None
            assert not isinstance(self._encoder, ProjectedEmbeddings)
            hidden = predictions(sequences)
            scores = self._encoder.residue_scores(r[hidden.rows, hidden.positions])
            guesses = judge(scores, hidden.targets, hidden.rows, len(pairs.ids))
        if compare:
            halves = zip(*(part.chunk(2) for part in z), strict=True)
            logits = self.compare(*(PaddedVectors(*half) for half in halves))
        return Answers(guesses, logits, z)

    def encode(self, ids: Sequence[str], sequences: Sequence[Masked]) -> PaddedVectors:
        """Vectors z of domains."""
        return self._represent(ids, sequences)[1]

    def compare(self, first: PaddedVectors, second: PaddedVectors) -> Tensor:
        """Logits (pairs, 4), float32, of domains that were encoded."""
        assert self._encoder.head is not None
        logits: Tensor = self._encoder.head(similarity(first, second))
        return logits.float()

    def loss(self, logits: Tensor, levels: Tensor) -> Tensor:
        """See `PairReading`: cross-entropy, a mean over pairs and their four bits."""
        return binary_cross_entropy_with_logits(logits, level_targets(levels))

    def probabilities(self, logits: Tensor) -> Tensor:
        """See `PairReading`."""
        return level_probabilities(logits)

    def _represent(
        self, ids: Sequence[str], sequences: Sequence[Masked]
    ) -> tuple[Tensor | None, PaddedVectors]:
        """States r, if there are any, and vectors z."""
        encoder, device = self._encoder, device_of(self._network)
        if isinstance(encoder, ProjectedEmbeddings):
            stored = [torch.from_numpy(self._stored(name)) for name in ids]
            lengths = torch.tensor([len(vectors) for vectors in stored])
            padded = pad_sequence(stored, batch_first=True).float().to(device)
            return None, PaddedVectors(encoder(padded), lengths)
        batch = residue_batch(sequences, device)
        r, z = encoder(batch)
        return r, PaddedVectors(z, batch.lengths)

    def _stored(self, domain: str) -> np.ndarray:
        assert self._vectors is not None
        if domain not in self._vectors:
            raise ProtlangError(
                f"there are no embeddings of domain {domain}; embed all domains first"
            )
        vectors: np.ndarray = self._vectors[domain][()]
        return vectors


class JointReading:
    """PLUS-TFM: reads a pair as one sequence and tells its level from CLS."""

    joint = True

    def __init__(self, network: HomologyNetwork) -> None:
        self._network = network
        assert isinstance(network.encoder, PlusTfm)
        self._encoder = network.encoder

    @property
    def network(self) -> HomologyNetwork:
        """See `PairReading`."""
        return self._network

    @property
    def longest(self) -> int:
        """See `PairReading`."""
        return self._encoder.config.max_tokens - MARKS

    def read(self, pairs: DomainPairs, guess: bool, compare: bool) -> Answers:
        """See `PairReading`."""
        joined = [
            plus_tfm.join(_tokens(first), _tokens(second))
            for first, second in zip(pairs.first, pairs.second, strict=True)
        ]
        device = device_of(self._network)
        inputs = TfmBatch(*(part.to(device) for part in plus_tfm.collate(joined)))
        states = self._encoder(inputs)
        guesses = logits = None
        if guess:
            hidden = joint_predictions(pairs.first, pairs.second)
            scores = self._encoder.token_scores(states[hidden.rows, hidden.positions])
            guesses = judge(scores, hidden.targets, hidden.rows, len(pairs.ids))
        if compare:
            logits = self._encoder.class_scores(states[:, 0]).float()
        return Answers(guesses, logits, None)

    def loss(self, logits: Tensor, levels: Tensor) -> Tensor:
        """See `PairReading`: cross-entropy of the five classes."""
        return cross_entropy(logits, levels)

    def probabilities(self, logits: Tensor) -> Tensor:
        """See `PairReading`."""
        return logits.softmax(dim=1)


def pair_reading(
    network: HomologyNetwork, vectors: Vectors | None = None
) -> AlignedReading | JointReading:
    """How a network of any architecture reads pairs.

    Args:
        network: on the device that computes.
        vectors: of the domains, for a network that stands on stored embeddings.

    Raises:
        ProtlangError: if it needs vectors and there are none, or the reverse.
    """
    needs = isinstance(network.encoder, ProjectedEmbeddings)
    if needs != (vectors is not None):
        raise ProtlangError(
            "a network on embeddings needs the file of embeddings"
            if needs
            else "embeddings are given to a network that reads sequences; remove them"
        )
    if isinstance(network.encoder, PlusTfm):
        return JointReading(network)
    return AlignedReading(network, vectors)


def shortened(
    first: np.ndarray, second: np.ndarray, longest: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """A pair's tokens, cut to so many residues by the rule of `kept_lengths`."""
    if longest is None:
        return first, second
    of_first, of_second = kept_lengths(len(first), len(second), longest)
    return first[:of_first], second[:of_second]


def device_of(network: HomologyNetwork) -> torch.device:
    """Where a network computes."""
    return next(network.parameters()).device


def _tokens(sequence: Masked) -> Tensor:
    return torch.from_numpy(sequence.tokens).long()
