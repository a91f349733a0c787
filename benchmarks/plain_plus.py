"""PLUS-RNN's training as its released code computes it, re-stated in plain PyTorch.

Sequences are packed, pairs aligned one by one with all differences of their vectors in
memory, residues masked in a loop, and every place is decoded before the masked ones
are chosen.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    log_softmax,
    mse_loss,
    softmax,
)
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

MOST = 50
"""Masked residues of a protein at most."""

MASK = 21
"""Token of masked residues, and of unknown ones."""


class Masked(NamedTuple):
    """Proteins with masked residues.

    Attributes:
        tokens: int64 (proteins, longest + 2), 0 before, behind and beyond residues.
        lengths: residues and both ends, int64 (proteins).
        positions: of masked residues, int64 (proteins, `MOST`).
        targets: their true tokens, likewise.
        predicted: which of these there are, bool, likewise.
    """

    tokens: Tensor
    lengths: Tensor
    positions: Tensor
    targets: Tensor
    predicted: Tensor


class PlainPlus(nn.Module):
    """PLUS-RNN.

    Args:
        hidden_dim: of each direction's states.
        layers: of the LSTM.
        projection: dimension of z.
    """

    def __init__(
        self, hidden_dim: int = 512, layers: int = 3, projection: int = 100
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(MASK + 1, MASK, padding_idx=MASK)
        self.rnn = nn.LSTM(
            MASK, hidden_dim, layers, bidirectional=True, batch_first=True
        )
        self.fc = nn.Linear(2 * hidden_dim, projection)
        self.decoder = nn.Linear(2 * hidden_dim, MASK)
        self.ordinal_weight = nn.Parameter(torch.ones(1, 1))
        self.ordinal_bias = nn.Parameter(torch.full((1,), 10.0))

    def forward(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors z and states of all residues, each (proteins, longest, dim)."""
        packed = pack_padded_sequence(
            self.embed(tokens), lengths, batch_first=True, enforce_sorted=False
        )
        states = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0]
        states = states[:, 1:-1]
        return self.fc(states), states

    def masked_loss(self, states: Tensor, masked: Masked) -> Tensor:
        """Mean cross-entropy of the masked residues."""
        scores = self.decoder(states)
        places = masked.positions.unsqueeze(2).expand(-1, -1, scores.shape[2])
        logits = log_softmax(scores.gather(1, places), dim=2)
        losses = -logits.gather(2, masked.targets.unsqueeze(2)).squeeze(2)
        return losses.masked_select(masked.predicted).mean()

    def pair_loss(self, first: Masked, second: Masked, same: Tensor) -> Tensor:
        """The objective of pre-training, in which only first proteins are unmasked."""
        z1, states = self(first.tokens, first.lengths)
        z2, _ = self(second.tokens, second.lengths)
        firsts, seconds = cut(z1, first.lengths - 2), cut(z2, second.lengths - 2)
        similarities = alignment_scores(firsts, seconds)
        logits = similarities.unsqueeze(1) * self.ordinal_weight + self.ordinal_bias
        family = binary_cross_entropy_with_logits(logits[:, 0], same)
        return 0.7 * 1.7 * self.masked_loss(states, first) + 0.3 * family


class PlainHead(nn.Module):
    """Sum of residues' vectors, one hidden layer, one number per protein.

    Args:
        channels: of the vectors.
        hidden_dim: of the hidden layer.
    """

    def __init__(self, channels: int = 100, hidden_dim: int = 512) -> None:
        super().__init__()
        self.attention = nn.Linear(channels, 1)
        self.hidden = nn.Linear(channels, hidden_dim)
        self.output = nn.Linear(hidden_dim, 1)

    def forward(self, proteins: Sequence[Tensor]) -> Tensor:
        """Numbers (proteins, 1) from vectors (length, channels) of each."""
        pooled = [
            (vectors * softmax(self.attention(vectors), 1)).sum(0)
            for vectors in proteins
        ]
        return torch.stack([self.output(self.hidden(one).relu()) for one in pooled])


def alignment_scores(firsts: Sequence[Tensor], seconds: Sequence[Tensor]) -> Tensor:
    """Expected alignment scores of pairs (PLUS, eq. 7 and 8), one pair at a time."""
    scores = []
    for first, second in zip(firsts, seconds, strict=True):
        closeness = -(first.unsqueeze(1) - second).abs().sum(-1)
        alpha, beta = softmax(closeness, 1), softmax(closeness, 0)
        weights = alpha + beta - alpha * beta
        scores.append((weights * closeness).sum() / weights.sum())
    return torch.stack(scores)


def cut(vectors: Tensor, lengths: Tensor) -> list[Tensor]:
    """Each protein's vectors without padding."""
    return [one[:length] for one, length in zip(vectors, lengths.tolist(), strict=True)]


def mask(proteins: Sequence[Tensor], share: float = 0.15) -> Masked:
    """Lay out proteins' tokens, each int64 (length), with a share of them masked."""
    longest = max(map(len, proteins)) + 2
    tokens = torch.zeros(len(proteins), longest, dtype=torch.long)
    positions = torch.zeros(len(proteins), MOST, dtype=torch.long)
    targets, predicted = positions.clone(), positions.bool()
    for row, protein in enumerate(proteins):
        tokens[row, 1 : len(protein) + 1] = protein
        candidates = [at for at, token in enumerate(protein.tolist()) if token != MASK]
        random.shuffle(candidates)
        wanted = min(MOST, int(len(protein) * share))
        for number, position in enumerate(candidates[:wanted]):
            positions[row, number] = position
            targets[row, number] = protein[position]
            fate = random.random()  # noqa: S311
            if fate < 0.8:
                tokens[row, position + 1] = MASK
            elif fate < 0.9:
                tokens[row, position + 1] = random.randint(1, MASK)  # noqa: S311
        predicted[row, :wanted] = True
    lengths = torch.tensor([len(protein) + 2 for protein in proteins])
    return Masked(tokens, lengths, positions, targets, predicted)


class Plain:
    """PLUS-RNN BASE with its head for one number per protein, and their training.

    Attributes:
        model: predicts masked residues and compares proteins.
        head: predicts a number.
    """

    def __init__(self) -> None:
        self.model, self.head = PlainPlus(), PlainHead()
        self.pair_loss = self.model.pair_loss
        self._pairs = torch.optim.Adam(self.model.parameters(), lr=0.001)
        parameters = [*self.model.parameters(), *self.head.parameters()]
        self._values = torch.optim.Adam(parameters, lr=5e-4)

    def protein_loss(self, masked: Masked, values: Tensor) -> Tensor:
        """The objective of fine-tuning on numbers (proteins, 1)."""
        z, _ = self.model(masked.tokens, masked.lengths)
        return mse_loss(self.head(cut(z, masked.lengths - 2)), values)

    def pair_step(self, pairs: list[tuple[Tensor, Tensor]], same: Tensor) -> None:
        """Mask, lay out and learn from a batch of pairs."""
        first, second = (mask(side) for side in zip(*pairs, strict=True))
        self._learn(self.pair_loss(first, second, same), self._pairs)

    def protein_step(self, proteins: list[Tensor], values: Tensor) -> None:
        """Lay out and learn from a batch of proteins with their numbers."""
        self._learn(self.protein_loss(mask(proteins, 0), values), self._values)

    def _learn(self, loss: Tensor, optimizer: torch.optim.Optimizer) -> None:
        loss.backward()
        for part in (self.model, self.head):
            nn.utils.clip_grad_norm_(part.parameters(), 1)
        optimizer.step()
        optimizer.zero_grad()
