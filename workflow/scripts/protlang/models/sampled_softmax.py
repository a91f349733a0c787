"""Sampled softmax: the loss against a few drawn words instead of all.

As in bilm-tf, which trained SeqVec with 20 negatives: TensorFlow's
`sampled_softmax_loss` with its log-uniform sampler. With 20 of 28 words it saves
nothing and underestimates the full loss; it is here to compare with the published
training.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy


class Negatives(NamedTuple):
    """Words drawn for one update and direction.

    Attributes:
        rows: distinct rows of the softmax, int64 (count), on the CPU.
        tries: draws with replacement that it took to see so many distinct ones.
    """

    rows: Tensor
    tries: int


def log_uniform_probabilities(words: int) -> Tensor:
    """Probability of each row, float64 (words): about 1 / rank.

    P(r) = log((r + 2) / (r + 1)) / log(words + 1), for rows by descending frequency.
    """
    rows = torch.arange(words, dtype=torch.float64)
    return torch.log1p(1 / (rows + 1)) / math.log(words + 1)


def draw_negatives(
    count: int, words: int, generator: torch.Generator | None = None
) -> Negatives:
    """Draw until `count` distinct rows of `words` have been seen.

    Args:
        count: at most `words`.
        words: rows of the softmax.
        generator: on the CPU; PyTorch's own if none is given.
    """
    probabilities = log_uniform_probabilities(words)
    seen: dict[int, None] = {}
    tries = 0
    while True:
        draws = torch.multinomial(
            probabilities, 8 * words, replacement=True, generator=generator
        )
        for row in draws.tolist():
            tries += 1
            seen[row] = None
            if len(seen) == count:
                return Negatives(torch.tensor(list(seen)), tries)


def sampled_softmax_loss(
    outputs: Tensor, targets: Tensor, weight: Tensor, bias: Tensor, negatives: Negatives
) -> Tensor:
    """Mean cross-entropy of the targets against the drawn words alone, a scalar.

    Each score is lowered by the logarithm of how often its word was to be expected
    among the draws. A drawn word that is a position's target is left out there.

    Args:
        outputs: what the softmax sees, (positions, projection).
        targets: rows of the softmax, int64 (positions).
        weight: of the softmax, (words, projection).
        bias: of the softmax, (words).
        negatives: shared by all positions.
    """
    rows = negatives.rows.to(targets.device)
    chances = log_uniform_probabilities(len(weight))
    expected = -torch.expm1(negatives.tries * torch.log1p(-chances))
    offset = bias - expected.log().to(bias)  # (words)
    scores = outputs @ weight.t() + offset  # (positions, words)
    true = scores.gather(1, targets.unsqueeze(1))
    drawn = scores[:, rows]  # (positions, count)
    drawn = drawn.masked_fill(targets.unsqueeze(1) == rows, -math.inf)
    first = torch.zeros_like(targets)
    return cross_entropy(torch.cat([true, drawn], dim=1), first)
