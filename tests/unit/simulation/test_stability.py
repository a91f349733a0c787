"""Simulated miniproteins: their make-up, and what a straight line learns of them."""

import re
from dataclasses import replace

import numpy as np
import pytest

from protlang.simulation.stability import FOLDS, NEIGHBOURS, simulate_stability
from support.simulation import FINE_TUNING_SETS, SEEDS, distances, frequencies, learned

CONFIG = FINE_TUNING_SETS


def test_folds_have_the_elements_of_their_names() -> None:
    for name, states in FOLDS.items():
        assert len(states) == 43
        runs = re.sub(r"(.)\1*", r"\1", states)
        assert re.sub("[CT]", "", runs) == name


def test_test_proteins_are_one_residue_away_from_a_design_that_is_also_there() -> None:
    test = simulate_stability(CONFIG)["test"]
    for start in range(0, len(test), NEIGHBOURS):
        parent, *neighbours = test[start : start + NEIGHBOURS]
        assert {distances(parent.sequence, n.sequence) for n in neighbours} == {1}
    parents = [p.sequence for p in test[::NEIGHBOURS]]
    train = [p.sequence for p in simulate_stability(CONFIG)["train"]]
    assert min(distances(a, b) for a in parents for b in train) > 10


@pytest.mark.parametrize("seed", SEEDS)
def test_stability_can_be_learned_from_the_frequency_of_residues(seed: int) -> None:
    parts = simulate_stability(replace(CONFIG, seed=seed))
    assert learned(parts, "stability", frequencies) > 0.5


def test_stability_cannot_be_learned_from_other_proteins_values() -> None:
    parts = simulate_stability(CONFIG)
    values = [p.values for p in parts["train"]]
    found = []
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(values))
        pairs = zip(parts["train"], order, strict=True)
        broken = [replace(p, values=values[place]) for p, place in pairs]
        found.append(learned({**parts, "train": broken}, "stability", frequencies))
    assert abs(np.mean(found)) < 0.2
