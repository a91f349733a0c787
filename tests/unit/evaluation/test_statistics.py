"""The bootstrap beside closed forms of distributions that have one."""

import math

import numpy as np
import pytest
from scipy.stats import binom, norm, spearmanr

from protlang.evaluation.metrics import accuracy, gorodkin
from protlang.evaluation.statistics import (
    Difference,
    bootstrap,
    bootstrap_share,
    bootstrap_spearman,
    confusion_of_systems,
    paired_bootstrap,
    paired_bootstrap_of_means,
)


def outcomes(
    n: int, shares: list[float], classes: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Truth, and one system per share that is right on so many of `n` proteins.

    The first proteins are the ones predicted rightly.
    """
    truth = np.arange(n) % classes
    right = np.arange(n) < np.array(shares)[:, None] * n
    return truth, np.where(right, truth, (truth + 1) % classes)


def slow_bootstrap(
    truth: np.ndarray, predicted: np.ndarray, resamples: int
) -> np.ndarray:
    """Gorodkin's measure of protein after protein drawn, mean over systems."""
    rng = np.random.default_rng(9)
    values = []
    for _ in range(resamples):
        chosen = rng.integers(0, len(truth), len(truth))
        counts = np.zeros((len(predicted), 4, 4))
        for system, row in enumerate(predicted):
            np.add.at(counts[system], (truth[chosen], row[chosen]), 1)
        values.append(gorodkin(counts).mean())
    return np.array(values)


def test_counting_groups_equals_measuring_every_drawn_set() -> None:
    rng = np.random.default_rng(4)
    truth, predicted = rng.integers(0, 4, 200), rng.integers(0, 4, (3, 200))
    # Draws are numbers of proteins in the order of their groups.
    order = np.lexsort(np.vstack([truth, predicted])[::-1])
    draws, values = np.random.default_rng(7), []
    for _ in range(50):
        chosen = order[draws.integers(0, 200, 200, dtype=np.int32)]
        counts = confusion_of_systems(truth[chosen], predicted[:, chosen], 4)
        values.append(gorodkin(counts).mean())
    found = bootstrap(truth, predicted, 4, gorodkin, resamples=50, seed=7)
    assert found == pytest.approx(np.std(values, ddof=1), rel=1e-12)


def test_confusion_by_hand() -> None:
    truth = np.array([0, 0, 1, 2])
    predicted = np.array([[0, 1, 1, 2], [2, 2, 2, 2]])
    assert confusion_of_systems(truth, predicted, 3).tolist() == [
        [[1, 1, 0], [0, 1, 0], [0, 0, 1]],
        [[0, 0, 2], [0, 0, 1], [0, 0, 1]],
    ]


@pytest.mark.parametrize(("n", "share"), [(400, 0.5), (400, 0.9), (2768, 0.68)])
def test_the_error_of_an_accuracy_is_the_binomial_one(n: int, share: float) -> None:
    truth, predicted = outcomes(n, [share], classes=10)
    exact = np.mean(truth == predicted[0])
    expected = 100 * math.sqrt(exact * (1 - exact) / n)
    found = bootstrap(truth, predicted, 10, accuracy, resamples=20_000)
    # The standard deviation of 20,000 draws scatters by 0.5 %.
    assert found == pytest.approx(expected, rel=0.02)


def test_seeds_are_averaged_within_each_resampled_test_set() -> None:
    """Of two systems that are right on the same proteins the mean scatters as one."""
    n = 500
    truth, both = outcomes(n, [0.5, 0.5])
    opposite = np.stack([both[0], np.where(both[0] == truth, 1 - truth, truth)])
    same = bootstrap(truth, both, 2, accuracy, resamples=5000)
    assert same == pytest.approx(100 * math.sqrt(0.25 / n), rel=0.04)
    # One is right where the other is wrong: the mean is always 50 %.
    assert bootstrap(truth, opposite, 2, accuracy) == pytest.approx(0, abs=1e-12)


def test_groups_of_proteins_scatter_like_proteins() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 4, 60)
    predicted = np.where(rng.random((2, 60)) < 0.6, truth, rng.integers(0, 4, (2, 60)))
    expected = slow_bootstrap(truth, predicted, 3000).std(ddof=1)
    found = bootstrap(truth, predicted, 4, gorodkin, resamples=20_000)
    assert found == pytest.approx(expected, rel=0.05)


def test_draws_follow_from_the_seed() -> None:
    truth, predicted = outcomes(50, [0.7])
    first = bootstrap(truth, predicted, 2, accuracy, seed=1)
    assert first == bootstrap(truth, predicted, 2, accuracy, seed=1)
    assert first != bootstrap(truth, predicted, 2, accuracy, seed=2)


def test_without_proteins_there_is_no_error() -> None:
    nothing = np.array([], dtype=int)
    assert math.isnan(bootstrap(nothing, nothing[None], 2, accuracy))


