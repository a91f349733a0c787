"""Proteins side by side, step by step, as SeqVec's language model reads them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import torch
from torch import Tensor
from torch.nn.functional import pad

from protlang.models.elmo import BEGIN, DIRECTIONS, END

WINDOW_TOKENS = 256
"""Tokens whose input products are held at once by a direction: enough for products at
full speed, and few enough that the memory allocator keeps their place."""

_GROUP_ROWS = 128
"""Proteins that are read side by side: likewise."""


class PackedProteins:
    """Proteins in the order in which they are read: packed step by step.

    Rows are the proteins by descending length. A step's tokens stand side by side, and
    only those of rows that are not finished.

    Args:
        proteins: by number, residue tokens, integers (length) each.
        device: where they are read.

    Attributes:
        order: by row, the number of its protein.
        lengths: by row, without boundaries.
        active: by step, how many rows are not finished.
        offsets: by step, where its tokens begin; and where the last one ends.
        tokens: int64 (2, all tokens with boundaries), packed, forward and backward.
    """

    def __init__(self, proteins: Mapping[int, Tensor], device: torch.device) -> None:
        self.order = by_length(proteins)
        self.lengths = [len(proteins[number]) for number in self.order]
        framed = torch.tensor(self.lengths, dtype=torch.long) + 2
        steps = torch.arange(max(framed.tolist(), default=0)).unsqueeze(1)
        reads = steps < framed  # (steps, rows)
        self.active: list[int] = reads.sum(dim=1).tolist()
        self.offsets = [0, *accumulate(self.active)]
        self._starts = torch.tensor(self.offsets, device=device)
        table = torch.empty(DIRECTIONS, *reads.shape, dtype=torch.long)
        for row, number in enumerate(self.order):
            tokens = pad(proteins[number].long().cpu(), (1, 1), value=END)
            tokens[0] = BEGIN
            table[0, : len(tokens), row] = tokens
            table[1, : len(tokens), row] = tokens.flip(0)
        self.tokens = table[:, reads].to(device)

    def windows(self) -> Iterator[range]:
        """Consecutive steps that hold up to `WINDOW_TOKENS` tokens together."""
        start = 0
        while start < len(self.active):
            end = start + 1
            limit = self.offsets[start] + WINDOW_TOKENS
            while end < len(self.active) and self.offsets[end + 1] <= limit:
                end += 1
            yield range(start, end)
            start = end

    def places(self, row: int, backward: bool) -> Tensor:
        """Where a row's residues, first to last, are packed; int64 (length)."""
        places = self._starts[1 : self.lengths[row] + 1] + row
        return places.flip(0) if backward else places


def packed_groups(
    proteins: Sequence[Tensor], device: torch.device
) -> list[PackedProteins]:
    """Proteins in groups of similar lengths, about equally many in each.

    Args:
        proteins: residue tokens, integers (length) each.
        device: where they are read.
    """
    order = by_length(dict(enumerate(proteins)))
    groups = math.ceil(len(order) / _GROUP_ROWS)
    rows = math.ceil(len(order) / max(groups, 1))
    return [
        PackedProteins({n: proteins[n] for n in order[k : k + rows]}, device)
        for k in range(0, len(order), max(rows, 1))
    ]


def by_length(proteins: Mapping[int, Tensor]) -> list[int]:
    """Numbers of proteins, the longest first."""
    return sorted(proteins, key=lambda number: -len(proteins[number]))
