"""Errors and differences over drawn domains against closed forms."""

import math
from itertools import combinations

import numpy as np
import pytest

from protlang.homology.domain_resampling import (
    difference_of_correlations,
    difference_of_shares,
    domain_numbers,
    drawn_weights,
    share_of_pairs,
)

ALL = np.array(list(combinations(range(60), 2)))
"""All pairs of 60 domains."""


def test_equal_domains_have_equal_numbers() -> None:
    found = domain_numbers([("a", "b"), ("b", "c"), ("a", "c")])
    assert found.tolist() == [[0, 1], [1, 2], [0, 2]]


def test_a_pair_counts_as_often_as_both_of_its_domains() -> None:
    pairs = np.array([[4, 9], [4, 7], [9, 7]])
    for weights in drawn_weights(pairs, 50, 0):
        assert weights.any()
        counts = {tuple(weights.tolist())}
        # Three domains are drawn; a pair needs two of them.
        assert counts <= {(1, 1, 1), (2, 0, 0), (0, 2, 0), (0, 0, 2)}


def test_a_difficult_domain_widens_the_interval_of_all_of_its_pairs() -> None:
    """A pair is wrong if one of its domains is: 2 (1 - q) sqrt(q (1 - q) / n).

    With a share q of wrong domains, (1 - q)² of the pairs are right.
    """
    wrong = np.arange(60) < 12
    right = ~wrong[ALL].any(axis=1)
    found = share_of_pairs(right, ALL, resamples=2000)
    theory = 2 * 0.8 * math.sqrt(0.2 * 0.8 / 60)
    assert found.value == right.mean()
    assert found.stderr == pytest.approx(theory, rel=0.1)
    of_pairs = math.sqrt(found.value * (1 - found.value) / len(ALL))
    assert found.stderr > 6 * of_pairs


def test_one_domain_does_not_make_a_difference_certain() -> None:
    """All that is gained comes from the pairs of one domain."""
    nothing = np.zeros(len(ALL), dtype=bool)
    of_one = (ALL == 7).any(axis=1)
    found = difference_of_shares(nothing, of_one, ALL, resamples=400)
    assert found.value == of_one.mean()
    assert found.low == 0
    assert found.p_value > 0.3


def test_a_difference_of_all_domains_is_certain() -> None:
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 5, len(ALL))
    noise = rng.normal(size=(2, len(ALL)))
    noisy, clear = levels + 3 * noise[0], levels + 0.5 * noise[1]
    found = difference_of_correlations(noisy, clear, levels, ALL, resamples=200)
    expected = np.corrcoef(clear, levels)[0, 1] - np.corrcoef(noisy, levels)[0, 1]
    assert found.value == pytest.approx(expected)
    assert 0 < found.low < found.value < found.high
    assert found.p_value == pytest.approx(2 / 201)


def test_equal_methods_do_not_differ() -> None:
    levels = np.tile(np.arange(5), 354)
    found = difference_of_correlations(levels, levels, levels, ALL, resamples=50)
    assert tuple(found) == (0, 0, 0, 1)
