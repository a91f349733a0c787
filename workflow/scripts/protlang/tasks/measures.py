"""TaskMeasures of stored predictions, with confidence intervals.

Proteins are drawn with replacement; the residues of a protein stay together. With
several training seeds a measure is the mean over them, in every resampled test set as
in the observed one. All values are fractions.

Source: PLUS, Section 4.2: accuracy of classes, of residues over all proteins together
and of topologies, and Spearman's rho of numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from protlang.alphabet import Q8_STATES, TOPOLOGY_STATES
from protlang.evaluation.statistics import Interval, bootstrap_share, bootstrap_spearman
from protlang.tasks import topology


class StoredPrediction(NamedTuple):
    """The prediction of a model for one protein, and its label.

    Attributes:
        id: the protein's.
        truth: its label: a number, a class, or one letter per residue.
        prediction: likewise; a topology is decoded.
        probabilities: of its classes, float32 (classes,), or of its residues', float32
            (length, classes); None of a number.
        mask: per residue 1 where it counts, or None without such a label.
    """

    id: str
    truth: str | float
    prediction: str | float
    probabilities: np.ndarray | None = None
    mask: str | None = None


class Score(NamedTuple):
    """A measure of a test set.

    Attributes:
        interval: its value and confidence interval.
        n: proteins that count.
    """

    interval: Interval
    n: int


Predictions = Sequence[Sequence[StoredPrediction]]
"""Of each training seed, all proteins of a test set in the same order."""

TaskMeasure = Callable[[Predictions], Score | None]
"""None if the test set lacks what is measured."""


def accuracy(predictions: Predictions) -> Score | None:
    """Share of proteins whose class is right."""
    right = [[p.prediction == p.truth for p in seed] for seed in predictions]
    return _share(np.array(right), np.ones(len(right[0])))


def residue_accuracy(states: str, evaluated: bool = False) -> TaskMeasure:
    """Share of residues, of all proteins together, whose likeliest class is right.

    Args:
        states: letters of the classes; residues with another label do not count.
        evaluated: whether only residues count that the mask marks with 1.
    """

    def measure(predictions: Predictions) -> Score | None:
        if evaluated and any(p.mask is None for p in predictions[0]):
            return None
        counted = [_counted(p, states, evaluated) for p in predictions[0]]
        right = [
            [
                int((_letters(p, states) == _bytes(str(p.truth)))[chosen].sum())
                for p, chosen in zip(seed, counted, strict=True)
            ]
            for seed in predictions
        ]
        return _share(np.array(right), np.array([chosen.sum() for chosen in counted]))

    return measure


def topology_accuracy(predictions: Predictions) -> Score | None:
    """Share of proteins with all membrane regions found, and no others."""
    right = [
        [topology.is_correct(str(p.truth), str(p.prediction)) for p in seed]
        for seed in predictions
    ]
    return _share(np.array(right), np.ones(len(right[0])))


def released_topology_accuracy(predictions: Predictions) -> Score | None:
    """The same share as PLUS's released code decodes and counts.

    Its grammar makes forbidden steps merely unlikely, and it overlooks a region that
    begins at the first residue.
    """
    right = [
        [
            topology.is_correct(str(p.truth), _released(p), imitate_released_code=True)
            for p in seed
        ]
        for seed in predictions
    ]
    return _share(np.array(right), np.ones(len(right[0])))


def _released(prediction: StoredPrediction) -> str:
    """The topology that the released code decodes."""
    assert prediction.probabilities is not None
    return topology.decode(prediction.probabilities, imitate_released_code=True)


def spearman(predictions: Predictions) -> Score | None:
    """Rank correlation of predicted and true numbers."""
    truth = np.array([p.truth for p in predictions[0]], dtype=np.float64)
    predicted = np.array(
        [[p.prediction for p in seed] for seed in predictions], dtype=np.float64
    )
    return Score(bootstrap_spearman(truth, predicted), len(truth))


ACCURACY: Mapping[str, TaskMeasure] = {"accuracy": accuracy}
SPEARMAN: Mapping[str, TaskMeasure] = {"Spearman rho": spearman}
Q8: Mapping[str, TaskMeasure] = {
    "8-state accuracy": residue_accuracy(Q8_STATES),
    "8-state accuracy, evaluation mask": residue_accuracy(Q8_STATES, evaluated=True),
}
TOPOLOGY: Mapping[str, TaskMeasure] = {
    "per-protein topology accuracy": topology_accuracy,
    "per-protein topology accuracy, as released": released_topology_accuracy,
    "residue accuracy": residue_accuracy(TOPOLOGY_STATES),
    "residue accuracy, evaluation mask": residue_accuracy(
        TOPOLOGY_STATES, evaluated=True
    ),
}


def _share(right: np.ndarray, counted: np.ndarray) -> Score | None:
    """Mean over seeds of a share.

    Args:
        right: what is right of each protein, (seeds, proteins).
        counted: what counts of each protein, (proteins,).
    """
    counting = counted > 0
    if not counting.any():
        return None
    # All seeds count the same, so the mean of their shares is the share of the sums.
    totals = right.sum(axis=0)[counting], len(right) * counted[counting]
    return Score(bootstrap_share(*totals), int(counting.sum()))


def _letters(prediction: StoredPrediction, states: str) -> np.ndarray:
    assert prediction.probabilities is not None
    letters: np.ndarray = _bytes(states)[prediction.probabilities.argmax(axis=1)]
    return letters


def _counted(prediction: StoredPrediction, states: str, evaluated: bool) -> np.ndarray:
    counted = np.isin(_bytes(str(prediction.truth)), _bytes(states))
    if evaluated:
        counted &= _bytes(prediction.mask or "") == ord("1")
    return counted


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)