def paired(
    n: int, both: int, only_first: int, only_second: int, resamples: int = 20_000
) -> Difference:
    """Compare two systems, given on how many proteins which of them is right."""
    truth = np.zeros(n, dtype=int)
    first, second = np.ones(n, dtype=int), np.ones(n, dtype=int)
    first[: both + only_first] = 0
    second[:both] = 0
    second[both + only_first : both + only_first + only_second] = 0
    return paired_bootstrap(
        truth, first[None], second[None], 2, accuracy, resamples=resamples
    )


@pytest.mark.parametrize(
    ("only_first", "only_second"), [(90, 110), (80, 120), (120, 80), (100, 100)]
)
def test_a_paired_difference_follows_normal_theory(
    only_first: int, only_second: int
) -> None:
    n = 1000
    found = paired(n, both=500, only_first=only_first, only_second=only_second)
    mean = (only_second - only_first) / n
    spread = math.sqrt(((only_first + only_second) / n - mean**2) / n)
    assert found.value == pytest.approx(100 * mean)
    assert found.low == pytest.approx(100 * (mean - 1.96 * spread), abs=0.15)
    assert found.high == pytest.approx(100 * (mean + 1.96 * spread), abs=0.15)
    p_value = 2 * norm.sf(abs(mean) / spread)
    # Differences are whole numbers of proteins, half of the zeros too many.
    step = 2 * norm.pdf(mean / spread) / (n * spread) / 2
    assert found.p_value == pytest.approx(min(1, p_value + step), abs=0.03)


def test_pairing_removes_what_both_have_in_common() -> None:
    """The interval depends on where two systems differ, and on nothing else."""
    similar = paired(1000, both=500, only_first=10, only_second=20)
    dissimilar = paired(1000, both=300, only_first=210, only_second=220)
    assert similar.value == dissimilar.value == pytest.approx(1)
    assert similar.high - similar.low < (dissimilar.high - dissimilar.low) / 2


def test_equal_systems_do_not_differ() -> None:
    assert paired(50, both=30, only_first=0, only_second=0) == (0, 0, 0, 1)


def test_the_p_value_is_never_zero() -> None:
    found = paired(400, both=0, only_first=0, only_second=400, resamples=1000)
    assert found == (100, 100, 100, 2 / 1001)


def test_methods_may_have_other_numbers_of_seeds() -> None:
    truth, systems = outcomes(200, [0.5, 0.6, 0.7])
    found = paired_bootstrap(truth, systems[:1], systems[1:], 2, accuracy)
    assert found.value == pytest.approx(15)
    turned = paired_bootstrap(truth, systems[1:], systems[:1], 2, accuracy)
    assert turned.value == pytest.approx(-15)


@pytest.mark.parametrize("mean", [0.0, 0.5, -0.8, 2.0])
def test_a_paired_difference_of_means_follows_normal_theory(mean: float) -> None:
    n = 400
    rng = np.random.default_rng(5)
    first = rng.normal(70, 10, n)
    noise = rng.normal(0, 5, n)
    second = first + mean + noise - noise.mean()
    found = paired_bootstrap_of_means(first, second, resamples=20_000)
    # The bootstrap has n in the denominator of the variance.
    spread = noise.std() / math.sqrt(n)
    assert found.value == pytest.approx(mean, abs=1e-9)
    assert found.low == pytest.approx(mean - 1.96 * spread, abs=0.04)
    assert found.high == pytest.approx(mean + 1.96 * spread, abs=0.04)
    p_value = 2 * norm.sf(abs(mean) / spread)
    assert found.p_value == pytest.approx(p_value, abs=0.02)


def test_means_of_right_and_wrong_differ_as_accuracies_do() -> None:
    """An accuracy is the mean over proteins of 100 or 0."""
    right = np.arange(300) < np.array([180, 210])[:, None]
    truth = np.zeros(300, dtype=int)
    wanted = paired_bootstrap(
        truth, (~right[:1]).astype(int), (~right[1:]).astype(int), 2, accuracy, 20_000
    )
    found = paired_bootstrap_of_means(100.0 * right[0], 100.0 * right[1], 20_000)
    assert found.value == pytest.approx(wanted.value)
    assert found.low == pytest.approx(wanted.low, abs=0.4)
    assert found.high == pytest.approx(wanted.high, abs=0.4)
    assert found.p_value == wanted.p_value == 2 / 20_001


def test_what_both_means_have_in_common_does_not_count() -> None:
    rng = np.random.default_rng(6)
    hardness = rng.normal(0, 30, 200)
    small = rng.normal(0.5, 1, (2, 200))
    hard = paired_bootstrap_of_means(hardness + small[0], hardness + small[1])
    easy = paired_bootstrap_of_means(small[0], small[1])
    np.testing.assert_allclose(hard, easy, atol=1e-8)


