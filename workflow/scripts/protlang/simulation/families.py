"""Families of homologous proteins: one structure, one tree, many sequences."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from protlang.simulation.nature import DISORDERED, HYDROPATHY, PROPENSITIES, STATES
from protlang.simulation.structure import draw_burial, draw_states
from protlang.simulation.substitution import (
    GAP,
    SubstitutionProcess,
    equilibrium,
    rate_matrix,
    sample,
)

SELECTION = 1.9
"""How much the structure of a site matters to its residue (1 = as in nature).

More than in nature, so that a few hundred short proteins teach a network what takes
ten thousand real ones.
"""

CORE_PRESSURE = 0.6
"""How much hydropathy matters to a site one standard deviation deep in the core."""

SITE_PREFERENCE = 0.7
"""Standard deviation of each site's own preferences, independent of its structure.

They make a single sequence a noisy indication of its structure, and a family a good
one.
"""

BRANCH_LENGTH = 0.8
"""Mean branch of a tree, in substitutions per site that selection ignores."""

DELETION_RATES = np.where(np.isin(list(STATES), list("HEG")), 0.002, 0.015)
"""Deletions that begin at a site of each state, per unit of branch length, (9,)."""

DELETION_LENGTH = 3
"""Mean number of residues lost in a deletion."""


@dataclass(frozen=True)
class Family:
    """Homologous proteins, aligned column by column.

    Attributes:
        states: the family's structure, codes of `nature.STATES`, (columns,).
        burial: depth of each column in the core, (columns,).
        alignment: residue codes (`GAP` = deleted), uint8 (members, columns). The
            last member is the one whose structure "was solved".
    """

    states: np.ndarray
    burial: np.ndarray
    alignment: np.ndarray


def simulate_families(
    lengths: np.ndarray, members: np.ndarray, rng: np.random.Generator
) -> list[Family]:
    """Unrelated families, one for each length and number of members, (families,)."""
    return families_of_structures(draw_states(lengths, rng), members, rng)


def families_of_structures(
    structures: list[np.ndarray], members: np.ndarray, rng: np.random.Generator
) -> list[Family]:
    """Unrelated families that have the given structures.

    Args:
        structures: of each family, codes of `nature.STATES`, (columns,).
        members: how many each has, (families,).
        rng: source of chance.
    """
    lengths = np.array([len(states) for states in structures])
    burials = [draw_burial(states, rng) for states in structures]
    states, burial = np.concatenate(structures), np.concatenate(burials)
    fitness = site_fitness(states, burial, rng)
    alignments = _grow_trees(states, fitness, lengths, members, rng)
    parts = zip(structures, burials, alignments, strict=True)
    return [Family(*part) for part in parts]


def site_fitness(
    states: np.ndarray, burial: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Log fitness of each residue at each column, (columns, 20).

    Args:
        states: codes of `nature.STATES`, (columns,).
        burial: depth of each column in the core, (columns,).
        rng: source of chance, for the sites' own preferences.
    """
    pressure = np.where(states == DISORDERED, 0, CORE_PRESSURE * burial)
    preference = rng.normal(0, SITE_PREFERENCE, (len(states), len(HYDROPATHY)))
    core = np.outer(pressure, HYDROPATHY)
    fitness: np.ndarray = SELECTION * PROPENSITIES[states] + core + preference
    return fitness


def _grow_trees(
    states: np.ndarray,
    fitness: np.ndarray,
    lengths: np.ndarray,
    members: np.ndarray,
    rng: np.random.Generator,
) -> Iterator[np.ndarray]:
    """Yield each family's alignment, (members, columns) uint8.

    Random recursive trees (each new member descends from an earlier one, drawn
    evenly), grown for all families at once, laid end to end: the first members of
    all families, then the second, and so on.
    """
    process = SubstitutionProcess.from_rates(rate_matrix())
    rows = np.empty((members.max(), lengths.sum()), dtype=np.uint8)
    rows[0] = sample(np.cumsum(equilibrium(fitness), axis=1), rng)
    for row in range(1, len(rows)):
        parents = rng.integers(0, row, len(members))
        # No time passes in families that are complete.
        branches = rng.exponential(BRANCH_LENGTH, len(members)) * (members > row)
        times = np.repeat(branches, lengths)
        child = rows[np.repeat(parents, lengths), np.arange(len(states))]
        child[_draw_deletions(states, times, lengths, rng)] = GAP
        rows[row] = process.evolve(child, fitness, times, rng)
    ends = np.cumsum(lengths)
    for end, length, count in zip(ends, lengths, members, strict=True):
        yield rows[:count, end - length : end]


def _draw_deletions(
    states: np.ndarray,
    times: np.ndarray,
    lengths: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Whether each column is lost on a branch, (columns,)."""
    starts = np.flatnonzero(rng.random(len(states)) < DELETION_RATES[states] * times)
    stops = starts + rng.geometric(1 / DELETION_LENGTH, len(starts))
    family_ends = np.repeat(np.cumsum(lengths), lengths)
    changes = np.zeros(len(states) + 1, dtype=int)
    np.add.at(changes, starts, 1)
    np.add.at(changes, np.minimum(stops, family_ends[starts]), -1)
    lost: np.ndarray = np.cumsum(changes[:-1]) > 0
    return lost
