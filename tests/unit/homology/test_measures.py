"""Thresholds, measures and comparisons of scores of pairs."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr
from scipy.stats import t as student
from sklearn.metrics import average_precision_score

from protlang.homology import measures as homology_measures
from protlang.homology.measures import (
    MEASURES,
    compare_correlations,
    evaluate,
    find_thresholds,
    measures,
    predicted_levels,
    scaled_to_levels,
    steiger_test,
)

INF = math.inf

scored_pairs = st.lists(
    st.tuples(st.integers(-5, 5), st.integers(0, 4)), min_size=1, max_size=25
)


def slow_thresholds(scores: list[int], levels: list[int]) -> list[float]:
    """Try every score as a threshold, level by level."""
    thresholds = [-INF]
    for level in range(4):
        left = [
            (s, k) for s, k in zip(scores, levels, strict=True) if s > thresholds[-1]
        ]
        candidates = sorted({thresholds[-1], *(s for s, _ in left)})
        right = [sum((s > c) == (k > level) for s, k in left) for c in candidates]
        thresholds.append(candidates[right.index(max(right))])
    return thresholds[1:]


def noisy(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores that follow levels with noise, some of them equal."""
    rng = np.random.default_rng(seed)
    levels = rng.choice(5, count, p=[0.4, 0.3, 0.1, 0.1, 0.1])
    return np.round(levels + rng.normal(0, 1, count), 1), levels


# Thresholds


def test_thresholds_of_scores_in_order_are_the_highest_of_each_level() -> None:
    scores = np.array([0.1, 0.2, 1.0, 1.5, 2.0, 3.0, 4.0])
    levels = np.array([0, 0, 1, 1, 2, 3, 4])
    assert find_thresholds(scores, levels).tolist() == [0.2, 1.5, 2.0, 3.0]


def test_a_level_that_no_threshold_helps_is_skipped() -> None:
    """Without pairs of level 1, all that is above level 0 is above level 1."""
    scores, levels = np.array([0.0, 1.0, 2.0]), np.array([0, 2, 2])
    thresholds = find_thresholds(scores, levels)
    assert thresholds.tolist() == [0.0, 0.0, 2.0, 2.0]
    assert predicted_levels(scores, thresholds).tolist() == [0, 2, 2]


def test_pairs_with_equal_scores_have_equal_levels() -> None:
    scores, levels = np.array([1.0, 1.0, 1.0, 2.0]), np.array([0, 0, 1, 1])
    assert find_thresholds(scores, levels)[0] == 1.0
    assert find_thresholds(scores[:3], np.array([0, 1, 1]))[0] == -INF


@given(scored_pairs)
def test_thresholds_are_those_of_trying_all(pairs: list[tuple[int, int]]) -> None:
    scores, levels = (list(column) for column in zip(*pairs, strict=True))
    found = find_thresholds(np.array(scores), np.array(levels))
    assert found.tolist() == slow_thresholds(scores, levels)


def test_a_score_at_a_threshold_is_below_it() -> None:
    levels = predicted_levels(np.array([0.0, 0.5, 1.0, 9.0]), np.array([0, 0.5, 1, 2]))
    assert levels.tolist() == [0, 1, 2, 4]


# Measures


def expected_measures(
    scores: np.ndarray, levels: np.ndarray, thresholds: np.ndarray
) -> list[float]:
    predicted = [sum(threshold < score for threshold in thresholds) for score in scores]
    return [
        float(np.mean(np.array(predicted) == levels)),
        pearsonr(scores, levels)[0],
        spearmanr(scores, levels)[0],
        *(average_precision_score(levels >= level, scores) for level in range(1, 5)),
    ]


def test_measures_are_those_of_scipy_and_scikit_learn() -> None:
    scores, levels = noisy(300)
    thresholds = find_thresholds(scores, levels)
    found = measures(scores, levels, thresholds)
    assert tuple(found) == MEASURES
    expected = expected_measures(scores, levels, thresholds)
    assert list(found.values()) == pytest.approx(expected)


@given(st.integers(0, 1000))
def test_a_pair_that_counts_twice_is_a_pair_that_occurs_twice(seed: int) -> None:
    scores, levels = noisy(60)
    thresholds = find_thresholds(scores, levels)
    places = np.random.default_rng(seed).integers(0, 60, 60)
    counts = np.bincount(places, minlength=60)
    found = homology_measures._Measures(scores, levels, thresholds)(counts)
    assume(set(levels[places]) == set(range(5)))
    expected = expected_measures(scores[places], levels[places], thresholds)
    assert found.tolist() == pytest.approx(expected)


