"""ProtVec: a fixed vector for each word of three residues.

Source: Asgari and Mofrad 2015; SeqVec, Methods, "ProtVec".
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from protlang.alphabet import RESIDUES
from protlang.errors import ProtlangError

WORD_LENGTH = 3

WORDS = tuple(map("".join, product(RESIDUES, repeat=WORD_LENGTH)))
"""All 3-mers of `RESIDUES`, 15,625, in the order of their codes."""

UNKNOWN = "<unk>"
"""The word whose vector is used for 3-mers without one of their own."""


def word_codes(tokens: np.ndarray) -> np.ndarray:
    """Places in `WORDS` of a protein's overlapping 3-mers, int64 (max(length - 2, 0)).

    Args:
        tokens: places of its residues in `RESIDUES`, integers (length,).
    """
    first, second, third = (
        tokens[start : max(len(tokens) - WORD_LENGTH + 1 + start, 0)].astype(np.int64)
        for start in range(WORD_LENGTH)
    )
    codes: np.ndarray = (first * len(RESIDUES) + second) * len(RESIDUES) + third
    return codes


@dataclass(frozen=True, eq=False)
class ProtVec:
    """Words and their vectors.

    Attributes:
        words: distinct; 3-mers, and perhaps `UNKNOWN`. Words with a letter outside
            `RESIDUES` are allowed, but no protein has them.
        vectors: finite, float32 (words, dimension).

    Raises:
        ProtlangError: if words and vectors do not fit together.
    """

    words: tuple[str, ...]
    vectors: np.ndarray

    def __post_init__(self) -> None:
        if self.vectors.dtype != np.float32 or self.vectors.ndim != 2:
            raise ProtlangError(
                f"ProtVec has vectors of type {self.vectors.dtype} and shape "
                f"{self.vectors.shape}; it needs float32 (words, dimension)"
            )
        if len(self.words) != len(self.vectors):
            raise ProtlangError(
                f"ProtVec has {len(self.words)} words but {len(self.vectors)} vectors; "
                "take both from the same model"
            )
        if len(set(self.words)) < len(self.words):
            raise ProtlangError("ProtVec has two vectors for a word; remove one")
        if not np.isfinite(self.vectors).all():
            raise ProtlangError(
                "ProtVec has a vector that is not finite; train or fetch it again"
            )

    @property
    def dimension(self) -> int:
        """Numbers per residue."""
        return int(self.vectors.shape[1])

    def residue_vectors(self, tokens: np.ndarray) -> np.ndarray:
        """One vector per residue, float32 (length, dimension).

        Residue i has the vector of the 3-mer centred on it. The first and the last
        residue, which are the centre of none, and all residues of 3-mers without a
        vector have that of `UNKNOWN`, or zeros if there is none. The papers do not
        report how length - 2 words become length vectors; this is a choice.

        Args:
            tokens: places of the residues in `RESIDUES`, integers (length,).
        """
        rows = np.full(len(tokens), len(WORDS))
        rows[1:-1] = word_codes(tokens)
        return np.take(self._table, rows, axis=0)

    @cached_property
    def _table(self) -> np.ndarray:
        """Vectors by code and, last, of unknown words, (all words + 1, dimension)."""
        codes = {word: code for code, word in enumerate((*WORDS, UNKNOWN))}
        known = [(codes[w], row) for row, w in enumerate(self.words) if w in codes]
        rows = np.full(len(codes), len(self.words))
        for code, row in known:
            rows[code] = row
        rows[rows == len(self.words)] = rows[-1]
        zeros = np.zeros((1, self.dimension), dtype=np.float32)
        table: np.ndarray = np.concatenate([self.vectors, zeros])[rows]
        return table
