"""Bootstrap of measures of pairs that share domains.

Pairs with a domain in common are not independent: a domain that is hard to recognise
is so in all of its pairs. So domains are drawn with replacement, and a pair counts as
often as both of its domains are drawn, multiplied. For pairs that share nothing this is
too cautious: their errors come out up to the root of 3 times too large.

Source: Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1:386.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from protlang.evaluation.statistics import (
    RESAMPLES,
    Difference,
    Interval,
    difference_of_draws,
    interval_of_draws,
    weighted_correlation,
)


def domain_numbers(ids: Sequence[tuple[str, str]]) -> np.ndarray:
    """A number for each domain of pairs, int64 (pairs, 2)."""
    _, numbers = np.unique(np.array(ids, dtype=np.str_), return_inverse=True)
    return np.reshape(numbers, (-1, 2)).astype(np.int64)


def drawn_weights(
    domains: np.ndarray, resamples: int, seed: int
) -> Iterator[np.ndarray]:
    """How often each pair counts in sets of domains drawn with replacement.

    A set that has no pair is drawn again.

    Args:
        domains: as of `domain_numbers`, of at least one pair.
        resamples: sets to draw, of as many domains as the pairs have.
        seed: of the draws.

    Yields:
        Weights (pairs,), int64.
    """
    _, numbers = np.unique(domains, return_inverse=True)
    first, second = np.reshape(numbers, (-1, 2)).T
    count = int(numbers.max()) + 1
    rng = np.random.default_rng(seed)
    left = resamples
    while left:
        drawn = np.bincount(rng.integers(0, count, count), minlength=count)
        weights = drawn[first] * drawn[second]
        if weights.any():
            left -= 1
            yield weights


def share_of_pairs(
    right: np.ndarray, domains: np.ndarray, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """Share of pairs that are right, with the interval over resampled domains.

    Args:
        right: how right each pair is, 0 to 1, (pairs,).
        domains: as of `domain_numbers`.
        resamples: sets of domains to draw, at least two.
        seed: of the draws.
    """
    drawn = np.array(
        [
            float((weights * right).sum() / weights.sum())
            for weights in drawn_weights(domains, resamples, seed)
        ]
    )
    return interval_of_draws(float(right.mean()), drawn)


def difference_of_correlations(
    first: np.ndarray,
    second: np.ndarray,
    levels: np.ndarray,
    domains: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Compare two methods' correlations with the levels on the same sets of domains.

    Args:
        first: the first method's scores, (pairs,).
        second: the second method's, of the same pairs.
        levels: 0 to 4, (pairs,).
        domains: as of `domain_numbers`.
        resamples: sets of domains to draw.
        seed: of the draws.

    Returns:
        The second's r minus the first's; sets on which one is undefined are left out.
    """

    def difference(weights: np.ndarray) -> float:
        counts = weights.astype(np.float64)
        one, other = (
            weighted_correlation(scores, levels, counts) for scores in (first, second)
        )
        return other - one

    drawn = np.array(
        [difference(weights) for weights in drawn_weights(domains, resamples, seed)]
    )
    observed = difference(np.ones(len(levels), dtype=np.int64))
    return difference_of_draws(observed, drawn[~np.isnan(drawn)])


def difference_of_shares(
    first: np.ndarray,
    second: np.ndarray,
    domains: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Compare two methods' shares of right pairs on the same sets of domains.

    Args:
        first: whether the first method is right, bool (pairs,).
        second: whether the second is.
        domains: as of `domain_numbers`.
        resamples: sets of domains to draw.
        seed: of the draws.
    """
    gained = second.astype(np.int64) - first
    drawn = np.array(
        [
            float((weights * gained).sum() / weights.sum())
            for weights in drawn_weights(domains, resamples, seed)
        ]
    )
    return difference_of_draws(float(gained.mean()), drawn)
