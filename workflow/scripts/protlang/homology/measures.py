"""Measures of how well scores of pairs predict the structural level of two domains.

A score is any number that is higher for more similar domains: an alignment's, or a
network's expected level. Four thresholds divide scores into the five levels. They are
found one after another: each maximises the accuracy of whether a pair is above the
level, among the pairs above the previous threshold. P-ELMo finds them on training
pairs. PLUS finds them on the test pairs, which is slightly optimistic for all methods.
They should come from development pairs; those of the test pairs are for comparison.

Thresholds lie between different scores only. In P-ELMo's code a threshold may be placed
between equal scores, which it cannot separate.

Sources: PLUS, Section 4.3.3 and plus/data/homology.py; P-ELMo's repository,
eval_similarity.py; Steiger 1980, Psychological Bulletin 87:245.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import stdtr

from protlang.evaluation.statistics import (
    RESAMPLES,
    Interval,
    interval_of_draws,
    mean_ranks,
    weighted_correlation,
)
from protlang.homology.domain_resampling import drawn_weights
from protlang.homology.domains import LEVELS

MEASURES = (
    *("accuracy", "pearson_r", "spearman_rho"),
    *(f"average_precision_{name}" for name in LEVELS[1:]),
)
"""Of scores, in the order of arrays."""

_HIGHEST = len(LEVELS) - 1


class SteigerTest(NamedTuple):
    """Test of whether one of two correlations with the same variable is higher.

    Attributes:
        statistic: t, positive if the first is higher.
        p_value: one-tailed, of no difference in this direction.
    """

    statistic: float
    p_value: float


class Measure(NamedTuple):
    """A measure, on average over trainings.

    Attributes:
        interval: over drawn domains.
        seed_sd: standard deviation over trainings; NaN below two.
    """

    interval: Interval
    seed_sd: float


def find_thresholds(scores: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Scores above which a pair is of level 1, 2, 3 and 4, float64 (4,), ascending.

    Of several thresholds of equal accuracy the lowest is taken. It may be that of the
    level below, or -inf; then no pair is of the level between.

    Args:
        scores: (pairs,), finite.
        levels: 0 to 4, (pairs,).
    """
    order = np.argsort(scores, kind="stable")
    ordered, above = scores[order].astype(np.float64), levels[order]
    thresholds = [-math.inf]
    for level in range(_HIGHEST):
        left = ordered > thresholds[-1]
        thresholds.append(
            _best_threshold(ordered[left], above[left] > level, thresholds[-1])
        )
    return np.array(thresholds[1:])


