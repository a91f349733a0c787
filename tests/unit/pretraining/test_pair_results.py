"""Accuracies and losses of answers that are known, and their file."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from protlang.pretraining.pair_results import (
    RELEASED_THRESHOLD,
    PairResults,
    read_results,
    write_results,
)

RESULTS = PairResults(
    same_family=np.array([True, True, False, False]),
    logits=np.array([0.7, 0.3, 0.4, -2.0], dtype=np.float32),
    guessed=np.array([5, 0, 3, 2]),
    correct=np.array([4, 0, 1, 1]),
    losses=np.array([2.5, 0.0, 4.0, 1.5]),
    shortened=np.array([False, True, False, False]),
    longest=np.array([40, 300, 256, 257]),
)


def test_pairs_are_chosen_by_their_longer_domain() -> None:
    found = RESULTS.up_to(256)
    assert found.longest.tolist() == [40, 256]
    assert found.guessed.tolist() == [5, 3]
    assert replace(RESULTS, logits=None).up_to(256).logits is None


def test_shares_are_of_residues_and_of_pairs() -> None:
    values = RESULTS.values()
    assert values.keys() == {
        *("masked_lm_loss", "masked_lm_accuracy"),
        *("same_family_loss", "same_family_accuracy"),
    }
    assert values["masked_lm_loss"] == pytest.approx(0.8)
    assert values["masked_lm_accuracy"] == pytest.approx(0.6)
    assert values["same_family_accuracy"] == 0.75
    wanted = binary_cross_entropy_with_logits(
        torch.from_numpy(RESULTS.logits).double(),
        torch.from_numpy(RESULTS.same_family).double(),
    )
    assert values["same_family_loss"] == pytest.approx(wanted.item(), rel=1e-12)


def test_the_loss_of_a_certain_answer_is_finite() -> None:
    sure = replace(RESULTS, logits=np.array([-1e4, 1e4, -1e4, 1e4], dtype=np.float32))
    assert sure.values()["same_family_loss"] == pytest.approx(5e3)


def test_what_was_not_predicted_has_no_values() -> None:
    none = np.zeros(4, dtype=int)
    compared = replace(RESULTS, guessed=none, correct=none)
    assert compared.values().keys() == {"same_family_loss", "same_family_accuracy"}
    masked = replace(RESULTS, logits=None)
    assert masked.values().keys() == {"masked_lm_loss", "masked_lm_accuracy"}


def test_what_was_not_predicted_is_neither_right_nor_wrong() -> None:
    with pytest.raises(ValueError, match="does not predict same families"):
        replace(RESULTS, logits=None).right()


@pytest.mark.parametrize("places", [slice(2, 3), slice(None)])
def test_a_model_whose_answers_are_no_numbers_has_no_number_for_a_loss(
    places: slice,
) -> None:
    logits = RESULTS.logits.copy()
    logits[places] = np.nan
    values = replace(RESULTS, logits=logits).values()
    assert math.isnan(values["same_family_loss"])
    assert values["masked_lm_loss"] == pytest.approx(0.8)


def test_the_released_threshold_asks_for_more() -> None:
    assert 1 / (1 + math.exp(-RELEASED_THRESHOLD)) == pytest.approx(0.62, abs=0.005)
    assert RESULTS.right().tolist() == [True, True, False, True]
    assert RESULTS.right(RELEASED_THRESHOLD).tolist() == [True, False, True, True]


@pytest.mark.parametrize("compares", [True, False])
def test_what_is_written_is_read(tmp_path: Path, compares: bool) -> None:
    results = RESULTS if compares else replace(RESULTS, logits=None)
    path = tmp_path / "results.parquet"
    write_results(path, results, {"encoder": {"name": "x"}, "tested_on": [1]})
    found, provenance = read_results(path)
    assert provenance == {"encoder": {"name": "x"}, "tested_on": [1]}
    assert ("logits" in pq.read_schema(path).names) == compares
    assert (found.logits is not None) == compares
    for name, column in vars(results).items():
        read = getattr(found, name)
        if column is None:
            continue
        np.testing.assert_array_equal(read, column)
        assert read.dtype == column.dtype
    assert found.values() == results.values()
