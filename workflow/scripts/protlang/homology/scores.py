"""Scores of pairs by networks and alignments: on disk, as measures, and compared.

A score is higher for more similar domains; a network's is its expected level, 0 to 4.
Files of single pairs have the columns `id_a, id_b, level, score, length_a, length_b`;
there may be more.

Thresholds of the levels come from development pairs, or as in the paper from the test
pairs themselves. Pairs are short or long by the residues of both domains, as for
Figure 2.

Sources: PLUS, Sections 4.3 and 4.5, Tables 3, 5 and 6, Figure 2.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from protlang.errors import ProtlangError
from protlang.evaluation.statistics import RESAMPLES, Difference
from protlang.files import write_text
from protlang.homology.domain_resampling import (
    difference_of_correlations,
    difference_of_shares,
    domain_numbers,
    share_of_pairs,
)
from protlang.homology.measures import (
    Measure,
    SteigerTest,
    compare_correlations,
    evaluate,
    find_thresholds,
    predicted_levels,
    spread,
)
from protlang.homology.pair_sets import LONG, LONGEST_SHORT_PAIR, SHORT
from protlang.parquet import read_table, write_table

SCORE_COLUMNS = (
    "test_set",
    "metric",
    "value",
    "stderr",
    "low",
    "high",
    "n",
    "threshold_source",
    "seeds",
    "seed_sd",
)

_PAIR_COLUMNS = ("id_a", "id_b", "level", "score", "length_a", "length_b")


class _Scored(Protocol):
    """Pairs with scores; the attributes are those of `ScoredPairs`."""

    @property
    def scores(self) -> np.ndarray: ...
    @property
    def levels(self) -> np.ndarray: ...
    @property
    def lengths(self) -> np.ndarray: ...
    @property
    def ids(self) -> list[tuple[str, str]]: ...


class PairScores(NamedTuple):
    """Scores of pairs by one method.

    Attributes:
        ids: of the two domains of each pair.
        levels: 0 to 4, int64 (pairs,).
        scores: float64 (pairs,).
        lengths: residues of both domains, int64 (pairs, 2).
        provenance: of the pairs and of the method.
    """

    ids: list[tuple[str, str]]
    levels: np.ndarray
    scores: np.ndarray
    lengths: np.ndarray
    provenance: dict[str, Any]

    def score_of(self, ids: tuple[str, str]) -> float:
        """The score of one pair.

        Raises:
            ProtlangError: if it is not among the pairs.
        """
        if ids not in self.ids:
            raise ProtlangError(
                f"the pair {ids[0]}, {ids[1]} has no score; score the pairs that it "
                "was chosen from again"
            )
        return float(self.scores[self.ids.index(ids)])


def write_pair_scores(
    path: Path | str,
    pairs: PairScores,
) -> None:
    """Write scores, such as an alignment's, as Parquet, atomically."""
    values = (*zip(*pairs.ids, strict=True), pairs.levels, pairs.scores)
    columns = zip(_PAIR_COLUMNS, (*values, *np.transpose(pairs.lengths)), strict=True)
    write_table(path, dict(columns), pairs.provenance)


def read_pair_scores(path: Path | str) -> PairScores:
    """Read what `write_pair_scores` wrote, or a network's predictions.

    Raises:
        ProtlangError: if the file is missing, is not such a file, or a score is not
            finite.
    """
    table, provenance = read_table(path, _PAIR_COLUMNS)
    columns = table.to_pydict()
    scores = np.array(columns["score"], dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(scores))
    if len(wrong):
        raise ProtlangError(
            f"{path}, pair {wrong[0] + 1}: the score is not finite; score the pairs "
            "again"
        )
    return PairScores(
        list(zip(columns["id_a"], columns["id_b"], strict=True)),
        np.array(columns["level"], dtype=np.int64),
        scores,
        np.transpose([columns["length_a"], columns["length_b"]]).astype(np.int64),
        provenance,
    )


def require_same_pairs(*methods: PairScores) -> None:
    """Make sure that methods have scored the same pairs in the same order.

    Raises:
        ProtlangError: if they have not.
    """
    first = methods[0]
    for other in methods[1:]:
        if first.ids != other.ids:
            raise ProtlangError(
                f"two methods to compare scored different pairs ({len(first.ids):,} "
                f"and {len(other.ids):,}); score the same pairs with both"
            )


def compare_methods(first: PairScores, second: PairScores) -> SteigerTest:
    """Steiger's test of whether the first method's scores fit the levels better.

    Raises:
        ProtlangError: if the methods have not scored the same pairs.
    """
    require_same_pairs(first, second)
    return compare_correlations(first.scores, second.scores, first.levels)


def paired_difference(
    first: PairScores, second: PairScores, metric: str, resamples: int = RESAMPLES
) -> Difference:
    """The second method's measure minus the first's, on the same drawn domains.

    Args:
        first: scores by one method.
        second: scores of the same pairs by another.
        metric: `pearson_r`, or `accuracy` with thresholds from these pairs.
        resamples: sets of domains to draw.

    Raises:
        ProtlangError: if the methods have not scored the same pairs.
    """
    require_same_pairs(first, second)
    domains, levels = domain_numbers(first.ids), first.levels
    if metric == "pearson_r":
        return difference_of_correlations(
            first.scores, second.scores, levels, domains, resamples
        )
    right = [
        predicted_levels(one.scores, find_thresholds(one.scores, levels)) == levels
        for one in (first, second)
    ]
    return difference_of_shares(right[0], right[1], domains, resamples)


