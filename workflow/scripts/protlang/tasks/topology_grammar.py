"""The grammar of membrane proteins' topologies, and the likeliest states of a protein.

A grammar in the manner of TOPCONS defines the possible topologies: loops inside (I) and
outside (O) alternate, and every helix (M) between them is exactly 21 residues long.
The likeliest states are found with the Viterbi algorithm, written down in full: any
state may follow any other. Source: PLUS, whose code took the grammar from P-ELMo
(Bepler & Berger 2019).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from protlang.alphabet import TOPOLOGY_STATES

HELIX_LENGTH = 21
"""Residues of a helix."""

INNER, OUTER, SIGNAL, FIRST_HELIX = range(4)
"""States of the grammar: from `FIRST_HELIX` on, the residues of a helix that leads
outwards, then those of one that leads inwards."""

EPSILON = float(np.finfo(np.float64).eps)
"""Probability of what is forbidden in the released code."""

TINY = float(np.finfo(np.float64).tiny)
"""What outputs of exactly 0 count as."""


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


def path(probabilities: np.ndarray, grammar: Grammar) -> np.ndarray:
    """The most likely states of a protein's residues, (length,); the first of equals.

    Without an epsilon, outputs that are exactly 0 count as the smallest number there
    is, so that a topology exists even for a network that is certain of another one.

    Args:
        probabilities: of I, O and M at each residue, (length, 3).
        grammar: of topologies.
    """
    emitted = _log_emissions(checked(probabilities), grammar)
    origins = np.empty(emitted.shape, dtype=np.intp)
    score = grammar.start + emitted[0]
    for position in range(1, len(emitted)):
        candidates = score + grammar.into  # (states, states before)
        origins[position] = candidates.argmax(axis=1)
        score = candidates.max(axis=1) + emitted[position]
    return _traced(origins, int((score + grammar.end).argmax()))


def checked(probabilities: np.ndarray) -> np.ndarray:
    """As float64.

    Raises:
        ValueError: if they have another shape than (length, 3), or are none.
    """
    values = np.asarray(probabilities, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != len(TOPOLOGY_STATES) or not len(values):
        raise ValueError(
            f"probabilities have the shape {values.shape}, not (length, 3)"
        )
    if not (np.isfinite(values) & (values >= 0)).all():
        raise ValueError("probabilities must be finite and not negative")
    return values


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


def _log_emissions(probabilities: np.ndarray, grammar: Grammar) -> np.ndarray:
    """Logarithms of the probability of each state's output, (length, states)."""
    emitted = probabilities @ grammar.emission.T
    if grammar.epsilon:
        return _log(emitted + grammar.epsilon)
    possible = grammar.emission.any(axis=1)
    return np.where(possible, np.log(np.maximum(emitted, TINY)), -np.inf)


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
