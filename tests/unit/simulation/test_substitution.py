"""Mutation and selection of residues."""

import numpy as np
import pytest

from protlang.simulation import nature, substitution
from support.simulation import coded


def test_substitution_is_reversible_and_one_per_unit_of_time() -> None:
    rates = substitution.rate_matrix()
    flow = nature.BACKGROUND[:, None] * rates
    assert rates.sum(axis=1) == pytest.approx(0, abs=1e-12)
    assert flow == pytest.approx(flow.T)
    assert -flow.trace() == pytest.approx(1)


def test_similar_residues_replace_each_other_more_often() -> None:
    rates = substitution.rate_matrix()
    isoleucine, valine, glutamate = coded("IVE")
    odds = rates / nature.BACKGROUND
    # BLOSUM65 gives 3 half bits to I/V and -3 to I/E: a factor of 2^3.
    assert odds[isoleucine, valine] / odds[isoleucine, glutamate] == pytest.approx(8)


def test_evolution_ends_in_the_equilibrium_of_mutation_and_selection() -> None:
    rng = np.random.default_rng(1)
    sites = 40_000
    fitness = np.tile(rng.normal(0, 1, 20), (sites, 1))
    process = substitution.SubstitutionProcess.from_rates(substitution.rate_matrix())
    start = np.zeros(sites, dtype=np.uint8)
    evolved = process.evolve(start, fitness, np.full(sites, 25.0), rng)
    found = np.bincount(evolved, minlength=20) / sites
    assert found == pytest.approx(substitution.equilibrium(fitness[:1])[0], abs=0.01)


def test_neither_gaps_nor_sites_without_time_change() -> None:
    rng = np.random.default_rng(1)
    residues = np.tile(np.array(coded("A-"), dtype=np.uint8), 500)
    times = np.tile([0.0, 9.0], 500)
    process = substitution.SubstitutionProcess.from_rates(substitution.rate_matrix())
    evolved = process.evolve(residues, np.zeros((1000, 20)), times, rng)
    assert (evolved == residues).all()
