"""Simulated proteins that dissolve or do not."""

from dataclasses import replace

import pytest
from sklearn.linear_model import LogisticRegression

from protlang.simulation.solubility import simulate_solubility
from support.simulation import FINE_TUNING_SETS, SEEDS, frequencies

CONFIG = FINE_TUNING_SETS


@pytest.mark.parametrize("seed", SEEDS)
def test_solubility_can_be_learned_from_the_frequency_of_residues(seed: int) -> None:
    parts = simulate_solubility(replace(CONFIG, seed=seed))
    truth = {
        name: [p.classes["solubility"] for p in proteins]
        for name, proteins in parts.items()
    }
    line = LogisticRegression(C=10.0, max_iter=1000)
    line.fit(frequencies(parts["train"]), truth["train"])
    correct = line.score(frequencies(parts["test"]), truth["test"])
    assert 0.7 < correct < 0.97


def test_the_soluble_are_as_many_as_in_deepsol() -> None:
    for name, proteins in simulate_solubility(CONFIG).items():
        soluble = sum(p.classes["solubility"] == "soluble" for p in proteins)
        share = 0.5 if name == "test" else 0.42
        assert soluble == round(share * len(proteins))