def test_rounding_errors_have_no_sign() -> None:
    """0.1 + 0.2 and 0.3 differ in the last digit and are equal all the same."""
    found = paired_bootstrap_of_means(np.full(20, 0.3), np.full(20, 0.1 + 0.2))
    assert (found.low, found.high, found.p_value) == (0, 0, 1)


def test_turning_the_methods_round_turns_the_difference_round() -> None:
    values = np.random.default_rng(7).random((2, 50))
    one, other = (paired_bootstrap_of_means(*pair) for pair in (values, values[::-1]))
    expected = (-one.value, -one.high, -one.low, one.p_value)
    np.testing.assert_allclose(other, expected, atol=1e-12)


def test_a_single_protein_has_no_standard_error() -> None:
    found = paired_bootstrap_of_means(np.array([50.0]), np.array([51.0]))
    assert found[:3] == (1, 1, 1)


def test_draws_of_means_follow_from_the_seed() -> None:
    values = np.random.default_rng(8).random((2, 50))
    first = paired_bootstrap_of_means(*values, seed=1)
    assert first == paired_bootstrap_of_means(*values, seed=1)
    assert first != paired_bootstrap_of_means(*values, seed=2)


def test_spearmans_rho_is_scipys_with_ties() -> None:
    rng = np.random.default_rng(9)
    truth, predictions = rng.integers(0, 8, 60), rng.integers(0, 8, (2, 60))
    found = bootstrap_spearman(truth, truth + predictions)
    expected = [spearmanr(truth, truth + row).statistic for row in predictions]
    assert found.value == pytest.approx(np.mean(expected))


def test_rho_is_resampled_like_scipys_of_drawn_proteins() -> None:
    rng = np.random.default_rng(10)
    truth = rng.normal(size=40)
    predicted = truth + rng.integers(-1, 2, 40)
    found = bootstrap_spearman(truth, predicted[None], resamples=50, seed=3)
    draws = np.random.default_rng(3)
    rhos = []
    for _ in range(50):
        chosen = draws.integers(0, 40, 40)
        rhos.append(spearmanr(truth[chosen], predicted[chosen]).statistic)
    assert found.stderr == pytest.approx(np.std(rhos, ddof=1))
    assert (found.low, found.high) == pytest.approx(np.quantile(rhos, [0.025, 0.975]))


def test_rho_of_a_constant_is_unknown() -> None:
    found = bootstrap_spearman(np.arange(5), np.zeros((1, 5)))
    assert all(math.isnan(number) for number in found)


# Shares of things that belong together


def test_the_share_of_single_things_scatters_as_the_binomial_distribution() -> None:
    right = np.arange(500) < 150
    found = bootstrap_share(right.astype(int), np.ones(500, dtype=int), 20_000)
    spread = np.sqrt(0.3 * 0.7 / 500)
    assert found.value == 0.3
    assert found.stderr == pytest.approx(spread, rel=0.03)
    low, high = binom.ppf([0.025, 0.975], 500, 0.3) / 500
    assert found.low == pytest.approx(low, abs=0.003)
    assert found.high == pytest.approx(high, abs=0.003)


def test_the_share_of_groups_scatters_as_if_groups_were_drawn_one_by_one() -> None:
    rng = np.random.default_rng(1)
    counted = rng.integers(0, 30, 60)
    right = rng.binomial(counted, np.where(rng.random(60) < 0.5, 0.9, 0.2))
    found = bootstrap_share(right, counted, 20_000)
    shares = []
    for _ in range(20_000):
        drawn = rng.integers(0, 60, 60)
        shares.append(right[drawn].sum() / counted[drawn].sum())
    assert found.value == right.sum() / counted.sum()
    assert found.stderr == pytest.approx(np.std(shares, ddof=1), rel=0.03)
    low, high = np.quantile(shares, [0.025, 0.975])
    assert found.low == pytest.approx(low, abs=0.006)
    assert found.high == pytest.approx(high, abs=0.006)
    # Residues of a pair stand and fall together.
    alone = np.sqrt(found.value * (1 - found.value) / counted.sum())
    assert found.stderr > 2 * alone


def test_intervals_of_shares_follow_from_the_seed() -> None:
    right, counted = np.array([1, 0, 3, 2]), np.array([2, 1, 3, 4])
    one = bootstrap_share(right, counted, seed=5)
    assert bootstrap_share(right, counted, seed=5) == one
    assert bootstrap_share(right, counted, seed=6) != one
    # The order of the groups does not matter.
    assert bootstrap_share(right[::-1], counted[::-1], seed=5) == one


def test_a_share_of_which_all_is_right_has_no_scatter() -> None:
    found = bootstrap_share(np.array([2, 5, 1]), np.array([2, 5, 1]))
    assert found == (1.0, 0.0, 1.0, 1.0)
