"""Scores of per-protein predictions against a labelled split.

Every measure is computed over all test proteins together; its standard error is that of
the paper's bootstrap. Proteins without a known class of a label do not count for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from protlang.alphabet import PROTEIN_CLASSES
from protlang.errors import ProtlangError
from protlang.evaluation.measure import (
    Measure,
    concatenate,
    confusion_rows,
    summary,
)
from protlang.evaluation.metrics import accuracy, gorodkin, matthews
from protlang.evaluation.predictions import read_states
from protlang.evaluation.statistics import (
    bootstrap,
    confusion_of_systems,
    paired_bootstrap,
)
from protlang.proteins import Protein

MEASURES: Mapping[str, Measure] = {
    "Q10": Measure("location", "percent", accuracy, undefined=0.0),
    "Gorodkin MCC": Measure("location", "fraction", gorodkin, undefined=0.0),
    "Q2": Measure("membrane", "percent", accuracy, undefined=0.0),
    "membrane MCC": Measure("membrane", "fraction", matthews, undefined=0.0),
}
"""Only a correlation can be undefined: if all proteins are, or are predicted, alike."""

COMPARISON = [
    *("first", "second", "metric", "unit"),
    *("difference", "low", "high", "p_value", "n"),
]
"""Columns of a table that compares methods."""


class Outcome(NamedTuple):
    """What was true and what was predicted of one label.

    Attributes:
        truth: class indices (proteins,) of those whose class is known.
        predicted: class indices (seeds, proteins).
    """

    truth: np.ndarray
    predicted: np.ndarray


def outcome(
    proteins: Sequence[Protein], prediction_files: Sequence[Path], label: str
) -> Outcome:
    """Compare predictions with the proteins' classes.

    Args:
        proteins: with the label.
        prediction_files: one per training seed.
        label: of `protlang.alphabet.PROTEIN_CLASSES`.

    Raises:
        ProtlangError: if a protein has no prediction, or one of no known class.
    """
    classes = PROTEIN_CLASSES[label]
    known = [protein for protein in proteins if protein.classes[label] in classes]
    truth = [classes.index(protein.classes[label]) for protein in known]
    predicted = [_predicted(known, path, label) for path in prediction_files]
    shape = (len(prediction_files), len(known))
    return Outcome(np.array(truth, dtype=np.int64), np.reshape(predicted, shape))


def score(
    proteins: Sequence[Protein], prediction_files: Sequence[Path], labels: Sequence[str]
) -> pd.DataFrame:
    """All measures of some labels.

    With several seeds a measure is the mean over them, in every resampled test set as
    in the observed one; `seed_sd` is the standard deviation over seeds.

    Returns:
        One row per measure: `metric, unit, value, stderr, n, seeds, seed_sd`; NaN where
        there is no such number.
    """
    rows = []
    for label in labels:
        found = outcome(proteins, prediction_files, label)
        for metric, measure in MEASURES.items():
            if measure.label == label:
                facts = {"metric": metric, "unit": measure.unit}
                rows.append({**facts, **_score(measure, found)})
    return pd.DataFrame(rows)


def confusion_table(
    proteins: Sequence[Protein], prediction_files: Sequence[Path], labels: Sequence[str]
) -> pd.DataFrame:
    """Confusion matrices in long form.

    Returns:
        Columns `label, seed, true, predicted, proteins`; `seed` counts the prediction
        files from 1.
    """
    parts = []
    for label in labels:
        classes = PROTEIN_CLASSES[label]
        found = outcome(proteins, prediction_files, label)
        counts = confusion_of_systems(*found, len(classes))
        parts.append(confusion_rows(label, classes, counts, "proteins"))
    return concatenate(parts)


TABLES = {"scores": score, "confusion": confusion_table}
"""What is computed from the predictions for a test set, by name."""


def compare(
    proteins: Sequence[Protein], first: Sequence[Path], second: Sequence[Path]
) -> Iterator[dict[str, object]]:
    """Paired bootstrap between two methods, given the prediction files of each.

    Yields:
        For each measure `metric, unit, difference` (second minus first), `low` and
        `high` (95 % interval), `p_value, n`; none for a label that no protein has.
    """
    for metric, measure in MEASURES.items():
        truth, ours = outcome(proteins, first, measure.label)
        _, theirs = outcome(proteins, second, measure.label)
        if len(truth) == 0:
            continue
        classes = len(PROTEIN_CLASSES[measure.label])
        found = paired_bootstrap(truth, ours, theirs, classes, measure.compute)
        yield {
            "metric": metric,
            "unit": measure.unit,
            **found.columns(),
            "n": len(truth),
        }


def compare_all(
    proteins: Sequence[Protein], methods: Mapping[str, Sequence[Path]]
) -> pd.DataFrame:
    """Paired bootstrap between any two methods.

    Args:
        proteins: of the test set.
        methods: prediction files, one per seed, by the name of the method.

    Returns:
        The columns `COMPARISON`; `difference` is the second's measure minus the
        first's.
    """
    rows = [
        {"first": first, "second": second, **row}
        for first, second in combinations(methods, 2)
        for row in compare(proteins, methods[first], methods[second])
    ]
    return pd.DataFrame(rows, columns=COMPARISON)


def _predicted(proteins: Sequence[Protein], path: Path, label: str) -> list[int]:
    classes = PROTEIN_CLASSES[label]
    states = read_states(path, label)
    for protein in proteins:
        if states.get(protein.id) not in classes:
            raise ProtlangError(
                f"{path} predicts the {label} {states.get(protein.id)!r} for "
                f"{protein.id}, which is none of {', '.join(classes)}; delete the file "
                "and predict again"
            )
    return [classes.index(states[protein.id]) for protein in proteins]


def _score(measure: Measure, found: Outcome) -> dict[str, float]:
    truth, predicted = found
    classes = len(PROTEIN_CLASSES[measure.label])
    by_seed = np.full(len(predicted), np.nan)
    if len(truth):
        by_seed = measure.compute(confusion_of_systems(truth, predicted, classes))
    stderr = bootstrap(truth, predicted, classes, measure.compute)
    return summary(by_seed, float(by_seed.mean()), stderr, len(truth))
