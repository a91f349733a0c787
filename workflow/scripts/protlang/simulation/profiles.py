"""Profiles as HHblits would have made them from a family's alignment.

A `.hhm` file holds each probability p as the integer -1000 log2(p), `*` for 0, and
each diversity as 1000 times itself; NetSurfP-2.0 turns all of them into
2^(-integer/1000). Both steps are taken here, so that every value is one that the real
arrays can hold.
"""

import numpy as np

from protlang.alphabet import AMINO_ACIDS
from protlang.simulation.substitution import GAP


def hhblits_profile(alignment: np.ndarray) -> np.ndarray:
    """Columns 20-49 of the NetSurfP-2.0 arrays for an alignment's last member.

    Emissions, transitions and diversities, with that member's residues as match
    states; columns in which it has none count as insertions of the others.

    Args:
        alignment: residue codes, (members, columns).

    Returns:
        (length of the last member, 30).
    """
    matched = alignment[-1] != GAP
    residues = alignment[:, matched]
    weights = position_weights(residues)
    emissions = emission_frequencies(residues, weights)
    inserted = _inserted_residues(alignment != GAP, matched)
    transitions = transition_frequencies(residues != GAP, inserted, weights)
    diversities = _diversities(emissions, residues != GAP, inserted > 0, weights)
    frequencies = np.concatenate([emissions, transitions], axis=1)
    return np.concatenate(
        [quantised(frequencies), 2.0 ** -diversities.round(3)], axis=1
    )


def quantised(probabilities: np.ndarray) -> np.ndarray:
    """Probabilities after a round trip through the integers of a `.hhm` file."""
    with np.errstate(divide="ignore"):
        integers = np.round(-1000 * np.log2(probabilities))
    frequencies: np.ndarray = 2 ** (integers / -1000)
    return frequencies


def position_weights(residues: np.ndarray) -> np.ndarray:
    """Weights of aligned sequences that make up for close relatives, (members,).

    In each column the kinds of residues share a weight of 1, and so do the sequences
    within a kind. Source: Henikoff & Henikoff 1994.
    """
    counts = _indicators(residues).sum(axis=0)  # (columns, 20)
    kinds = (counts > 0).sum(axis=1)
    padded = np.column_stack([counts, np.full(len(counts), np.inf)])  # gaps weigh 0
    columns = np.arange(residues.shape[1])
    weights = (1 / (kinds * padded[columns, residues])).sum(axis=1)
    shares: np.ndarray = weights / weights.sum()
    return shares


def emission_frequencies(residues: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted frequencies of the 20 residues in each column, (columns, 20).

    Without pseudocounts, as HHblits writes them: an unseen residue has frequency 0.
    """
    counts = np.tensordot(weights, _indicators(residues), axes=1)
    frequencies: np.ndarray = counts / counts.sum(axis=1, keepdims=True)
    return frequencies


def transition_frequencies(
    present: np.ndarray, inserted: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """M->M, M->I, M->D, I->M, I->I, D->M and D->D of each column, (columns, 7).

    The frequencies out of a state sum to 1, or to 0 where no sequence visits it.
    After the last column everything goes on to the end, which counts as a match.

    Args:
        present: whether each sequence has a residue, (members, columns).
        inserted: residues that each has between a column and the next, same shape.
        weights: (members,).
    """
    onward = np.column_stack([present[:, 1:], np.ones(len(present), dtype=bool)])
    direct = inserted == 0
    counts = {
        "MM": present & direct & onward,
        "MI": present & ~direct,
        "MD": present & direct & ~onward,
        "IM": ~direct & onward,
        "II": np.maximum(inserted - 1, 0),
        "DM": ~present & onward,
        "DD": ~present & ~onward,
    }
    totals = np.stack([weights @ count for count in counts.values()], axis=1)
    visits = np.add.reduceat(totals, [0, 3, 5], axis=1).repeat([3, 2, 2], axis=1)
    frequencies = np.zeros_like(totals)
    np.divide(totals, visits, where=visits > 0, out=frequencies)
    return frequencies


def _diversities(
    emissions: np.ndarray,
    present: np.ndarray,
    inserting: np.ndarray,
    weights: np.ndarray,
) -> np.ndarray:
    """Effective numbers of sequences that match, insert and delete, (columns, 3).

    The diversity of the whole alignment, exp of its columns' mean entropy, in
    proportion to the sequences that take part; HHblits recomputes it from them.
    """
    logs = np.log(emissions, where=emissions > 0, out=np.zeros_like(emissions))
    diversity = np.exp(-(emissions * logs).sum(axis=1).mean())
    shares = np.stack(
        [weights @ part for part in (present, inserting, ~present)], axis=1
    )
    diversities: np.ndarray = diversity * shares
    diversities[:, 0] = np.maximum(diversities[:, 0], 1)  # the chain itself matches
    return diversities


def _inserted_residues(present: np.ndarray, matched: np.ndarray) -> np.ndarray:
    """Residues between one match column and the next, (members, match columns)."""
    starts = np.flatnonzero(matched)
    with_match = np.add.reduceat(present.astype(int), starts, axis=1)
    inserted: np.ndarray = with_match - present[:, starts]
    return inserted


def _indicators(residues: np.ndarray) -> np.ndarray:
    """One-hot residues, (members, columns, 20); gaps are all zero."""
    indicators: np.ndarray = residues[..., None] == np.arange(len(AMINO_ACIDS))
    return indicators
