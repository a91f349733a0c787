"""Proteins laid end to end: the endless streams of tokens that an ELMo is trained on.

Each row of a batch is a stream of its own. Per protein x1 … xn the forward stream
has inputs `<S>`, x1 … xn and targets x1 … xn, `</S>`; the backward stream has inputs
`</S>`, xn … x1 and targets xn … x1, `<S>`. There is no padding and no reset between
proteins.
The two directions read the proteins in orders of their own.

Source: bilm-tf's training, which SeqVec used (SeqVec, Methods, "ELMo").
"""

from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np

from protlang.errors import ProtlangError


class Sequences(Protocol):
    """Tokens of each protein, e.g. a `TokenStore`."""

    def __getitem__(self, index: int) -> np.ndarray:
        """Tokens of one protein, integers (length,)."""


class Window(NamedTuple):
    """The next steps of all rows, in both directions.

    Attributes:
        inputs: int64 (2, rows, steps), forward first.
        targets: int64 (2, rows, steps).
    """

    inputs: np.ndarray
    targets: np.ndarray


class TokenStreams:
    """Endless rows of proteins, each epoch over the corpus in a new seeded order.

    Row r of all R rows reads every R-th protein of a epoch, from the r-th on, so that
    no protein is read twice in an epoch. The position of a row is three numbers (epoch,
    protein, token), so a run goes on where another stopped without reading what lies
    before.

    Args:
        sequences: tokens of each protein.
        proteins: indices of those to read.
        boundaries: tokens of `<S>` and `</S>`.
        rows: numbers of this process's rows among those of all processes.
        all_rows: rows of all processes together.
        seed: of the orders.

    Raises:
        ProtlangError: if there are fewer proteins than rows.
    """

    def __init__(
        self,
        sequences: Sequences,
        proteins: np.ndarray,
        boundaries: tuple[int, int],
        rows: range,
        all_rows: int,
        seed: int,
    ) -> None:
        if len(proteins) < all_rows:
            raise ProtlangError(
                f"the corpus has {len(proteins)} proteins to train on but batches have "
                f"{all_rows} rows; lower the batch size or take a larger corpus"
            )
        self.position = np.zeros((2, len(rows), 3), dtype=np.int64)
        """int64 (direction, row, (epoch, protein, token)); set it to go back."""
        self._sequences = sequences
        self._proteins = proteins
        self._boundaries = boundaries
        self._rows = rows
        self._all_rows = all_rows
        self._seed = seed
        self._order = lru_cache(maxsize=4)(self._shuffle)
        self._per_epoch = [len(proteins[row::all_rows]) for row in rows]

    def next_window(self, steps: int) -> Window:
        """Read the next `steps` tokens of every row; the positions move on."""
        shape = (2, len(self._rows), steps)
        window = Window(np.empty(shape, np.int64), np.empty(shape, np.int64))
        for direction in (0, 1):
            for row in range(len(self._rows)):
                self._read(direction, row, window)
        return window

    def current_proteins(self) -> list[int]:
        """Indices of the proteins that the rows stand in, forward direction first."""
        places = [(d, r) for d in (0, 1) for r in range(len(self._rows))]
        return [self._protein(direction, row) for direction, row in places]

    def _read(self, direction: int, row: int, window: Window) -> None:
        """Fill one row of a window and move its position."""
        steps, filled = window.inputs.shape[-1], 0
        while filled < steps:
            sentence = self._sentence(direction, self._protein(direction, row))
            token = self.position[direction, row, 2]
            count = min(len(sentence) - 1 - token, steps - filled)
            there = slice(filled, filled + count)
            window.inputs[direction, row, there] = sentence[token : token + count]
            window.targets[direction, row, there] = sentence[token + 1 :][:count]
            filled += count
            self._advance(direction, row, count, len(sentence) - 1)

    def _advance(self, direction: int, row: int, count: int, length: int) -> None:
        position = self.position[direction, row]
        position[2] += count
        if position[2] == length:
            position[1:] = position[1] + 1, 0
        if position[1] == self._per_epoch[row]:
            position[:] = position[0] + 1, 0, 0

    def _protein(self, direction: int, row: int) -> int:
        number, protein, _ = self.position[direction, row]
        order = self._order(direction, int(number))
        return int(order[self._rows[row] + protein * self._all_rows])

    def _sentence(self, direction: int, protein: int) -> np.ndarray:
        """Boundary, residues, other boundary, in reading order."""
        tokens = self._sequences[protein]
        start, end = self._boundaries
        if direction == 1:
            tokens, start, end = tokens[::-1], end, start
        return np.concatenate(([start], tokens, [end]))

    def _shuffle(self, direction: int, number: int) -> np.ndarray:
        """The proteins in the order of one epoch."""
        generator = np.random.default_rng([self._seed, direction, number])
        return generator.permutation(self._proteins)
