"""Bootstrap: variation of measures over resampled test sets of the same size.

Proteins are drawn with replacement. Those with the same predictions of all compared
systems are interchangeable, so it is counted how often each group of such proteins is
drawn, and measures follow from counts. Where a measure is a mean over proteins, each
protein is a group of its own.

A system is one trained network; systems of one method (its seeds) are averaged.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

RESAMPLES = 1000
"""Source: SeqVec, Methods, "Evaluation measures"."""

_DECIMALS = 9
"""Differences below that are rounding errors of sums and count as none."""

Statistic = Callable[[np.ndarray], np.ndarray]
"""From counts (..., true class, predicted class) to values (...)."""


class Difference(NamedTuple):
    """Difference of the second of two methods from the first.

    The p-value is twice the share of test sets on which the difference has the opposite
    sign or is zero; the observed test set counts as one draw, so it
    is never 0. The interval holds the middle 95 % of the differences.

    Attributes:
        value: second minus first.
        low: lower end of the 95 % interval.
        high: upper end of it.
        p_value: two-sided, that there is no difference.
    """

    value: float
    low: float
    high: float
    p_value: float

    def columns(self) -> dict[str, float]:
        """By the columns of tables: `difference, low, high, p_value`."""
        return dict(zip(("difference", "low", "high", "p_value"), self, strict=True))


def confusion_of_systems(
    truth: np.ndarray, predicted: np.ndarray, classes: int
) -> np.ndarray:
    """Count true and predicted classes.

    Args:
        truth: class indices (proteins,).
        predicted: class indices (systems, proteins).
        classes: how many there are.

    Returns:
        Integers (systems, true class, predicted class).
    """
    cells = truth * classes + predicted
    counts = [np.bincount(row, minlength=classes**2) for row in cells]
    return np.reshape(counts, (len(predicted), classes, classes))


def bootstrap(
    truth: np.ndarray,
    predicted: np.ndarray,
    classes: int,
    statistic: Statistic,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> float:
    """Standard deviation of a method's measure over resampled test sets.

    Args:
        truth: class indices (proteins,).
        predicted: of the method's systems (systems, proteins).
        classes: how many there are.
        statistic: the measure.
        resamples: test sets to draw.
        seed: of the draws.

    Returns:
        With n - 1 in the denominator, in the measure's unit; NaN without proteins.
    """
    if len(truth) == 0:
        return float("nan")
    draws = _resampled(truth, predicted, classes, resamples, seed)
    return float(statistic(draws).mean(axis=1).std(ddof=1))


def paired_bootstrap(
    truth: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    classes: int,
    statistic: Statistic,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Compare two methods on the same resampled test sets.

    Args:
        truth: class indices (proteins,), of at least one protein.
        first: predictions of the first method's systems (systems, proteins).
        second: of the second method's.
        classes: how many there are.
        statistic: the measure.
        resamples: test sets to draw.
        seed: of the draws.
    """
    both = np.concatenate([first, second])

    def difference(counts: np.ndarray) -> np.ndarray:
        values = statistic(counts)
        return np.asarray(
            values[..., len(first) :].mean(axis=-1)
            - values[..., : len(first)].mean(axis=-1)
        )

    observed = float(difference(confusion_of_systems(truth, both, classes)))
    drawn = difference(_resampled(truth, both, classes, resamples, seed))
    return difference_of_draws(observed, drawn)


