"""Topologies of membrane proteins: helices that cross the membrane, and its two sides.

A grammar in the manner of TOPCONS defines the possible topologies: loops inside (I) and
outside (O) alternate, and every helix (M) between them is exactly 21 residues long.
The most likely topology is found with the Viterbi algorithm. Source: PLUS, whose code
took the grammar from P-ELMo (Bepler & Berger 2019).
"""

import numpy as np

from protlang.tasks.topology_grammar import (
    EPSILON,
    HELIX_LENGTH,
    path,
    transmembrane_grammar,
)
from protlang.tasks.topology_search import topologies

LEAST_OVERLAP = 5
"""Residues that a predicted helix must share with the true one."""


def decode(
    probabilities: np.ndarray,
    helix_length: int = HELIX_LENGTH,
    *,
    imitate_released_code: bool = False,
) -> str:
    """The most likely topology of a whole protein.

    Every helix has loop residues before and behind it, so a protein with less than
    `helix_length` + 2 residues is all loop. Of two sides equally likely, the end of the
    protein is inside: the grammar cannot distinguish sides.

    Args:
        probabilities: of I, O and M at each residue, (length, 3).
        helix_length: residues of a helix.
        imitate_released_code: make what is forbidden possible at odds of 2.2e-16 (the
            topology may then hold helices of other lengths, and an S).

    Returns:
        One letter of `TOPOLOGY_STATES` per residue.

    Raises:
        ValueError: if the probabilities have another shape, or are none.
    """
    if not imitate_released_code:
        return topologies([probabilities], helix_length)[0]
    grammar = transmembrane_grammar(helix_length, EPSILON)
    return "".join(grammar.letters[state] for state in path(probabilities, grammar))


def membrane_regions(
    topology: str, *, imitate_released_code: bool = False
) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each run of M.

    Args:
        topology: one letter per residue.
        imitate_released_code: overlook a region that begins at the first residue, and
            with it all others, because 0 stands for "no region so far".
    """
    if imitate_released_code and topology.startswith("M"):
        return []
    inside = np.array([letter == "M" for letter in f"-{topology}-"], dtype=np.int8)
    changes = np.diff(inside)
    starts, ends = np.flatnonzero(changes == 1), np.flatnonzero(changes == -1)
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def is_correct(
    truth: str, predicted: str, *, imitate_released_code: bool = False
) -> bool:
    """Whether all membrane regions are found, and no others; sides do not matter.

    There are as many regions as in truth, and each shares at least `LEAST_OVERLAP`
    residues with the one of its number. Source: PLUS's code.

    Args:
        truth: true topology, one letter per residue.
        predicted: predicted topology, of the same length.
        imitate_released_code: for `membrane_regions`.
    """
    true, found = (
        membrane_regions(topology, imitate_released_code=imitate_released_code)
        for topology in (truth, predicted)
    )
    return len(true) == len(found) and all(
        min(end, other_end) - max(start, other_start) >= LEAST_OVERLAP
        for (start, end), (other_start, other_end) in zip(true, found, strict=True)
    )
