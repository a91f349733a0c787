"""Scores as tables hold them: both kinds of thresholds, short and long pairs."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from protlang.errors import ProtlangError
from protlang.homology.measures import MEASURES, compare_correlations
from protlang.homology.scores import (
    SCORE_COLUMNS,
    PairScores,
    ScoredPairs,
    compare_methods,
    read_pair_scores,
    score_homology,
    write_pair_scores,
    write_scores,
)

LEVELS = np.tile(np.arange(5), 20)
LENGTHS = np.where(np.arange(100)[:, None] < 60, [256, 256], [256, 257])
DOMAINS = np.arange(200).reshape(100, 2)
PERFECT = ScoredPairs(np.array([LEVELS * 1.0]), LEVELS, LENGTHS, DOMAINS)
SHIFTED = ScoredPairs(np.array([LEVELS + 1.0]), LEVELS, LENGTHS, DOMAINS)
"""By thresholds from perfect pairs, each level but the highest is one too high."""


def test_accuracy_has_thresholds_of_either_source() -> None:
    scores = score_homology({"test": SHIFTED}, PERFECT, resamples=20)
    accuracy = {
        (s.test_set, s.threshold_source): s.measured.interval.value
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


def test_other_measures_have_no_thresholds_and_512_residues_are_short() -> None:
    scores = score_homology({"test": SHIFTED}, PERFECT, resamples=20)
    others = [s for s in scores if s.metric != "accuracy"]
    assert {s.metric for s in others} == set(MEASURES) - {"accuracy"}
    assert all(s.threshold_source == "" for s in others)
    assert all(s.measured.interval.value == pytest.approx(1) for s in others)
    counts = {s.test_set: s.n for s in others}
    assert counts == {"test": 100, "test:short": 60, "test:long": 40}


def test_a_part_without_pairs_is_left_out() -> None:
    short = ScoredPairs(PERFECT.scores, LEVELS, np.full((100, 2), 10), DOMAINS)
    scores = score_homology({"test": short}, PERFECT, resamples=20)
    assert {s.test_set for s in scores} == {"test", "test:short"}


def test_the_file_has_all_digits_and_no_empty_cells(tmp_path: Path) -> None:
    noisy = PERFECT._replace(
        scores=LEVELS + np.random.default_rng(0).normal(size=(1, 100)),
        levels=np.minimum(LEVELS, 3),
    )
    scores = score_homology({"new": noisy}, PERFECT, resamples=20)
    write_scores(tmp_path / "scores.csv", scores)
    with open(tmp_path / "scores.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == SCORE_COLUMNS
    assert len(rows) == len(scores) == 3 * (len(MEASURES) + 1)
    for row, score in zip(rows, scores, strict=True):
        assert all(row.values())
        if row["metric"] == "average_precision_family":
            assert row["value"] == "NA"
        else:
            assert float(row["value"]) == score.measured.interval.value
    assert {row["threshold_source"] for row in rows} == {"development", "test", "NA"}


def test_of_several_trainings_the_mean_is_measured_with_its_spread() -> None:
    draws = np.random.default_rng(0).normal(size=(3, 100))
    noisy = [PERFECT._replace(scores=LEVELS + one[None]) for one in draws]
    together = PERFECT._replace(scores=LEVELS + draws)
    found = score_homology({"test": together}, together, resamples=20)
    alone = [score_homology({"test": one}, one, resamples=20) for one in noisy]
    for score, *own in zip(found, *alone, strict=True):
        values = [one.measured.interval.value for one in own]
        assert score.measured.interval.value == pytest.approx(np.mean(values))
        assert score.measured.seed_sd == pytest.approx(np.std(values, ddof=1))
        assert (score.seeds, own[0].seeds) == (3, 1)
        assert math.isnan(own[0].measured.seed_sd)
    r = [one.measured.interval for one in found if one.metric == "pearson_r"]
    most = max(one[4].measured.interval.stderr for one in alone)
    assert 0 < r[0].stderr < most * 1.5


def test_a_score_that_is_not_finite_is_an_error() -> None:
    broken = PERFECT._replace(scores=np.where(np.arange(100) == 6, np.nan, 1.0)[None])
    with pytest.raises(ProtlangError, match="test: the score of pair 7 is nan"):
        score_homology({"test": broken}, PERFECT)


# Scores of single pairs on disk

OF_PAIRS = np.array([0, 1, 2, 3, 4, 0, 1])
OWN_SCORES = np.array([0.5, 1.5, 1.0, 2.5, 4.0, -0.25, 0.75])


def pairs(scores: np.ndarray = OWN_SCORES) -> PairScores:
    ids = [(f"d{i}", f"e{i}") for i in range(len(OF_PAIRS))]
    lengths = np.array([[100 + i, 50] for i in range(len(OF_PAIRS))])
    return PairScores(ids, OF_PAIRS, scores, lengths, {"by": "hand"})


def test_scores_come_back_as_they_were_written(tmp_path: Path) -> None:
    write_pair_scores(tmp_path / "s.parquet", pairs())
    found = read_pair_scores(tmp_path / "s.parquet")
    assert found.ids == pairs().ids
    assert found.scores.tolist() == OWN_SCORES.tolist()
    assert found.levels.tolist() == OF_PAIRS.tolist()
    assert found.lengths.tolist() == pairs().lengths.tolist()
    assert found.provenance == {"by": "hand"}


def test_a_score_that_is_no_number_is_refused_with_its_pair(tmp_path: Path) -> None:
    scores = np.where(OF_PAIRS == 3, np.nan, OWN_SCORES)
    write_pair_scores(tmp_path / "s.parquet", pairs(scores))
    with pytest.raises(
        ProtlangError, match=r"s\.parquet, pair 4: the score is not finite"
    ):
        read_pair_scores(tmp_path / "s.parquet")


def test_the_score_of_a_pair_is_found_by_both_ids() -> None:
    assert pairs().score_of(("d3", "e3")) == 2.5
    with pytest.raises(ProtlangError, match="the pair e3, d3 has no score"):
        pairs().score_of(("e3", "d3"))


def test_methods_are_compared_on_the_same_pairs_alone() -> None:
    other = np.roll(OWN_SCORES, 1)
    found = compare_methods(pairs(), pairs(other))
    assert found == compare_correlations(OWN_SCORES, other, OF_PAIRS)
    shuffled = pairs(other)._replace(ids=pairs().ids[::-1])
    with pytest.raises(ProtlangError, match="scored different pairs"):
        compare_methods(pairs(), shuffled)