def predicted_levels(scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Number of thresholds below each score, int64 (pairs,)."""
    levels: np.ndarray = np.searchsorted(thresholds, scores, side="left")
    return levels


def measures(
    scores: np.ndarray, levels: np.ndarray, thresholds: np.ndarray
) -> dict[str, float]:
    """All `MEASURES` of some scores, as fractions; NaN where there is none.

    Args:
        scores: (pairs,), finite.
        levels: 0 to 4, (pairs,).
        thresholds: of `find_thresholds`.
    """
    values = _Measures(scores, levels, thresholds)(np.ones(len(scores)))
    return dict(zip(MEASURES, map(float, values), strict=True))


def evaluate(
    scores: np.ndarray,
    levels: np.ndarray,
    thresholds: Sequence[np.ndarray],
    domains: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Measure]:
    """All `MEASURES` of some scores, as fractions, with bootstrap intervals.

    Domains are resampled, as pairs that share one are not independent
    (`protlang.homology.domain_resampling`). Of several trainings the mean is measured,
    on the same drawn domains.

    Args:
        scores: of each training, (trainings, pairs), finite.
        levels: 0 to 4, (pairs,).
        thresholds: of `find_thresholds`, one array per training.
        domains: as of `domain_numbers`.
        resamples: test sets to draw, at least two.
        seed: of the draws.

    Returns:
        NaN for measures that are undefined on the test set; resampled sets on which
        one is undefined are left out.
    """
    trainings = zip(scores, thresholds, strict=True)
    of_draw = [_Measures(own, levels, limits) for own, limits in trainings]
    drawn = np.array(
        [
            np.mean([measured(weights) for measured in of_draw], axis=0)
            for weights in drawn_weights(domains, resamples, seed)
        ]
    )
    observed = np.array([measured(np.ones(len(levels))) for measured in of_draw])
    return {
        name: Measure(interval_of_draws(float(own.mean()), column), spread(own))
        for name, own, column in zip(MEASURES, observed.T, drawn.T, strict=True)
    }


def spread(values: np.ndarray) -> float:
    """Standard deviation of one measure over trainings, (trainings,); NaN below two."""
    return float(values.std(ddof=1)) if len(values) > 1 else math.nan


def steiger_test(
    first: float,
    second: float,
    between: float,
    count: int,
) -> SteigerTest:
    """Compare two dependent correlations that share a variable, one-tailed.

    This is Williams's T2, recommended by Steiger, as in PLUS's code.

    Args:
        first: correlation of the first method's scores with the levels.
        second: of the second method's.
        between: of the two methods' scores.
        count: pairs, more than three. There are count - 3 degrees of freedom; the
            released code has one more, which with thousands of pairs changes nothing.

    Returns:
        NaN where the second method's scores follow from the first's.
    """
    determinant = 1 - first**2 - second**2 - between**2 + 2 * first * second * between
    mean = (first + second) / 2
    spread = 2 * (count - 1) / (count - 3) * determinant + mean**2 * (1 - between) ** 3
    if spread <= 0:
        return SteigerTest(math.nan, math.nan)
    statistic = (first - second) * math.sqrt((count - 1) * (1 + between) / spread)
    return SteigerTest(statistic, float(stdtr(count - 3, -abs(statistic))))


def compare_correlations(
    first: np.ndarray, second: np.ndarray, levels: np.ndarray
) -> SteigerTest:
    """Steiger's test of two methods' scores of the same pairs, all (pairs,)."""
    rows = np.corrcoef([first, second, levels])
    return steiger_test(
        float(rows[0, 2]), float(rows[1, 2]), float(rows[0, 1]), len(levels)
    )


def scaled_to_levels(scores: np.ndarray) -> np.ndarray:
    """Scores scaled linearly so that the lowest is 0 and the highest 4, (pairs,).

    PLUS does not state how it scaled scores for Figure 3. All are 0 if all are equal.
    """
    span = float(np.ptp(scores))
    scaled: np.ndarray = (scores - scores.min()) * (_HIGHEST / span if span else 0.0)
    return scaled


class _Measures:
    """Measures of scores with a weight for each pair.

    Args:
        scores: (pairs,).
        levels: (pairs,).
        thresholds: (4,).
    """

    def __init__(
        self, scores: np.ndarray, levels: np.ndarray, thresholds: np.ndarray
    ) -> None:
        self._order = np.argsort(scores, kind="stable")
        self._scores = scores[self._order].astype(np.float64)
        self._levels = levels[self._order]
        predicted = predicted_levels(self._scores, thresholds)
        self._correct = predicted == self._levels
        self._starts = np.flatnonzero(np.diff(self._scores, prepend=-math.inf) > 0)
        sizes = np.diff(self._starts, append=len(scores))
        self._group = np.repeat(np.arange(len(sizes)), sizes)
        self._positives = [
            np.flatnonzero(self._levels >= level) for level in range(1, len(LEVELS))
        ]
        self._first_of_equals = [
            np.searchsorted(self._group[places], self._group[places])
            for places in self._positives
        ]

    def __call__(self, counts: np.ndarray) -> np.ndarray:
        """All measures, (7,), with these weights of the pairs, (pairs,)."""
        counts = counts[self._order].astype(np.float64)
        of_groups = np.add.reduceat(counts, self._starts)
        of_levels = np.bincount(self._levels, counts, len(LEVELS))
        score_ranks = mean_ranks(of_groups)[self._group]
        level_ranks = mean_ranks(of_levels)[self._levels]
        return np.array(
            [
                (counts * self._correct).sum() / counts.sum(),
                weighted_correlation(self._scores, self._levels, counts),
                weighted_correlation(score_ranks, level_ranks, counts),
                *self._precisions(counts, of_groups),
            ]
        )

    def _precisions(self, counts: np.ndarray, of_groups: np.ndarray) -> list[float]:
        """Average precisions of finding the pairs of at least each level, (4,)."""
        seen = np.cumsum(of_groups[::-1])[::-1][self._group]
        precisions = []
        for places, first in zip(self._positives, self._first_of_equals, strict=True):
            weights = counts[places]
            found = np.cumsum(weights[::-1])[::-1][first]
            precision = found / np.maximum(seen[places], 1)
            total = weights.sum()
            precisions.append(
                float((weights * precision).sum() / total) if total else math.nan
            )
        return precisions


def _best_threshold(scores: np.ndarray, above: np.ndarray, lowest: float) -> float:
    """The threshold that best separates the scores above from the others.

    Args:
        scores: (pairs,), ascending.
        above: bool (pairs,).
        lowest: threshold below all of them.
    """
    candidates = np.append(lowest, scores)
    # Below the i-th candidate: i pairs, of which `above` are wrong.
    right = np.append(0, np.cumsum(np.where(above, -1, 1)))
    last_of_equals = np.append(np.diff(candidates) > 0, True)
    right = np.where(last_of_equals, right, right.min() - 1)
    return float(candidates[right.argmax()])
