"""Features of proteins: numbers for each residue, or for the whole protein.

Another way to describe residues or proteins slots in as one more `Feature`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from protlang.alphabet import AMINO_ACIDS, RESIDUES, check_letters
from protlang.errors import ProtlangError
from protlang.formats.blosum import load_blosum65
from protlang.proteins import Protein


@dataclass(frozen=True)
class Feature:
    """One way to describe a protein or its residues.

    Attributes:
        encode: returns float32 (dimension,) or (length, dimension) for a protein.
        needs_profile: whether the protein must come with an HHblits profile.
        needs_embedding: whether it must come with an encoder's vectors.
    """

    encode: Callable[[Protein], np.ndarray]
    needs_profile: bool = False
    needs_embedding: bool = False


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


def embedding(protein: Protein) -> np.ndarray:
    """The vectors of an encoder (SeqVec, ProtVec), float32 (length, dimension).

    Where those are means over a protein's residues, it is one vector (dimension,).

    Raises:
        ProtlangError: if the protein has none.
    """
    if protein.embedding is None:
        raise ProtlangError(
            f"protein {protein.id} has no embedding; name the encoder of the predictor "
            "in the configuration"
        )
    return protein.embedding[()].astype(np.float32, copy=False)


def composition(protein: Protein) -> np.ndarray:
    """How often each of the 20 standard amino acids occurs, float32 (20,).

    In units of one in twenty, so that a common one has about 1; other residues count
    only in the total.
    """
    return np.asarray(one_hot(protein).mean(axis=0) * len(AMINO_ACIDS))


FEATURES: Mapping[str, Feature] = {
    "one_hot": Feature(one_hot),
    "blosum65": Feature(blosum65),
    "profile": Feature(profile, needs_profile=True),
    "embedding": Feature(embedding, needs_embedding=True),
}
"""Of each residue."""

PROTEIN_FEATURES: Mapping[str, Feature] = {
    "composition": Feature(composition),
    "embedding": FEATURES["embedding"],
}
"""Of the whole protein."""

_KNOWN = {**FEATURES, **PROTEIN_FEATURES}


def need_profiles(names: Sequence[str]) -> bool:
    """Whether any of the features is made from the HHblits profile."""
    return any(_KNOWN[name].needs_profile for name in names)


def need_embeddings(names: Sequence[str]) -> bool:
    """Whether any of the features is the vectors of an encoder."""
    return any(_KNOWN[name].needs_embedding for name in names)


def encode(names: Sequence[str], protein: Protein) -> np.ndarray:
    """Several features side by side, float32.

    Args:
        names: all of residues, or all of whole proteins.
        protein: with the profile or embedding that they are made from.

    Returns:
        (length, sum of their dimensions), or (sum of their dimensions,).
    """
    parts = [_KNOWN[name].encode(protein) for name in names]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


def encode_proteins(names: Sequence[str], proteins: Iterable[Protein]) -> np.ndarray:
    """Several features of whole proteins side by side, float32 (proteins, dimension).

    Raises:
        ProtlangError: if the vectors of two proteins have different dimensions.
    """
    rows = [encode(names, protein) for protein in proteins]
    dimensions = {len(row) for row in rows}
    if len(dimensions) > 1:
        raise ProtlangError(
            f"some proteins have {min(dimensions)} numbers each, others "
            f"{max(dimensions)}; embed all of them with one encoder"
        )
    return np.stack(rows)


@cache
def _one_hot_table() -> np.ndarray:
    table = np.zeros((len(RESIDUES), len(AMINO_ACIDS)), dtype=np.float32)
    table[: len(AMINO_ACIDS)] = np.eye(len(AMINO_ACIDS))
    return table


@cache
def _blosum65_table() -> np.ndarray:
    letters, scores = load_blosum65()
    rows = [letters.index(letter if letter in letters else "X") for letter in RESIDUES]
    return scores[rows, : letters.index("*")].astype(np.float32)


@cache
def _row_of_byte() -> np.ndarray:
    rows = np.full(256, -1)
    rows[np.frombuffer(RESIDUES.encode(), dtype=np.uint8)] = range(len(RESIDUES))
    return rows


def _table_rows(table: np.ndarray, sequence: str) -> np.ndarray:
    check_letters(sequence, RESIDUES, "the sequence")
    rows = _row_of_byte()[np.frombuffer(sequence.encode(), dtype=np.uint8)]
    return np.take(table, rows, axis=0)
