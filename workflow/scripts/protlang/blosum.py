"""BLOSUM65, the substitution matrix of one predictor and of the simulator."""

import pandas as pd

from protlang.config import REPOSITORY


def load_blosum65() -> pd.DataFrame:
    """BLOSUM65 in half bits, 24 x 24, rows and columns named by letter (and `*`).

    Source: Henikoff & Henikoff 1992, the matrix distributed with BLAST.
    """
    return pd.read_csv(REPOSITORY / "resources" / "blosum65.csv", index_col=0)
