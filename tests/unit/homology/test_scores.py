"""Scores as tables hold them: both kinds of thresholds, short and long pairs."""

import csv
from pathlib import Path

import numpy as np
import pytest

from protlang.errors import ProtlangError
from protlang.homology.scores import (
    COLUMNS,
    ScoredPairs,
    score_homology,
    write_scores,
)
from protlang.homology.scoring import MEASURES

LEVELS = np.tile(np.arange(5), 20)
LENGTHS = np.where(np.arange(100)[:, None] < 60, [256, 256], [256, 257])
PERFECT = ScoredPairs(LEVELS.astype(float), LEVELS, LENGTHS)
SHIFTED = ScoredPairs(LEVELS + 1.0, LEVELS, LENGTHS)
"""With thresholds from perfect pairs, each but the highest is told one too high."""


def test_accuracy_is_told_with_thresholds_of_either_source() -> None:
    scores = score_homology({"test": SHIFTED}, PERFECT, resamples=20)
    accuracy = {
        (s.test_set, s.threshold_source): s.interval.value
        for s in scores
        if s.metric == "accuracy"
    }
    assert accuracy == {
        ("test", "development"): 0.2,
        ("test", "test"): 1.0,
        ("test:short", "development"): 0.2,
        ("test:short", "test"): 1.0,
        ("test:long", "development"): 0.2,
        ("test:long", "test"): 1.0,
    }


def test_other_measures_have_no_thresholds_and_all_are_there() -> None:
    scores = score_homology({"test": SHIFTED}, PERFECT, resamples=20)
    whole = [s for s in scores if s.test_set == "test" and s.metric != "accuracy"]
    assert {s.metric for s in whole} == set(MEASURES) - {"accuracy"}
    assert all(s.threshold_source == "" for s in whole)
    assert all(s.interval.value == pytest.approx(1) for s in whole)


def test_a_pair_of_512_residues_is_short() -> None:
    scores = score_homology({"test": SHIFTED}, PERFECT, resamples=20)
    counts = {s.test_set: s.n for s in scores}
    assert counts == {"test": 100, "test:short": 60, "test:long": 40}


def test_a_part_without_pairs_is_left_out() -> None:
    short = ScoredPairs(PERFECT.scores, LEVELS, np.full((100, 2), 10))
    scores = score_homology({"test": short}, PERFECT, resamples=20)
    assert {s.test_set for s in scores} == {"test", "test:short"}


def test_the_file_has_all_digits_and_no_empty_cells(tmp_path: Path) -> None:
    noisy = PERFECT._replace(
        scores=LEVELS + np.random.default_rng(0).normal(size=100),
        levels=np.minimum(LEVELS, 3),
    )
    scores = score_homology({"new": noisy}, PERFECT, resamples=20)
    write_scores(tmp_path / "scores.csv", scores)
    with open(tmp_path / "scores.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(scores) == 3 * (len(MEASURES) + 1)
    for row, score in zip(rows, scores, strict=True):
        assert all(row.values())
        if row["metric"] == "average_precision_family":
            assert row["value"] == "NA"
        else:
            assert float(row["value"]) == score.interval.value
    assert {row["threshold_source"] for row in rows} == {"development", "test", "NA"}


def test_a_score_that_is_no_number_is_told() -> None:
    broken = PERFECT._replace(scores=np.where(np.arange(100) == 6, np.nan, 1.0))
    with pytest.raises(ProtlangError, match="test: the score of pair 7 is nan"):
        score_homology({"test": broken}, PERFECT)
