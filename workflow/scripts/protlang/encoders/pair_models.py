"""What pre-trained models say of pairs of domains: hidden residues, common family.

Each class here turns a batch of pairs into the input of its architecture and brings the
answers into one form, so that losses and accuracies are the same code for all.

Source: PLUS, Section 3.3.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from protlang.encoders.masking import Masked, joint_predictions, predictions
from protlang.models import plus_tfm
from protlang.models.p_elmo import PElmoLm
from protlang.models.plus_rnn import PlusRnn
from protlang.models.plus_tfm import PlusTfm, TfmBatch
from protlang.models.soft_alignment import PaddedVectors, similarity
from protlang.models.tokens import ResidueBatch, collate, known
from protlang.pretraining.pfam_pairs import PairBatch


class Guesses(NamedTuple):
    """How well residues of a batch were guessed, one entry per residue to guess.

    Attributes:
        losses: cross-entropy, in nats, float32 (residues).
        correct: whether the most probable class is the true one, bool (residues).
        pairs: number of the residue's pair in the batch, int64 (residues).
        in_second: whether it is in the pair's second domain, bool (residues).
    """

    losses: Tensor
    correct: Tensor
    pairs: Tensor
    in_second: Tensor


class Answers(NamedTuple):
    """What a model says of a batch of pairs.

    Attributes:
        guesses: of its hidden residues, if they were asked for.
        logits: of the pairs' being of one family, float32 (pairs), if asked for.
    """

    guesses: Guesses | None
    logits: Tensor | None


class PairModel(Protocol):
    """A model that reads pairs of domains."""

    joint_masks: bool
    """Whether a pair's two domains share one number of hidden residues."""

    @property
    def network(self) -> nn.Module:
        """What reads."""

    def read(self, batch: PairBatch, guess: bool, compare: bool) -> Answers:
        """Read pairs once.

        Args:
            batch: pairs with hidden residues, or none hidden.
            guess: whether to guess hidden residues.
            compare: whether to tell if the domains are of one family.
        """

    def shorten(
        self, first: np.ndarray, second: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Cut a pair's tokens to what the model can read, before any are hidden."""


class PlusRnnPairs:
    """PLUS-RNN: reads each domain by itself and aligns them afterwards."""

    joint_masks = False

    def __init__(self, network: PlusRnn) -> None:
        self._network = network

    @property
    def network(self) -> PlusRnn:
        """See `PairModel`."""
        return self._network

    def read(self, batch: PairBatch, guess: bool, compare: bool) -> Answers:
        """See `PairModel`."""
        sequences = [*batch.first, *batch.second]
        residues = residue_batch(sequences, _device(self.network))
        r, z = self.network(residues)
        guesses = logits = None
        if guess:
            hidden = predictions(sequences)
            scores = self.network.residue_scores(r[hidden.rows, hidden.positions])
            guesses = judge(scores, hidden.targets, hidden.rows, len(batch.first))
        if compare:
            logits = self._compare(PaddedVectors(z, residues.lengths))
        return Answers(guesses, logits)

    def shorten(
        self, first: np.ndarray, second: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `PairModel`: domains of any length are read."""
        return first, second

    def _compare(self, domains: PaddedVectors) -> Tensor:
        halves = zip(*(part.chunk(2) for part in domains), strict=True)
        first, second = (PaddedVectors(*half) for half in halves)
        assert self.network.head is not None
        logits: Tensor = self.network.head(similarity(first, second))
        return logits[:, 0]


class PlusTfmPairs:
    """PLUS-TFM: reads a pair as one sequence."""

    joint_masks = True

    def __init__(self, network: PlusTfm) -> None:
        self._network = network

    @property
    def network(self) -> PlusTfm:
        """See `PairModel`."""
        return self._network

    def read(self, batch: PairBatch, guess: bool, compare: bool) -> Answers:
        """See `PairModel`."""
        pairs = zip(batch.first, batch.second, strict=True)
        joined = [plus_tfm.join(_tokens(a), _tokens(b)) for a, b in pairs]
        device = _device(self.network)
        inputs = TfmBatch(*(part.to(device) for part in plus_tfm.collate(joined)))
        states = self.network(inputs)
        guesses = logits = None
        if guess:
            hidden = joint_predictions(batch.first, batch.second)
            scores = self.network.token_scores(states[hidden.rows, hidden.positions])
            guesses = judge(scores, hidden.targets, hidden.rows, len(batch.first))
        if compare:
            # The cross-entropy of two classes depends on their scores' difference.
            scores = self.network.class_scores(states[:, 0]).float()
            logits = scores[:, 1] - scores[:, 0]
        return Answers(guesses, logits)

    def shorten(
        self, first: np.ndarray, second: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `PairModel`: the longer domain loses its end (`truncate_pair`)."""
        cut = plus_tfm.truncate_pair(
            torch.from_numpy(first),
            torch.from_numpy(second),
            self.network.config.max_tokens,
        )
        return cut[0].numpy(), cut[1].numpy()


class PElmoLmPairs:
    """P-ELMo's language model: guesses every residue from those around it."""

    joint_masks = False

    def __init__(self, network: PElmoLm) -> None:
        self._network = network

    @property
    def network(self) -> PElmoLm:
        """See `PairModel`."""
        return self._network

    def read(self, batch: PairBatch, guess: bool, compare: bool) -> Answers:
        """See `PairModel`: all amino acids are guessed; it cannot compare."""
        assert guess
        assert not compare
        guesses = self.guess([*batch.first, *batch.second], len(batch.first))
        return Answers(guesses, None)

    def shorten(
        self, first: np.ndarray, second: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `PairModel`: domains of any length are read."""
        return first, second

    def guess(self, sequences: Sequence[Masked], firsts: int) -> Guesses:
        """Guess all residues of sequences, of which so many are first in their pair."""
        batch = residue_batch(sequences, _device(self.network))
        scores = self.network(batch)
        rows, positions = known(batch.tokens).nonzero(as_tuple=True)
        targets = batch.tokens[rows, positions]
        return judge(
            scores[rows, positions], targets.cpu().numpy(), rows.cpu().numpy(), firsts
        )


def pair_model(network: nn.Module) -> PairModel:
    """How a network of any architecture reads pairs."""
    if isinstance(network, PlusRnn):
        return PlusRnnPairs(network)
    if isinstance(network, PlusTfm):
        return PlusTfmPairs(network)
    return PElmoLmPairs(cast("PElmoLm", network))


def judge(
    scores: Tensor, targets: np.ndarray, rows: np.ndarray, firsts: int
) -> Guesses:
    """Compare guesses with the truth.

    Args:
        scores: of the classes, (residues, classes).
        targets: true classes, int64 (residues).
        rows: numbers of the residues' sequences, or of their pairs, int64 (residues).
        firsts: sequences of greater numbers are second in their pairs.
    """
    truth = torch.from_numpy(targets).to(scores.device)
    row = torch.from_numpy(rows).to(scores.device)
    return Guesses(
        cross_entropy(scores.float(), truth, reduction="none"),
        scores.argmax(dim=1) == truth,
        row % firsts,
        row >= firsts,
    )


def residue_batch(sequences: Sequence[Masked], device: torch.device) -> ResidueBatch:
    """Lay out sequences for a recurrent model."""
    batch = collate([_tokens(sequence) for sequence in sequences])
    return batch._replace(tokens=batch.tokens.to(device))


def _tokens(sequence: Masked) -> Tensor:
    return torch.from_numpy(sequence.tokens).long()


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device
