"""Scores of methods that tell the structural level of pairs, as tables hold them.

Thresholds come from development pairs, or as published from the very pairs that are
told. Pairs are short or long by the residues of both domains, as for Figure 2.

Sources: PLUS, Section 4.3, Tables 3, 5 and 6, Figure 2.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from protlang.errors import ProtlangError
from protlang.evaluation.statistics import RESAMPLES, Interval, bootstrap_share
from protlang.files import write_text
from protlang.homology.predictions import LevelPredictions
from protlang.homology.scoring import evaluate, find_thresholds, predicted_levels

LONGEST_SHORT_PAIR = 512
"""Residues of both domains. Source: PLUS, Figure 2."""

SHORT, LONG = ":short", ":long"
"""Behind the name of a test set, for its short or long pairs."""

COLUMNS = (
    "test_set",
    "metric",
    "value",
    "stderr",
    "low",
    "high",
    "n",
    "threshold_source",
)


class ScoredPairs(NamedTuple):
    """What a method says of pairs.

    Attributes:
        scores: higher for more alike domains, finite, (pairs,).
        levels: the truth, 0 to 4, (pairs,).
        lengths: residues of both domains, (pairs, 2).
    """

    scores: np.ndarray
    levels: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, predictions: LevelPredictions) -> "ScoredPairs":
        """What a network says."""
        return cls(predictions.scores, predictions.levels, predictions.lengths)

    def where(self, chosen: np.ndarray) -> "ScoredPairs":
        """Some of the pairs, bool (pairs,)."""
        return ScoredPairs(*(column[chosen] for column in self))


class Score(NamedTuple):
    """One line of the file.

    Attributes:
        test_set: its name, with `SHORT` or `LONG` for a part of it.
        metric: one of `protlang.homology.scoring.MEASURES`.
        interval: as fractions.
        n: pairs.
        threshold_source: `development` or `test`; empty if there are no thresholds.
    """

    test_set: str
    metric: str
    interval: Interval
    n: int
    threshold_source: str


def score_homology(
    test_sets: Mapping[str, ScoredPairs],
    development: ScoredPairs,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Score]:
    """Score a method on all pairs of each test set, and on its short and long ones.

    Args:
        test_sets: by name; the development pairs may be one of them.
        development: the method's scores of the pairs that thresholds come from.
        resamples: test sets to draw for the intervals.
        seed: of the draws.

    Returns:
        By test set, then its parts that have pairs. Each has the accuracy with both
        kinds of thresholds.

    Raises:
        ProtlangError: if a score is not finite.
    """
    for name, pairs in {**test_sets, "development": development}.items():
        _check(name, pairs)
    thresholds = find_thresholds(development.scores, development.levels)
    return [
        score
        for test_set, whole in test_sets.items()
        for name, pairs in _parts(test_set, whole)
        for score in _scores(name, pairs, thresholds, resamples, seed)
    ]


def write_scores(path: Path | str, scores: Sequence[Score]) -> None:
    """Write scores as CSV, atomically: columns `COLUMNS`, `NA` for no number."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for score in scores:
        numbers = ["NA" if math.isnan(x) else repr(x) for x in score.interval]
        source = score.threshold_source or "NA"
        writer.writerow([score.test_set, score.metric, *numbers, score.n, source])
    write_text(path, stream.getvalue())


def _check(name: str, pairs: ScoredPairs) -> None:
    wrong = np.flatnonzero(~np.isfinite(pairs.scores))
    if len(wrong):
        raise ProtlangError(
            f"{name}: the score of pair {wrong[0] + 1} is {pairs.scores[wrong[0]]}; "
            "the weights of the network are damaged: train again"
        )


def _parts(test_set: str, pairs: ScoredPairs) -> Iterator[tuple[str, ScoredPairs]]:
    yield test_set, pairs
    short = pairs.lengths.sum(axis=1) <= LONGEST_SHORT_PAIR
    for suffix, chosen in ((SHORT, short), (LONG, ~short)):
        if chosen.any():
            yield test_set + suffix, pairs.where(chosen)


def _scores(
    name: str, pairs: ScoredPairs, thresholds: np.ndarray, resamples: int, seed: int
) -> Iterator[Score]:
    scores, levels, _ = pairs
    count = len(scores)
    found = evaluate(scores, levels, thresholds, resamples, seed)
    yield Score(name, "accuracy", found.pop("accuracy"), count, "development")
    own = predicted_levels(scores, find_thresholds(scores, levels))
    ones = np.ones(count, dtype=np.int64)
    right = (own == levels).astype(np.int64)
    accuracy = bootstrap_share(right, ones, resamples, seed)
    yield Score(name, "accuracy", accuracy, count, "test")
    for metric, interval in found.items():
        yield Score(name, metric, interval, count, "")
