"""BLOSUM65, the substitution matrix of one predictor and of the simulator."""

import csv

from protlang.validation import REPOSITORY


def load_blosum65() -> dict[str, dict[str, int]]:
    """BLOSUM65 in half bits by letter and letter, 24 of each (`*` is the last).

    Source: Henikoff & Henikoff 1992, the matrix distributed with BLAST.
    """
    path = REPOSITORY / "resources" / "blosum65.csv"
    rows = csv.DictReader(path.read_text(encoding="ascii").splitlines())
    return {
        row.pop("residue"): {letter: int(score) for letter, score in row.items()}
        for row in rows
    }
