"""Letters of sequences, states of residues and classes of whole proteins.

All are in the orders that arrays use.
"""

from collections.abc import Iterable

import numpy as np

from protlang.errors import ProtlangError

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
"""The 20 standard amino acids, in the column order of the NetSurfP-2.0 arrays."""

RARE_AMINO_ACIDS = "UO"
AMBIGUOUS_RESIDUES = "BZX"

RESIDUES = AMINO_ACIDS + RARE_AMINO_ACIDS + AMBIGUOUS_RESIDUES
"""The 25 letters of SeqVec's corpus (SeqVec, Methods, "UniRef50 training")."""

PLUS_RESIDUES = "ARNDCQEGHILKMFPSTWYVX"
"""The residues of PLUS's tokens 1 to 21. Source: its released code
(plus/data/alphabets.py)."""

PLUS_SYNONYMS = {"O": "K", "U": "C", "B": "X", "Z": "X"}
"""What the other letters of `RESIDUES` count as there."""

Q8_STATES = "GHIBESTC"
"""DSSP's eight states, in the order of columns 57-64 of the NetSurfP-2.0 arrays."""

Q3_STATES = "HEC"
"""Helix, strand, other, in the order of the published network's outputs."""

DISORDER_STATES = "01"
"""0 = ordered (resolved in the structure), 1 = disordered (REMARK-465)."""

MASK_STATES = "01"
"""1 = the residue counts in the evaluation of its data set."""

TOPOLOGY_STATES = "IOM"
"""Inside, outside, in the membrane, in the order of PLUS's labels 0, 1 and 2."""

LABEL_STATES = {
    "q3": Q3_STATES,
    "q8": Q8_STATES,
    "disorder": DISORDER_STATES,
    "mask": MASK_STATES,
    "topology": TOPOLOGY_STATES,
}
"""Per-residue labels of the canonical data sets and the letters each may hold."""

STRUCTURE_LABELS = frozenset({"q3", "q8", "disorder", "mask"})
"""Those that a complete set of secondary structures has."""

LOCATIONS = (
    "Cell.membrane",
    "Cytoplasm",
    "Endoplasmic.reticulum",
    "Golgi.apparatus",
    "Lysosome/Vacuole",
    "Mitochondrion",
    "Nucleus",
    "Peroxisome",
    "Plastid",
    "Extracellular",
)
"""Subcellular locations as DeepLoc spells them, in the published network's order."""

CYTOPLASM_AND_NUCLEUS = "Cytoplasm-Nucleus"
"""DeepLoc's mark of proteins found in both; none of the ten classes."""

MEMBRANE_STATES = ("S", "M")
"""S = soluble, M = membrane-bound, in the order of the published network's outputs."""

UNKNOWN_MEMBRANE = "U"
"""The annotation of membrane or soluble is ambiguous."""

PROTEIN_CLASSES = {"location": LOCATIONS, "membrane": MEMBRANE_STATES}
"""Labels of whole proteins and the classes that SeqVec's networks distinguish."""

SOLUBILITY_STATES = ("insoluble", "soluble")
"""DeepSol's 0 and 1, in this order."""

CLASS_LABELS = {**PROTEIN_CLASSES, "solubility": SOLUBILITY_STATES}
"""All labels of whole proteins in the canonical data sets, and their classes."""

PROTEIN_VALUES = ("stability", "fluorescence")
"""Numbers of whole proteins in the canonical data sets.

Stability is the logarithm of how many times more protease a protein stands than is
expected of its unfolded state (Rocklin et al. 2017); fluorescence is the decadic
logarithm of the brightness (Sarkisyan et al. 2016). Both are as in TAPE.
"""

NOT_A_TOKEN = 0x80
"""Marks other bytes in translation tables; not ASCII, so `bytes.isascii` finds it."""

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


def token_table(letters: str, tokens: Iterable[int]) -> bytes:
    """A translation table of all bytes: letters to tokens, others to `NOT_A_TOKEN`."""
    table = bytearray([NOT_A_TOKEN]) * 256
    for letter, token in zip(letters, tokens, strict=True):
        table[ord(letter)] = token
    return bytes(table)


LETTERS_TO_TOKENS = token_table(RESIDUES, range(len(RESIDUES)))
"""Translates letters to tokens: a token is a letter's index in `RESIDUES`, 0 to 24."""

_LETTERS = RESIDUES.encode().ljust(256, b"?")


def encode(sequence: str) -> bytes:
    """Tokens of a sequence in upper case.

    Raises:
        ProtlangError: if a letter is not in `RESIDUES`.
    """
    tokens = sequence.encode().translate(LETTERS_TO_TOKENS)
    if not tokens.isascii():
        other = next(letter for letter in sequence if letter not in RESIDUES)
        raise ProtlangError(
            f"a sequence has the letter {other!r}; allowed are {RESIDUES}: correct or "
            "remove the record"
        )
    return tokens


def decode(tokens: np.ndarray | bytes) -> str:
    """The sequence of tokens (bytes or uint8)."""
    return bytes(tokens).translate(_LETTERS).decode()
