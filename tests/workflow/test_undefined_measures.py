"""The comparison of rules for proteins of which MCC or FPR is undefined."""

import sys
from pathlib import Path

import numpy as np
import pytest

from protlang.evaluation.metrics import matthews
from support.checkout import REPOSITORY

sys.path.append(str(REPOSITORY / "docs"))

import undefined_measures

GOOD = [[6, 1], [1, 4]]
WITHOUT = [[9, 0], [0, 0]]
INVENTED = [[7, 2], [0, 0]]
MISSED = [[8, 0], [3, 0]]
COUNTS = np.array([[GOOD, GOOD, INVENTED, MISSED], [GOOD, GOOD, WITHOUT, MISSED]])
MCC = float(matthews(np.array(GOOD)))


@pytest.mark.parametrize(
    ("rule", "values", "proteins"),
    [
        ("left out if the truth lacks a class", [MCC * 2 / 3, MCC * 2 / 3], 3),
        ("left out if undefined", [MCC, MCC], 2),
        ("left out if undefined, error by all 20", [MCC, MCC], 2),
        ("0 if undefined", [MCC / 2, MCC / 2], 4),
        ("1 if rightly without disorder, else 0", [MCC / 2, MCC / 2 + 0.25], 4),
    ],
)
def test_each_rule_averages_its_own_proteins(
    rule: str, values: list[float], proteins: float
) -> None:
    counted = undefined_measures.RULES["disorder MCC"][rule](COUNTS)
    assert counted.values == pytest.approx(values)
    assert counted.proteins == proteins


def test_an_error_may_count_the_proteins_that_are_left_out() -> None:
    proteins = np.array([[GOOD, MISSED, [[3, 2], [1, 3]], WITHOUT]])
    rules = undefined_measures.RULES["disorder MCC"]
    own = rules["left out if undefined"](proteins).errors
    of_all = rules["left out if undefined, error by all 20"](proteins).errors
    assert of_all == pytest.approx(own * np.sqrt(2 / 4))


def test_the_error_of_pooled_residues_leaves_out_one_protein_at_a_time() -> None:
    alike = np.array([[GOOD, GOOD, GOOD]])
    counted = undefined_measures.pooled(alike, matthews)
    assert counted.values == pytest.approx([MCC])
    assert counted.errors == pytest.approx([0.0])
    other = undefined_measures.pooled(np.array([[GOOD, GOOD, MISSED]]), matthews)
    assert other.errors[0] > 0.05


def test_a_printed_number_is_more_probable_near_ours_and_less_where_seeds_differ() -> (
    None
):
    near, far = np.array([0.46, 0.47, 0.48]), np.array([0.56, 0.57, 0.58])
    wide = np.array([0.36, 0.47, 0.58])
    of_near, of_far, of_wide = (
        undefined_measures.log_density(seeds, 0.471, 0.001)
        for seeds in (near, far, wide)
    )
    assert of_near > of_wide > of_far


def test_networks_without_predictions_have_no_column(tmp_path: Path) -> None:
    assert undefined_measures.counts_of(tmp_path, "DeepOneHot") is None
