"""Soft alignment of pairs of proteins: scores, and gradients of all vectors.

    python benchmarks/soft_alignment.py [--peer PLUS] [--rounds N] [--pairs N]

Proteins have 100 to 400 residues with vectors of 100 numbers. The baseline is PLUS's
own code or a plain re-statement of it, which aligns pair after pair. The limit is
PyTorch's kernel of L1 distances alone, once forward and once backward for each side.
"""

import sys
from pathlib import Path

import torch
from measure import Result, fastest_rate, options, race, record
from plain_plus import alignment_scores, cut
from torch import Tensor

from protlang.models.soft_alignment import PaddedVectors, similarity

DIM = 100
GOAL = 10.0
NOTE = (
    "What is left is PyTorch's L1 distances and their gradients, about one difference "
    "per cycle and core. Blocks of differences that stay in the cache, by element-wise "
    "operations, were no faster; more needs compiled code."
)


class Pairs:
    """Pairs of random proteins.

    Args:
        count: of the pairs.
    """

    def __init__(self, count: int) -> None:
        generator = torch.Generator().manual_seed(0)
        lengths = torch.randint(100, 401, (2, count), generator=generator)
        shape = 2, count, int(lengths.max()), DIM
        vectors = torch.randn(shape, generator=generator)
        self.first, self.second = (
            PaddedVectors(side.clone().requires_grad_(), length)
            for side, length in zip(vectors, lengths, strict=True)
        )
        self.cells = int(lengths.prod(dim=0).sum())

    def ours(self) -> list[Tensor]:
        """Scores and gradients."""
        return self._with_gradients(similarity(self.first, self.second))

    def plain(self) -> list[Tensor]:
        """The same by the baseline."""
        firsts, seconds = (cut(*side) for side in (self.first, self.second))
        return self._with_gradients(alignment_scores(firsts, seconds))

    def _with_gradients(self, scores: Tensor) -> list[Tensor]:
        vectors = [self.first.vectors, self.second.vectors]
        return [scores.detach(), *torch.autograd.grad(scores.sum(), vectors)]


class PeerPairs(Pairs):
    """Aligned by PLUS's own code.

    Args:
        count: of the pairs.
        source: of PLUS.
    """

    def __init__(self, count: int, source: Path) -> None:
        super().__init__(count)
        sys.path.append(str(source))
        from plus.config import ModelConfig
        from plus.model.plus_rnn import PLUS_RNN

        config = ModelConfig(input_dim=22, num_classes=2)
        config.hidden_dim = config.embedding_dim = 1
        self._model = PLUS_RNN(config)

    def plain(self) -> list[Tensor]:
        """See `Pairs`."""
        firsts, seconds = (cut(*side) for side in (self.first, self.second))
        pairs = zip(firsts, seconds, strict=True)
        return self._with_gradients(torch.stack([self._model.score(*p) for p in pairs]))


def main() -> None:
    """Measure and record."""
    chosen = options(__doc__, pairs="how many")
    count = int(chosen.pairs or 64)
    pairs = PeerPairs(count, chosen.peer) if chosen.peer else Pairs(count)
    apart = [
        float((own - other).abs().max() / other.abs().max())
        for own, other in zip(pairs.ours(), pairs.plain(), strict=True)
    ]
    timed = race(pairs.ours, pairs.plain, chosen.rounds)
    result = Result(
        name="soft_alignment",
        what=f"soft alignment, forward and backward, of {count} pairs of 100 to 400 "
        "residues",
        baseline="PLUS's own code" if chosen.peer else "PLUS's loop in plain code",
        unit="cells",
        work=pairs.cells,
        race=timed,
        agreement=f"scores {apart[0]:.1e}, gradients {max(apart[1:]):.1e} apart",
        goal=GOAL,
        limit="L1 distances and their gradients alone",
        limit_rate=distances_alone(),
        note="" if timed.ratio >= GOAL else NOTE,
    )
    record(result)


def distances_alone(length: int = 250, pairs: int = 4) -> float:
    """Cells per second of PyTorch's distances, forward and backward."""
    first, second = torch.randn(2, pairs, length, DIM, requires_grad=True)

    def compute() -> None:
        distances = torch.cdist(first, second, p=1)
        torch.autograd.grad(distances.sum(), [first, second])

    return fastest_rate(compute, pairs * length**2)


if __name__ == "__main__":
    main()