def paired_bootstrap_of_means(
    first: np.ndarray,
    second: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Compare two methods whose measure is a mean over proteins.

    Args:
        first: the first method's values (proteins,), of at least one protein.
        second: the second method's, of the same proteins in the same order.
        resamples: test sets to draw.
        seed: of the draws.
    """
    differences = np.asarray(second, dtype=np.float64) - first
    n = len(differences)
    draws = _draws(np.ones(n, dtype=np.int64), resamples, seed)
    # Not a matrix product, whose last digits may depend on the number of threads.
    drawn = (draws * differences).sum(axis=1) / n
    return difference_of_draws(float(differences.mean()), np.round(drawn, _DECIMALS))


def difference_of_draws(observed: float, drawn: np.ndarray) -> Difference:
    """Interval and p-value of an observed difference from those of resampled sets.

    All are NaN if there are no such differences.
    """
    if len(drawn) == 0:
        return Difference(observed, *[float("nan")] * 3)
    low, high = np.quantile(drawn, [0.025, 0.975])
    tail = min((drawn <= 0).sum(), (drawn >= 0).sum())
    p_value = min(1.0, 2 * (tail + 1) / (len(drawn) + 1))
    return Difference(observed, float(low), float(high), float(p_value))


def _resampled(
    truth: np.ndarray, predicted: np.ndarray, classes: int, resamples: int, seed: int
) -> np.ndarray:
    """Counts of resampled test sets, (resamples, systems, classes, classes)."""
    groups, sizes = np.unique(np.vstack([truth, predicted]), axis=1, return_counts=True)
    draws = _draws(sizes, resamples, seed)
    cells = groups[0] * classes + groups[1:]  # (systems, groups)
    indicators = np.eye(classes**2, dtype=np.float32)[cells.T].reshape(len(sizes), -1)
    # Whole numbers, so exact for less than 2^24 proteins.
    counts = (draws.astype(np.float32) @ indicators).astype(np.float64)
    return np.reshape(counts, (resamples, len(predicted), classes, classes))


def _draws(sizes: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """How often members of each group are drawn, float64 (resamples, groups).

    Args:
        sizes: members of each group; as many are drawn as there are in all.
        resamples: test sets to draw.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    n = len(groups)
    draws = np.empty((resamples, len(sizes)))
    for row in draws:
        drawn = groups[rng.integers(0, n, n, dtype=np.int32)]
        row[:] = np.bincount(drawn, minlength=len(sizes))
    return draws


class Interval(NamedTuple):
    """A number with its bootstrap error and interval.

    Attributes:
        value: of the observed test set.
        stderr: standard deviation over resampled test sets.
        low: lower end of the 95 % interval.
        high: upper end of it.
    """

    value: float
    stderr: float
    low: float
    high: float


def interval_of_draws(value: float, drawn: np.ndarray) -> Interval:
    """Error and interval of a measure from its values on resampled test sets.

    Sets on which it is undefined (NaN) are left out.
    """
    drawn = drawn[~np.isnan(drawn)]
    if len(drawn) < 2:
        return Interval(value, *[float("nan")] * 3)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(value, float(drawn.std(ddof=1)), float(low), float(high))


def bootstrap_share(
    right: np.ndarray, counted: np.ndarray, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """Share of correct predictions, where groups of them are resampled together.

    Args:
        right: correct ones of each group, (groups,).
        counted: size of each group, (groups,), not all 0.
        resamples: test sets to draw, of as many groups.
        seed: of the draws.
    """
    kinds, sizes = np.unique(np.stack([right, counted]), axis=1, return_counts=True)
    draws = _draws(sizes, resamples, seed)
    # Whole numbers, so exact whatever the order of the sums.
    totals = draws @ kinds.T
    drawn = totals[:, 0] / np.maximum(totals[:, 1], 1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    value = float(right.sum() / counted.sum())
    return Interval(value, float(drawn.std(ddof=1)), float(low), float(high))


def bootstrap_spearman(
    truth: np.ndarray,
    predicted: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Spearman's rho of a method, the mean over its systems.

    Args:
        truth: numbers (proteins,).
        predicted: by the method's systems (systems, proteins).
        resamples: test sets to draw.
        seed: of the draws.

    Returns:
        NaN where a system, or the truth, is constant; such draws are left out of the
        interval.
    """
    true_order = _Order(truth)
    orders = [_Order(row) for row in predicted]

    def rho(counts: np.ndarray) -> float:
        ranks = true_order.ranks(counts)
        values = [
            weighted_correlation(ranks, order.ranks(counts), counts) for order in orders
        ]
        return float(np.mean(values))

    n = len(truth)
    rng = np.random.default_rng(seed)
    counts = (np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(resamples))
    drawn = np.array([rho(count.astype(np.float64)) for count in counts])
    return interval_of_draws(rho(np.ones(n)), drawn)


class _Order:
    """Ranks of weighted numbers."""

    def __init__(self, values: np.ndarray) -> None:
        _, self._groups = np.unique(values, return_inverse=True)

    def ranks(self, counts: np.ndarray) -> np.ndarray:
        """The mean rank of each number with these weights, (numbers,)."""
        ranks: np.ndarray = mean_ranks(np.bincount(self._groups, counts))[self._groups]
        return ranks


def mean_ranks(sizes: np.ndarray) -> np.ndarray:
    """Mean rank of the members of consecutive groups of these sizes, (groups,)."""
    ranks: np.ndarray = np.cumsum(sizes) - (sizes - 1) / 2
    return ranks


def weighted_correlation(
    one: np.ndarray, other: np.ndarray, counts: np.ndarray
) -> float:
    """Pearson's r of weighted pairs; NaN if one variable is constant."""
    one, other = (x - (x * counts).sum() / counts.sum() for x in (one, other))
    squares = (one**2 * counts).sum() * (other**2 * counts).sum()
    if squares <= 0:
        return float("nan")
    return float((one * other * counts).sum() / np.sqrt(squares))
