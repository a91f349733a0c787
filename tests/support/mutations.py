"""Proteins of chance, and copies of them with a known share of other residues."""

import numpy as np

from protlang.alphabet import AMINO_ACIDS


def random_protein(length: int, rng: np.random.Generator) -> str:
    """A sequence of equally frequent amino acids."""
    return "".join(rng.choice(list(AMINO_ACIDS), length))


def mutated(sequence: str, share: float, rng: np.random.Generator) -> str:
    """A copy with other residues at exactly that share of the positions."""
    letters = list(sequence)
    number = round(share * len(letters))
    for place in rng.choice(len(letters), number, replace=False):
        others = [letter for letter in AMINO_ACIDS if letter != letters[place]]
        letters[place] = str(rng.choice(others))
    return "".join(letters)