class ScoredPairs(NamedTuple):
    """Scores of some pairs by a method.

    Attributes:
        scores: higher for more similar domains, finite, by training, (trainings,
            pairs).
        levels: the truth, 0 to 4, (pairs,).
        lengths: residues of both domains, (pairs, 2).
        domains: numbers of both domains, (pairs, 2).
    """

    scores: np.ndarray
    levels: np.ndarray
    lengths: np.ndarray
    domains: np.ndarray

    @classmethod
    def of(cls, pairs: _Scored, *others: _Scored) -> "ScoredPairs":
        """Those of a method, such as a network's `LevelPredictions`.

        Args:
            pairs: by its first training, or by a method that is not trained.
            others: the same pairs by further trainings.
        """
        scores = np.array([one.scores for one in (pairs, *others)])
        domains = domain_numbers(pairs.ids)
        return cls(scores, pairs.levels, pairs.lengths, domains)

    def where(self, chosen: np.ndarray) -> "ScoredPairs":
        """Some of the pairs, bool (pairs,)."""
        columns = (column[chosen] for column in self[1:])
        return ScoredPairs(self.scores[:, chosen], *columns)

    def thresholds(self) -> list[np.ndarray]:
        """Those of each training that fit these pairs best."""
        return [find_thresholds(own, self.levels) for own in self.scores]


class Score(NamedTuple):
    """One line of the file.

    Attributes:
        test_set: its name, with `SHORT` or `LONG` for a part of it.
        metric: one of `protlang.homology.measures.MEASURES`.
        measured: as fractions.
        n: pairs.
        threshold_source: `development` or `test`; empty if there are no thresholds.
        seeds: trainings of the method; 0 of an alignment.
    """

    test_set: str
    metric: str
    measured: Measure
    n: int
    threshold_source: str
    seeds: int


def score_homology(
    test_sets: Mapping[str, ScoredPairs],
    development: ScoredPairs,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Score]:
    """Score a method on all pairs of each test set, and on its short and long ones.

    Args:
        test_sets: by name; the development pairs may be one of them.
        development: the method's scores of the development pairs, for the thresholds.
        resamples: sets of domains to draw for the intervals.
        seed: of the draws.

    Returns:
        By test set, then its parts that have pairs, each with the accuracy by both
        kinds of thresholds.

    Raises:
        ProtlangError: if a score is not finite.
    """
    for name, pairs in {**test_sets, "development": development}.items():
        _check(name, pairs)
    thresholds = development.thresholds()
    return [
        score
        for test_set, whole in test_sets.items()
        for name, pairs in _parts(test_set, whole)
        for score in _scores(name, pairs, thresholds, resamples, seed)
    ]


def write_scores(path: Path | str, scores: Sequence[Score]) -> None:
    """Write scores as CSV, atomically: columns `SCORE_COLUMNS`, `NA` for no number."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(SCORE_COLUMNS)
    for score in scores:
        numbers = list(map(_text, score.measured.interval))
        training = [score.seeds or "NA", _text(score.measured.seed_sd)]
        source = score.threshold_source or "NA"
        place = [score.test_set, score.metric]
        writer.writerow([*place, *numbers, score.n, source, *training])
    write_text(path, stream.getvalue())


def _text(number: float) -> str:
    return "NA" if math.isnan(number) else repr(number)


def _check(name: str, pairs: ScoredPairs) -> None:
    training, pair = np.nonzero(~np.isfinite(pairs.scores))
    if len(pair):
        score = pairs.scores[training[0], pair[0]]
        raise ProtlangError(
            f"{name}: the score of pair {pair[0] + 1} is {score}; the weights "
            "of the network are damaged: train again"
        )


def _parts(test_set: str, pairs: ScoredPairs) -> Iterator[tuple[str, ScoredPairs]]:
    yield test_set, pairs
    short = pairs.lengths.sum(axis=1) <= LONGEST_SHORT_PAIR
    for suffix, chosen in ((SHORT, short), (LONG, ~short)):
        if chosen.any():
            yield test_set + suffix, pairs.where(chosen)


def _scores(
    name: str,
    pairs: ScoredPairs,
    thresholds: Sequence[np.ndarray],
    resamples: int,
    seed: int,
) -> Iterator[Score]:
    scores, levels, _, domains = pairs
    count, seeds = len(levels), len(scores)
    found = evaluate(scores, levels, thresholds, domains, resamples, seed)
    accuracy = found.pop("accuracy")
    yield Score(name, "accuracy", accuracy, count, "development", seeds)
    own = _fitted_accuracy(pairs, resamples, seed)
    yield Score(name, "accuracy", own, count, "test", seeds)
    for metric, measured in found.items():
        yield Score(name, metric, measured, count, "", seeds)


def _fitted_accuracy(pairs: ScoredPairs, resamples: int, seed: int) -> Measure:
    """Accuracy with thresholds from the same pairs."""
    trainings = zip(pairs.scores, pairs.thresholds(), strict=True)
    right = np.array(
        [predicted_levels(own, limits) == pairs.levels for own, limits in trainings]
    )
    shares = share_of_pairs(right.mean(axis=0), pairs.domains, resamples, seed)
    return Measure(shares, spread(right.mean(axis=1)))
