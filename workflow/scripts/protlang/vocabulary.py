"""Letters of sequences and of per-residue labels, in the orders that arrays use."""

from protlang.errors import ProtlangError

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
"""The 20 standard amino acids, in the column order of the NetSurfP-2.0 arrays."""

RARE_AMINO_ACIDS = "UO"
AMBIGUOUS_RESIDUES = "BZX"

RESIDUES = AMINO_ACIDS + RARE_AMINO_ACIDS + AMBIGUOUS_RESIDUES
"""The 25 letters of SeqVec's corpus (SeqVec, Methods, "UniRef50 training")."""

Q8_STATES = "GHIBESTC"
"""DSSP's eight states, in the order of columns 57-64 of the NetSurfP-2.0 arrays."""

Q3_STATES = "HEC"
"""Helix, strand, other, in the order of the published network's outputs."""

DISORDER_STATES = "01"
"""0 = ordered (resolved in the structure), 1 = disordered (REMARK-465)."""

MASK_STATES = "01"
"""1 = the residue counts in the evaluation of its data set."""

LABEL_STATES = {
    "q3": Q3_STATES,
    "q8": Q8_STATES,
    "disorder": DISORDER_STATES,
    "mask": MASK_STATES,
}
"""Per-residue labels of the canonical data sets and the letters each may hold."""

_Q8_TO_Q3 = str.maketrans("GHIBESTC", "HHHEECCC")


def q8_to_q3(q8: str) -> str:
    """Merge eight states into three: G, H, I to H; B, E to E; S, T, C to C.

    Source: SeqVec, Methods, "Per-residue level". `q8` holds letters of `Q8_STATES`.
    """
    return q8.translate(_Q8_TO_Q3)


def check_letters(text: str, letters: str, what: str) -> None:
    """Make sure that `text` is built from `letters` alone.

    Raises:
        ProtlangError: naming `what`, the first other letter and its 1-based position.
    """
    if set(text) <= set(letters):
        return
    position = next(i for i, letter in enumerate(text) if letter not in letters)
    raise ProtlangError(
        f"{what} has the letter {text[position]!r} at position {position + 1}; "
        f"allowed are {letters}: correct or remove the record"
    )
