"""BLOSUM65, the substitution matrix of one predictor and of the simulator.

Scores are in half bits, in the layout of BLAST's matrices. Source: Henikoff and
Henikoff 1992.
"""

from functools import cache

import numpy as np

from protlang.alphabet import AMINO_ACIDS
from protlang.validation import REPOSITORY


@cache
def load_blosum65() -> tuple[str, np.ndarray]:
    """The letters of rows and columns, `*` the last, and the scores, int64 (24, 24)."""
    from Bio.Align import substitution_matrices  # not needed to plan the workflow

    with open(REPOSITORY / "resources" / "BLOSUM65", encoding="ascii") as lines:
        matrix = substitution_matrices.read(lines, dtype=int)
    return str(matrix.alphabet), np.array(matrix)


def amino_acid_scores() -> np.ndarray:
    """Scores of the amino acids, int64 (20, 20), in the order of `AMINO_ACIDS`."""
    letters, scores = load_blosum65()
    places = [letters.index(letter) for letter in AMINO_ACIDS]
    return scores[np.ix_(places, places)]