def test_perfect_scores_are_perfect_by_all_measures() -> None:
    levels = np.array([0, 1, 2, 3, 4, 0, 1])
    thresholds = find_thresholds(levels, levels)
    found = measures(levels * 2.0, levels, thresholds * 2)
    assert list(found.values()) == pytest.approx([1.0] * 7)


def test_measures_that_do_not_exist_are_no_numbers() -> None:
    found = measures(np.ones(3), np.array([0, 1, 1]), np.array([0.0, INF, INF, INF]))
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert math.isnan(found["pearson_r"])
    assert math.isnan(found["spearman_rho"])
    assert math.isnan(found["average_precision_fold"])


def test_the_spread_agrees_with_theory() -> None:
    """Of a share p, sqrt(p (1 - p) / n); of a normal correlation, (1 - r²) / sqrt(n).

    Of pairs that share no domain, errors are the root of 3 larger.

    Levels are not normal, so the second is right to some 15 %.
    """
    scores, levels = noisy(2000)
    thresholds = find_thresholds(scores, levels)
    domains = np.arange(4000).reshape(2000, 2)
    measured = evaluate(scores[None], levels, [thresholds], domains, resamples=400)
    found = {name: one.interval for name, one in measured.items()}
    share = found["accuracy"]
    theory = math.sqrt(3 * share.value * (1 - share.value) / 2000)
    assert share.stderr == pytest.approx(theory, rel=0.15)
    r = found["pearson_r"]
    normal = (1 - r.value**2) / math.sqrt(2000)
    assert r.stderr == pytest.approx(math.sqrt(3) * normal, rel=0.2)
    for interval in found.values():
        assert interval.low < interval.value < interval.high
        width = interval.high - interval.low
        assert width == pytest.approx(2 * 1.96 * interval.stderr, rel=0.15)


def test_equal_seeds_give_equal_intervals_and_other_seeds_others() -> None:
    scores, levels = noisy(50)
    domains = np.random.default_rng(1).integers(0, 30, (50, 2))
    thresholds = find_thresholds(scores, levels)
    first, second, third = (
        evaluate(scores[None], levels, [thresholds], domains, 20, seed)
        for seed in (0, 0, 1)
    )
    intervals = [
        [one.interval for one in found.values()] for found in (first, second, third)
    ]
    assert intervals[0] == intervals[1]
    assert intervals[0][0].stderr != intervals[2][0].stderr


# Comparisons


@pytest.mark.parametrize(
    ("between", "statistic", "p_value"),
    [(0.7, "3.38", "0.0021"), (0.1, "1.76", "0.09"), (0.8, "4.64", "7.4e-05")],
)
def test_steigers_test_gives_published_numbers(
    between: float, statistic: str, p_value: str
) -> None:
    """Of 30 subjects with r12 = 0.5 and r13 = 0.1, two-tailed.

    Printed by R's package psych before 2014, which had n - 2 degrees of freedom then.
    Source: J. Vanhove's blog, 28 October 2014, "Assessing differences of significance".
    """
    found = steiger_test(0.5, 0.1, between, 30)
    assert f"{found.statistic:.3g}" == statistic
    assert f"{2 * student.sf(found.statistic, 28):.2g}" == p_value


def test_the_proper_degrees_of_freedom_are_three_less_than_pairs() -> None:
    found = steiger_test(0.5, 0.2, 0.3, 12)
    assert found.p_value == pytest.approx(student.sf(found.statistic, 9))


def test_chance_is_found_significant_as_often_as_it_should() -> None:
    """Two methods that are equally good: 5 % of test sets have p < 0.05 on one side."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(4000, 40))
    shared = rng.normal(size=(4000, 40))
    first, second = (
        truth + shared + 0.8 * rng.normal(size=(4000, 40)) for _ in range(2)
    )
    found = [
        compare_correlations(one, other, levels)
        for one, other, levels in zip(first, second, truth, strict=True)
    ]
    higher = np.mean([f.statistic > 0 and f.p_value < 0.05 for f in found])
    assert higher == pytest.approx(0.05, abs=0.011)


def test_the_better_of_two_methods_is_found() -> None:
    scores, levels = noisy(500)
    worse = scores + np.random.default_rng(1).normal(0, 1, 500)
    found = compare_correlations(scores, worse, levels)
    assert found.statistic > 0
    assert found.p_value < 1e-6
    back = compare_correlations(worse, scores, levels)
    assert back.statistic == pytest.approx(-found.statistic)


def test_a_method_beside_itself_has_no_test() -> None:
    assert math.isnan(steiger_test(1.0, 1.0, 1.0, 50).p_value)


def test_scores_are_scaled_to_levels() -> None:
    assert scaled_to_levels(np.array([-7, -5, 1])).tolist() == [0, 1, 4]
    assert scaled_to_levels(np.array([3.0, 3.0])).tolist() == [0, 0]
