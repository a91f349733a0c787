"""Simulated variants: their make-up, and what a straight line learns of them."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from protlang.alphabet import AMINO_ACIDS
from protlang.proteins import Protein
from protlang.simulation.families import simulate_families
from protlang.simulation.fluorescence import (
    BRIGHT,
    DARK,
    simulate_fluorescence,
    substitution_harm,
)
from support.simulation import FINE_TUNING_SETS, SEEDS, distances, learned

CONFIG = FINE_TUNING_SETS


def residues(proteins: list[Protein]) -> np.ndarray:
    """One row of indicators per protein; all have one length."""
    return np.array(
        [[a == b for a in p.sequence for b in AMINO_ACIDS] for p in proteins]
    )


def test_training_variants_have_up_to_three_mutations_and_test_variants_more() -> None:
    parts = simulate_fluorescence(CONFIG)
    parent = parts["train"][0].sequence
    counts = {
        name: [distances(parent, p.sequence) for p in proteins]
        for name, proteins in parts.items()
    }
    assert set(counts["train"]) == {0, 1, 2, 3}
    assert counts["train"].count(0) == 1
    assert set(counts["validation"]) <= {1, 2, 3}
    assert min(counts["test"]) == 4
    assert Counter(counts["test"]).most_common(1)[0][0] in (4, 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_brightness_has_two_peaks_and_the_parent_is_in_the_bright_one(
    seed: int,
) -> None:
    parts = simulate_fluorescence(replace(CONFIG, seed=seed))
    parent, *rest = [p.values["fluorescence"] for p in parts["train"]]
    test = np.array([p.values["fluorescence"] for p in parts["test"]])
    assert parent == pytest.approx(BRIGHT, abs=0.3)
    middle = (DARK + BRIGHT) / 2
    for values, dark in ((np.array(rest), (0.05, 0.4)), (test, (0.4, 0.9))):
        assert dark[0] < (values < DARK + 0.6).mean() < dark[1]
        assert (abs(values - middle) < 0.4).mean() < 0.2
    assert min(test) >= DARK


@pytest.mark.parametrize("seed", SEEDS)
def test_brightness_can_be_learned_from_residues(seed: int) -> None:
    parts = simulate_fluorescence(replace(CONFIG, seed=seed))
    assert learned(parts, "fluorescence", residues) > 0.5


def test_mutations_do_harm_on_average_one_and_none_where_nothing_changes() -> None:
    rng = np.random.default_rng(2)
    (parent,) = simulate_families(np.array([80]), np.array([1]), rng)
    harm = substitution_harm(parent, rng)
    own = harm[np.arange(80), parent.alignment[0]]
    assert (own == 0).all()
    assert (harm >= 0).all()
    assert harm.sum() / (80 * 19) == pytest.approx(1)
