"""Structures of simulated proteins."""

import numpy as np
import pytest

from protlang.alphabet import Q8_STATES
from protlang.simulation import nature, structure
from support.simulation import SMALL_WORLD, coded

CONFIG = SMALL_WORLD


def test_states_are_as_frequent_as_in_real_structures() -> None:
    rng = np.random.default_rng(2)
    states = np.concatenate(structure.draw_states(np.full(400, 250), rng))
    counts = np.bincount(states, minlength=len(nature.STATES))
    found = dict(zip(Q8_STATES, counts / counts[: len(Q8_STATES)].sum(), strict=False))
    # CullPDB 6133 filtered, all residues.
    real = {"H": 0.345, "E": 0.218, "C": 0.192, "T": 0.113, "S": 0.083, "G": 0.039}
    assert {state: found[state] for state in real} == pytest.approx(real, abs=0.02)
    assert 0.03 < counts[nature.DISORDERED] / len(states) < 0.08


def test_helices_have_four_residues_and_strands_two_at_least() -> None:
    rng = np.random.default_rng(3)
    (states,) = structure._draw_segments(np.array([20_000]), rng)
    starts = np.flatnonzero(np.r_[True, states[1:] != states[:-1]])
    sizes = np.diff(starts)
    kinds = states[starts[:-1]]
    assert sizes[kinds == Q8_STATES.index("H")].min() == 4
    assert sizes[kinds == Q8_STATES.index("E")].min() == 2
    assert sizes[kinds == Q8_STATES.index("H")].mean() == pytest.approx(11.6, rel=0.1)


def test_relatives_differ_in_structure_at_segment_boundaries_only() -> None:
    rng = np.random.default_rng(4)
    states = np.repeat(rng.permutation(8), 5).repeat(3)
    shifted = structure.shift_boundaries(states, rng)
    inner = (np.arange(len(states)) % 15 > 0) & (np.arange(len(states)) % 15 < 14)
    assert (shifted[inner] == states[inner]).all()
    assert 0 < (shifted != states).sum() <= 7


def test_a_burial_pattern_turns_with_the_helix() -> None:
    rng = np.random.default_rng(5)
    burial = structure.draw_burial(np.full(5000, Q8_STATES.index("H")), rng)
    opposite, same = (np.mean(burial[:-k] * burial[k:]) for k in (2, 18))
    assert same > 0.5 > -0.5 > opposite


def test_unresolved_residues_are_coils_without_surface_or_angles() -> None:
    states = np.array([0, nature.DISORDERED, nature.DISORDERED, 4])
    geometry = structure.draw_geometry(
        states, np.zeros(4), np.array(coded("ACDE")), np.random.default_rng(6)
    )
    assert structure.q8_labels(states) == "GCCE"
    assert structure.disorder_labels(states) == "0110"
    assert (geometry[1:3, :-1] == 0).all()
    assert (geometry[[0, 3], :4] > 0).all()
    assert geometry[:, -1].tolist() == [129, 167, 193, 223]
