"""Measures of prediction quality, all computed from confusion counts.

Counts are integer arrays (..., true class, predicted class). The ratios follow SeqVec,
Methods, "Evaluation measures".
"""

from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """A mean over proteins.

    Attributes:
        value: the mean.
        stderr: standard deviation (n - 1) over proteins divided by sqrt(n); NaN below
            two proteins.
        n: proteins that count.
    """

    value: float
    stderr: float
    n: int


def confusion_counts(
    truth: str, predicted: str, states: str, counted: str | None = None
) -> np.ndarray:
    """Count the residues of one protein by true and predicted state.

    Args:
        truth: true states, one letter per residue.
        predicted: predicted states, of the same length.
        states: the letters in class order.
        counted: per residue, `1` where it counts; by default all count.

    Returns:
        Integer array (true class, predicted class).
    """
    true, found = _bytes(truth), _bytes(predicted)
    if counted is not None:
        selected = _bytes(counted) == ord("1")
        true, found = true[selected], found[selected]
    classes = _bytes(states)
    is_true = np.equal.outer(classes, true).astype(np.int64)  # (classes, residues)
    is_predicted = np.equal.outer(classes, found).astype(np.int64)
    counts: np.ndarray = is_true @ is_predicted.T
    return counts


def accuracy(counts: np.ndarray) -> np.ndarray:
    """Q3, Q8, Q2, Q10: percentage of correct residues; NaN where none counts.

    Args:
        counts: (..., classes, classes).

    Returns:
        float64 (...), percent.
    """
    correct = np.trace(counts, axis1=-2, axis2=-1)
    return 100 * _ratio(correct, counts.sum(axis=(-2, -1)))


def matthews(counts: np.ndarray) -> np.ndarray:
    """Matthews correlation of two classes; NaN where a row or column is empty.

    Args:
        counts: (..., 2, 2), the positive class second.
    """
    counts = counts.astype(np.float64)
    (tn, fp), (fn, tp) = np.moveaxis(counts, (-2, -1), (0, 1))
    denominator = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return _ratio(tp * tn - fp * fn, denominator)


def gorodkin(counts: np.ndarray) -> np.ndarray:
    """Gorodkin's R_K, the Matthews correlation of K classes.

    NaN where fewer than two classes are true, or predicted. With two classes it is the
    Matthews correlation. Source: SeqVec, Methods, "Per-protein performance".

    Args:
        counts: (..., K, K).
    """
    counts = counts.astype(np.float64)
    total = counts.sum(axis=(-2, -1))
    true, predicted = counts.sum(axis=-1), counts.sum(axis=-2)  # (..., K)
    correct = np.trace(counts, axis1=-2, axis2=-1)
    numerator = correct * total - (true * predicted).sum(axis=-1)
    variances = [total**2 - (margin**2).sum(axis=-1) for margin in (true, predicted)]
    return _ratio(numerator, np.sqrt(variances[0] * variances[1]))


def false_positive_rate(counts: np.ndarray) -> np.ndarray:
    """False positives per true negative or false positive; NaN where there are none.

    Args:
        counts: (..., 2, 2), the positive class second.
    """
    return _ratio(counts[..., 0, 1], counts[..., 0, :].sum(axis=-1))


def mean_over_proteins(values: np.ndarray) -> Estimate:
    """Mean and standard error over the proteins that have a value (are not NaN).

    Source: SeqVec, Methods: "averages over all proteins", with the standard error of
    that distribution.
    """
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return Estimate(float("nan"), float("nan"), 0)
    deviation = known.std(ddof=1) if len(known) > 1 else np.nan
    stderr = float(deviation / np.sqrt(len(known)))
    return Estimate(float(known.mean()), stderr, len(known))


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Quotient that is NaN where the denominator is zero."""
    ratio = np.full(np.shape(numerator), np.nan)
    np.divide(numerator, denominator, out=ratio, where=denominator != 0)
    return ratio


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)
