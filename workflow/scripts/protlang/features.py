"""What a per-residue network sees of a protein: one row of numbers per residue.

An embedding or another profile slots in as one more `Feature`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from protlang.blosum import load_blosum65
from protlang.errors import ProtlangError
from protlang.records import Protein
from protlang.vocabulary import AMINO_ACIDS, RESIDUES, check_letters

PROFILE_DIMENSION = 50


@dataclass(frozen=True)
class Feature:
    """One way to describe the residues of a protein.

    Attributes:
        dimension: numbers per residue.
        encode: returns float32 (length, dimension) for a protein.
        needs_profile: whether the protein must come with an HHblits profile.
    """

    dimension: int
    encode: Callable[[Protein], np.ndarray]
    needs_profile: bool = False


def one_hot(protein: Protein) -> np.ndarray:
    """Indicators of the 20 standard amino acids, float32 (length, 20).

    The order is that of `AMINO_ACIDS`; rare and ambiguous residues are all zero.
    Source: SeqVec, Methods, "Input features"; methods of NetSurfP-2.0.
    """
    return _table_rows(_one_hot_table(), protein.sequence)


def blosum65(protein: Protein) -> np.ndarray:
    """Raw BLOSUM65 scores against 20 amino acids, B, Z and X, float32 (length, 23).

    U and O, which the matrix lacks, get the row of X.
    Source: SeqVec, Methods, "Input features".
    """
    return _table_rows(_blosum65_table(), protein.sequence)


def profile(protein: Protein) -> np.ndarray:
    """The HHblits profile as published, float32 (length, 50).

    Raises:
        ProtlangError: if the protein has none.
    """
    if protein.profile is None:
        raise ProtlangError(
            f"protein {protein.id} has no HHblits profile; use a distribution with "
            "profiles (netsurfp-npz) or a predictor without them"
        )
    return protein.profile


FEATURES: Mapping[str, Feature] = {
    "one_hot": Feature(len(AMINO_ACIDS), one_hot),
    "blosum65": Feature(23, blosum65),
    "profile": Feature(PROFILE_DIMENSION, profile, needs_profile=True),
}


def dimension(names: Sequence[str]) -> int:
    """Numbers per residue of several features side by side."""
    return sum(FEATURES[name].dimension for name in names)


def need_profiles(names: Sequence[str]) -> bool:
    """Whether any of the features is made from the HHblits profile."""
    return any(FEATURES[name].needs_profile for name in names)


def encode(names: Sequence[str], protein: Protein) -> np.ndarray:
    """Several features side by side, float32 (length, sum of their dimensions)."""
    return np.concatenate([FEATURES[name].encode(protein) for name in names], axis=1)


@cache
def _one_hot_table() -> np.ndarray:
    table = np.zeros((len(RESIDUES), len(AMINO_ACIDS)), dtype=np.float32)
    table[: len(AMINO_ACIDS)] = np.eye(len(AMINO_ACIDS))
    return table


@cache
def _blosum65_table() -> np.ndarray:
    matrix = load_blosum65().drop(index="*", columns="*")
    rows = [letter if letter in matrix.index else "X" for letter in RESIDUES]
    return matrix.loc[rows].to_numpy(dtype=np.float32)


@cache
def _row_of_byte() -> np.ndarray:
    rows = np.full(256, -1)
    rows[np.frombuffer(RESIDUES.encode(), dtype=np.uint8)] = range(len(RESIDUES))
    return rows


def _table_rows(table: np.ndarray, sequence: str) -> np.ndarray:
    check_letters(sequence, RESIDUES, "the sequence")
    rows = _row_of_byte()[np.frombuffer(sequence.encode(), dtype=np.uint8)]
    return np.take(table, rows, axis=0)
