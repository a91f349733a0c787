import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, matthews_corrcoef

from protlang.evaluation.metrics import (
    accuracy,
    confusion_counts,
    false_positive_rate,
    gorodkin,
    matthews,
    mean_over_proteins,
)


@st.composite
def pairs(draw: st.DrawFn, states: str) -> tuple[str, str]:
    """True and predicted states of one protein, of the same length."""
    length = draw(st.integers(1, 30))
    text = st.text(states, min_size=length, max_size=length)
    return draw(text), draw(text)


def test_counts_by_hand() -> None:
    counts = confusion_counts("HHHEEC", "HHEECC", "HEC")
    assert counts.tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]


def test_only_selected_residues_count() -> None:
    counts = confusion_counts("HHHEEC", "HHEECC", "HEC", counted="001001")
    assert counts.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_no_selected_residue_counts_nothing() -> None:
    assert confusion_counts("HE", "HE", "HEC", counted="00").tolist() == [[0] * 3] * 3


@given(pairs("HEC"))
def test_q3_is_accuracy_in_percent(pair: tuple[str, str]) -> None:
    expected = 100 * accuracy_score(list(pair[0]), list(pair[1]))
    assert accuracy(confusion_counts(*pair, "HEC")) == pytest.approx(expected)


@given(pairs("GHIBESTC"))
def test_q8_is_accuracy_in_percent(pair: tuple[str, str]) -> None:
    expected = 100 * accuracy_score(list(pair[0]), list(pair[1]))
    assert accuracy(confusion_counts(*pair, "GHIBESTC")) == pytest.approx(expected)


@given(pairs("01"))
def test_mcc_is_scikit_learns_wherever_it_is_defined(pair: tuple[str, str]) -> None:
    value = matthews(confusion_counts(*pair, "01"))
    if len(set(pair[0])) == len(set(pair[1])) == 2:
        expected = matthews_corrcoef(list(pair[0]), list(pair[1]))
        assert value == pytest.approx(expected, abs=1e-12)
    else:
        assert math.isnan(value)


@pytest.mark.parametrize(
    ("counts", "mcc", "fpr"),
    [
        # [[true negatives, false positives], [false negatives, true positives]]
        ([[90, 10], [2, 8]], (8 * 90 - 10 * 2) / math.sqrt(18 * 10 * 100 * 92), 0.1),
        ([[5, 0], [0, 5]], 1.0, 0.0),
        ([[0, 5], [5, 0]], -1.0, 1.0),
        ([[1, 1], [1, 1]], 0.0, 0.5),
        ([[9, 0], [3, 0]], math.nan, 0.0),
        ([[9, 1], [0, 0]], math.nan, 0.1),
        ([[0, 0], [1, 9]], math.nan, math.nan),
        ([[0, 0], [0, 0]], math.nan, math.nan),
    ],
)
def test_disorder_by_hand(counts: list[list[int]], mcc: float, fpr: float) -> None:
    assert matthews(np.array(counts)) == pytest.approx(mcc, nan_ok=True)
    assert false_positive_rate(np.array(counts)) == pytest.approx(fpr, nan_ok=True)


def test_mcc_of_very_large_counts_does_not_overflow() -> None:
    counts = np.array([[9, 1], [1, 9]]) * 10**10
    assert matthews(counts) == pytest.approx(0.8)


def test_accuracy_of_nothing_is_undefined() -> None:
    assert math.isnan(accuracy(np.zeros((3, 3), dtype=int)))


def test_measures_keep_leading_dimensions() -> None:
    counts = np.array([[[[3, 1], [0, 4]], [[0, 0], [1, 1]], [[2, 2], [2, 2]]]])
    assert accuracy(counts).tolist() == [[87.5, 50.0, 50.0]]
    np.testing.assert_allclose(false_positive_rate(counts), [[0.25, np.nan, 0.5]])
    np.testing.assert_allclose(matthews(counts), [[12 / math.sqrt(240), np.nan, 0]])


@pytest.mark.filterwarnings("ignore:A single label was found")
@given(
    st.integers(2, 5).flatmap(
        lambda classes: st.lists(
            st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)),
            min_size=1,
            max_size=40,
        )
    )
)
def test_gorodkins_measure_is_the_multiclass_matthews_correlation(
    pairs: list[tuple[int, int]],
) -> None:
    truth, predicted = zip(*pairs, strict=True)
    counts = np.zeros((5, 5), dtype=int)
    np.add.at(counts, (truth, predicted), 1)
    ours = float(gorodkin(counts))
    assert math.isnan(ours) == (len(set(truth)) == 1 or len(set(predicted)) == 1)
    # scikit-learn calls the undefined 0.
    assert np.nan_to_num(ours) == pytest.approx(
        matthews_corrcoef(truth, predicted), abs=1e-12
    )


def test_gorodkins_measure_by_hand() -> None:
    # 5 of 6 right; rows add up to 3, 2, 1 and columns to 2, 3, 1.
    counts = np.array([[2, 1, 0], [0, 2, 0], [0, 0, 1]])
    rk = (5 * 6 - (3 * 2 + 2 * 3 + 1)) / math.sqrt((36 - 14) * (36 - 14))
    assert float(gorodkin(counts)) == pytest.approx(rk)
    both = np.stack([counts, np.diag([1, 1, 1])])
    np.testing.assert_allclose(gorodkin(both), [rk, 1.0])


def test_with_two_classes_gorodkins_measure_is_the_matthews_correlation() -> None:
    counts = np.array([[3, 1], [2, 4]])
    assert float(gorodkin(counts)) == pytest.approx(float(matthews(counts)))


def test_mean_and_standard_error_by_hand() -> None:
    # Mean 3, squared deviations 4 + 1 + 0 + 9, divided by n - 1, then by n.
    estimate = mean_over_proteins(np.array([1.0, 2.0, 3.0, 6.0]))
    assert estimate == pytest.approx((3.0, math.sqrt(14 / 3 / 4), 4))


def test_undefined_proteins_do_not_count() -> None:
    estimate = mean_over_proteins(np.array([np.nan, 2.0, np.nan, 4.0]))
    assert estimate == pytest.approx((3.0, 1.0, 2))


@pytest.mark.parametrize(("values", "mean", "n"), [([7.0], 7.0, 1), ([], math.nan, 0)])
def test_one_protein_has_no_standard_error(
    values: list[float], mean: float, n: int
) -> None:
    estimate = mean_over_proteins(np.array([*values, np.nan]))
    assert estimate == pytest.approx((mean, math.nan, n), nan_ok=True)
