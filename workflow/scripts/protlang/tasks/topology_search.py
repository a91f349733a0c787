"""The most likely topologies of many membrane proteins at a time.

The Viterbi algorithm for the grammar of `topology_grammar`, without what the grammar
forbids: a helix is entered from a loop, takes its fixed number of residues, and ends in
the other loop. So there are two loops to choose for, and helices under way only collect
probabilities. Scores are sums in the same order as in `path`, hence the same bits.
"""

from collections.abc import Sequence

import numpy as np

from protlang.tasks.topology_grammar import (
    FIRST_HELIX,
    HELIX_LENGTH,
    INNER,
    OUTER,
    TINY,
    checked,
    transmembrane_grammar,
)

_SIDES = [INNER, OUTER]

_TOGETHER = 128
"""Proteins decoded at a time."""


def topologies(
    probabilities: Sequence[np.ndarray], helix_length: int = HELIX_LENGTH
) -> list[str]:
    """The most likely topologies of proteins, one letter per residue.

    Args:
        probabilities: of I, O and M at each residue, (length, 3) per protein.
        helix_length: residues of a helix.

    Raises:
        ValueError: if the probabilities have another shape, or are none.
    """
    by_length = np.argsort([-len(table) for table in probabilities], kind="stable")
    found = [""] * len(probabilities)
    for start in range(0, len(probabilities), _TOGETHER):
        chosen = by_length[start : start + _TOGETHER].tolist()
        group = [probabilities[number] for number in chosen]
        decoded = _of_group(group, helix_length)
        for number, topology in zip(chosen, decoded, strict=True):
            found[number] = topology
    return found


def _of_group(group: Sequence[np.ndarray], helix_length: int) -> list[str]:
    grammar = transmembrane_grammar(helix_length)
    emission = grammar.emission[[INNER, FIRST_HELIX]]
    lengths = np.array([len(table) for table in group])
    # Behind a protein's end, nothing depends on what follows.
    loop, membrane = np.zeros((2, lengths.max(initial=0), len(group)))
    for number, table in enumerate(group):
        emitted = np.log(np.maximum(checked(table) @ emission.T, TINY))
        loop[: len(table), number], membrane[: len(table), number] = emitted.T
    scores, entered = _searched(loop, membrane, helix_length)
    last = scores[lengths - 1, :, np.arange(len(group))] + grammar.end[_SIDES]
    return [
        _traced(entered[:length, :, number], int(side), helix_length)
        for number, (length, side) in enumerate(
            zip(lengths, last.argmax(axis=1), strict=True)
        )
    ]


def _searched(
    loop: np.ndarray, membrane: np.ndarray, helix_length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the best ways to a residue in each loop, and where a helix was left.

    Args:
        loop: logarithms of the probability of either loop, (length, proteins).
        membrane: and of a helix.
        helix_length: residues of a helix.

    Returns:
        Scores, float64 (length, sides, proteins), and the last residue up to each at
        which the best way entered this loop from a helix, or -1, of the same shape.
    """
    grammar = transmembrane_grammar(helix_length)
    move = grammar.into[INNER, INNER]
    length, proteins = loop.shape
    scores = np.empty((length, 2, proteins))
    enters = np.zeros((length, 2, proteins), dtype=bool)
    # Helices by the residue at which they begin, modulo their length, and by their
    # first side.
    helices = np.full((helix_length, 2, proteins), -np.inf)
    scores[0] = grammar.start[_SIDES, None] + loop[0]
    for place in range(1, length):
        before = scores[place - 1] + move
        done = helices[place % helix_length]
        left = done[::-1]
        np.maximum(before, left, out=scores[place])
        scores[place] += loop[place]
        np.greater(left, before, out=enters[place])
        np.copyto(done, before)
        helices += membrane[place]
    entered = np.where(enters, np.arange(length, dtype=np.int32)[:, None, None], -1)
    return scores, np.maximum.accumulate(entered, axis=0)


def _traced(entered: np.ndarray, side: int, helix_length: int) -> str:
    """A topology from its last residue to its first.

    Args:
        entered: of `_searched` for one protein, (length, sides).
        side: of the last residue.
        helix_length: residues of a helix.
    """
    parts = []
    end = len(entered)
    while (begin := int(entered[end - 1, side])) >= 0:
        parts += ["IO"[side] * (end - begin), "M" * helix_length]
        end, side = begin - helix_length, 1 - side
    parts.append("IO"[side] * end)
    return "".join(reversed(parts))
