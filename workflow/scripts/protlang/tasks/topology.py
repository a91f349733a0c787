"""Topologies of membrane proteins: helices that cross the membrane, and its two sides.

A grammar in the manner of TOPCONS defines the possible topologies: loops inside (I) and
outside (O) alternate, and every helix (M) between them is exactly 21 residues long.
The most likely topology is found with the Viterbi algorithm. Source: PLUS, whose code
took the grammar from P-ELMo (Bepler & Berger 2019).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from protlang.alphabet import TOPOLOGY_STATES

HELIX_LENGTH = 21
"""Residues of a helix."""

LEAST_OVERLAP = 5
"""Residues that a predicted helix must share with the true one."""

INNER, OUTER, SIGNAL, FIRST_HELIX = range(4)
"""States of the grammar: from `FIRST_HELIX` on, the residues of a helix that leads
outwards, then those of one that leads inwards."""

_EPSILON = float(np.finfo(np.float64).eps)
_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Grammar:
    """Which states follow each other, as logarithms of probabilities.

    Attributes:
        start: of a protein's first residue, (states,).
        end: of its last, (states,).
        into: of state `j` after state `i`, (states j, states i).
        emission: which outputs of the network a state sums up, 0 or 1, (states, 3).
        letters: what each state means: `TOPOLOGY_STATES`, and S for signal peptides.
        epsilon: the probability of what is forbidden; 0 for never.
    """

    start: np.ndarray
    end: np.ndarray
    into: np.ndarray
    emission: np.ndarray
    letters: str
    epsilon: float


@lru_cache
def transmembrane_grammar(
    helix_length: int = HELIX_LENGTH, epsilon: float = 0.0
) -> Grammar:
    """PLUS's grammar of 3 + 2 `helix_length` states.

    A protein begins inside, outside or with a signal peptide of one residue, and ends
    inside or outside; what may come next is equally likely. A loop emits the network's
    I and O alike, so that sides follow from their alternation alone. No output stands
    for signal peptides. Source: PLUS's code; methods of P-ELMo.

    Args:
        helix_length: residues of a helix, at least 1.
        epsilon: added to all probabilities, as the released code does with 2.2e-16,
            which makes moves that the grammar forbids possible.
    """
    allowed = _allowed_moves(helix_length)
    start, end = np.zeros((2, len(allowed)))
    start[[INNER, OUTER, SIGNAL]] = 1 / 3
    end[[INNER, OUTER]] = 1 / 2
    emission = np.zeros((len(allowed), len(TOPOLOGY_STATES)))
    emission[[INNER, OUTER], :2] = 1
    emission[FIRST_HELIX:, 2] = 1
    moves = _log(allowed + epsilon) - np.log(allowed.sum(axis=1, keepdims=True))
    return Grammar(
        _log(start + epsilon),
        _log(end + epsilon),
        np.ascontiguousarray(moves.T),
        emission,
        "IOS" + 2 * helix_length * "M",
        epsilon,
    )


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
    grammar = transmembrane_grammar(
        helix_length, _EPSILON if imitate_released_code else 0.0
    )
    return "".join(grammar.letters[state] for state in path(probabilities, grammar))


def path(probabilities: np.ndarray, grammar: Grammar) -> np.ndarray:
    """The most likely states of a protein's residues, (length,); the first of equals.

    Without an epsilon, outputs that are exactly 0 count as the smallest number there
    is, so that a topology exists even for a network that is certain of another one.

    Args:
        probabilities: of I, O and M at each residue, (length, 3).
        grammar: of topologies.
    """
    emitted = _log_emissions(_checked(probabilities), grammar)
    origins = np.empty(emitted.shape, dtype=np.intp)
    score = grammar.start + emitted[0]
    for position in range(1, len(emitted)):
        candidates = score + grammar.into  # (states, states before)
        origins[position] = candidates.argmax(axis=1)
        score = candidates.max(axis=1) + emitted[position]
    return _traced(origins, int((score + grammar.end).argmax()))


def shifted_as_released(
    probabilities: np.ndarray, of_first_token: np.ndarray
) -> np.ndarray:
    """What the released code decodes for PLUS-TFM: one residue late, the last one lost.

    Args:
        probabilities: of the residues, (length, 3).
        of_first_token: of the token CLS, (3,).

    Returns:
        (length, 3).
    """
    return np.vstack([of_first_token, probabilities[:-1]])


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


def _allowed_moves(helix_length: int) -> np.ndarray:
    """1 where a state may follow another, (states before, states)."""
    if helix_length < 1:
        raise ValueError(f"a helix of {helix_length} residues is none")
    states = FIRST_HELIX + 2 * helix_length
    inwards = FIRST_HELIX + helix_length
    allowed = np.eye(states, k=1)
    allowed[[INNER, OUTER, SIGNAL, inwards - 1]] = 0
    allowed[INNER, [INNER, FIRST_HELIX]] = 1
    allowed[OUTER, [OUTER, inwards]] = 1
    allowed[SIGNAL, [INNER, OUTER]] = 1
    allowed[inwards - 1, OUTER] = allowed[states - 1, INNER] = 1
    return allowed


def _checked(probabilities: np.ndarray) -> np.ndarray:
    values = np.asarray(probabilities, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != len(TOPOLOGY_STATES) or not len(values):
        raise ValueError(
            f"probabilities have the shape {values.shape}, not (length, 3)"
        )
    if not (np.isfinite(values) & (values >= 0)).all():
        raise ValueError("probabilities must be finite and not negative")
    return values


def _log_emissions(probabilities: np.ndarray, grammar: Grammar) -> np.ndarray:
    """(length, states)."""
    emitted = probabilities @ grammar.emission.T
    if grammar.epsilon:
        return _log(emitted + grammar.epsilon)
    possible = grammar.emission.any(axis=1)
    return np.where(possible, np.log(np.maximum(emitted, _TINY)), -np.inf)


def _traced(origins: np.ndarray, last: int) -> np.ndarray:
    """States from the first residue to the last, given where each came from."""
    states = np.empty(len(origins), dtype=np.intp)
    states[-1] = last
    for position in range(len(origins) - 1, 0, -1):
        states[position - 1] = origins[position, states[position]]
    return states


def _log(values: np.ndarray) -> np.ndarray:
    """Natural logarithm; of nothing, minus infinity."""
    logarithms: np.ndarray = np.log(
        values, out=np.full(values.shape, -np.inf), where=values > 0
    )
    return logarithms
