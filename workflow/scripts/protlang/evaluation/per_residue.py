"""Scores of per-residue predictions against a labelled split.

The primary number is the paper's: the measure of each protein, averaged over proteins.
Other ways to count are reported beside it under their names.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from protlang.alphabet import LABEL_STATES
from protlang.errors import ProtlangError
from protlang.evaluation.measure import (
    Measure,
    concatenate,
    confusion_rows,
    summary,
)
from protlang.evaluation.metrics import (
    Estimate,
    accuracy,
    confusion_counts,
    false_positive_rate,
    matthews,
    mean_over_proteins,
)
from protlang.evaluation.predictions import read_states
from protlang.files import require_file
from protlang.proteins import Protein

PER_PROTEIN = "per protein"
POOLED = "pooled"
MISSED_AS_ZERO = "per protein, missed disorder as 0"
AS_ZERO = "per protein, undefined as 0"
RESOLVED = "resolved residues"
EVALUATED = "evaluation mask"


def matthews_of_disordered(counts: np.ndarray) -> np.ndarray:
    """Matthews correlation; NaN where the truth lacks a class, whatever is predicted.

    It is 0 where only the predictions lack one: a network that predicts no disorder in
    a protein that has some is not spared it.

    Args:
        counts: (..., 2, 2), the positive class second.
    """
    has_both = (counts.sum(axis=-1) > 0).all(axis=-1)
    return np.where(has_both, np.nan_to_num(matthews(counts)), np.nan)


MEASURES: Mapping[str, Measure] = {
    "Q3": Measure("q3", "percent", accuracy),
    "Q8": Measure("q8", "percent", accuracy),
    "disorder MCC": Measure("disorder", "fraction", matthews),
    "disorder FPR": Measure("disorder", "fraction", false_positive_rate),
}

_OTHER_RULES: Mapping[str, Mapping[str, Measure]] = {
    "disorder MCC": {
        MISSED_AS_ZERO: Measure("disorder", "fraction", matthews_of_disordered),
        AS_ZERO: Measure("disorder", "fraction", matthews, undefined=0.0),
    },
    "disorder FPR": {
        AS_ZERO: Measure("disorder", "fraction", false_positive_rate, undefined=0.0)
    },
}
"""For proteins of which a measure is undefined, by metric and way of counting; in
`MEASURES` they are left out."""


def confusion_by_protein(
    proteins: Sequence[Protein],
    prediction_files: Sequence[Path],
    label: str,
    counted: str | None = None,
) -> np.ndarray:
    """Count residues by true and predicted state.

    Args:
        proteins: with the label.
        prediction_files: one per training seed.
        label: `q3`, `q8` or `disorder`.
        counted: `RESOLVED` or `EVALUATED` to count only such residues.

    Returns:
        Integers (seeds, proteins, true class, predicted class).

    Raises:
        ProtlangError: if predictions are missing or of other lengths.
    """
    counts = []
    for path in prediction_files:
        states = read_states(path, label)
        for protein in proteins:
            predicted = states.get(protein.id, "")
            if len(predicted) != len(protein.sequence):
                raise ProtlangError(
                    f"{path} has {len(predicted)} {label} predictions for "
                    f"{protein.id}, which has {len(protein.sequence)} residues; delete "
                    "the file and predict again"
                )
            counts.append(
                confusion_counts(
                    protein.labels[label],
                    predicted,
                    LABEL_STATES[label],
                    _selection(protein, counted),
                )
            )
    classes = len(LABEL_STATES[label])
    return np.reshape(counts, (len(prediction_files), len(proteins), classes, classes))


def score(
    proteins: Sequence[Protein], prediction_files: Sequence[Path], labels: Sequence[str]
) -> pd.DataFrame:
    """All measures of some labels, counted in every way the data set allows.

    With several seeds the value is the mean of what each of them reaches, `seed_sd`
    their standard deviation. For its error, each protein's measure is first averaged
    over the seeds that define it; `n` counts the proteins of at least one seed.

    Returns:
        One row per measure and way of counting: `metric, unit, counting, value,
        stderr, n, seeds, seed_sd`; NaN where there is no such number.
    """
    rows: list[dict[str, object]] = []
    for label in labels:
        for selection in _selections(proteins[0], label):
            counts = confusion_by_protein(proteins, prediction_files, label, selection)
            for metric, measure in _measures(label):
                facts = {"metric": metric, "unit": measure.unit}
                rows += [
                    {**facts, **scored} for scored in _scores(metric, counts, selection)
                ]
    return pd.DataFrame(rows)


def protein_values(
    proteins: Sequence[Protein], prediction_files: Sequence[Path], labels: Sequence[str]
) -> pd.DataFrame:
    """The measures of each protein in the primary count, averaged over seeds.

    Over those in which it is defined, if there are any.

    Their mean over proteins is the value that `score` calls `PER_PROTEIN`, but for
    proteins that only some seeds leave out.

    Returns:
        Columns `id, metric, value`; NaN for a protein that is left out.
    """
    identifiers = [protein.id for protein in proteins]
    parts = []
    for label in labels:
        counts = confusion_by_protein(proteins, prediction_files, label)
        for metric, measure in _measures(label):
            values = _over_seeds(measure.compute(counts))
            columns = {"id": identifiers, "metric": metric, "value": values}
            parts.append(pd.DataFrame(columns))
    return concatenate(parts)


def read_protein_values(path: Path | str) -> pd.DataFrame:
    """Read a file of per-protein values, bit by bit as `protein_values` made them.

    Raises:
        ProtlangError: if the file is missing or holds something else.
    """
    require_file(path, "run the workflow's target that scores the predictions")
    try:
        return pd.read_csv(
            path,
            usecols=["id", "metric", "value"],
            dtype={"id": str, "metric": str, "value": float},
            keep_default_na=False,
            na_values={"value": ["NA"]},
        )
    except ValueError as error:
        raise ProtlangError(
            f"{path} does not hold the columns id, metric, value ({error}); delete it "
            "and score the predictions again"
        ) from error


def confusion_table(
    proteins: Sequence[Protein], prediction_files: Sequence[Path], labels: Sequence[str]
) -> pd.DataFrame:
    """Confusion matrices over all residues in long form.

    Returns:
        Columns `label, seed, true, predicted, residues`; `seed` counts the prediction
        files from 1.
    """
    parts = []
    for label in labels:
        pooled = confusion_by_protein(proteins, prediction_files, label).sum(axis=1)
        parts.append(confusion_rows(label, LABEL_STATES[label], pooled, "residues"))
    return concatenate(parts)


TABLES = {"scores": score, "confusion": confusion_table, "proteins": protein_values}
"""What is computed from the predictions for a test set, by name."""


def _measures(label: str) -> Iterator[tuple[str, Measure]]:
    return ((name, each) for name, each in MEASURES.items() if each.label == label)


def _selections(protein: Protein, label: str) -> Iterator[str | None]:
    """Which residues to count: all, and for structure also subsets of them."""
    yield None
    if label != "disorder" and "disorder" in protein.labels:
        yield RESOLVED
    if label != "disorder" and "mask" in protein.labels:
        yield EVALUATED


def _selection(protein: Protein, counted: str | None) -> str | None:
    if counted is None:
        return None
    if counted == EVALUATED:
        return protein.labels["mask"]
    return protein.labels["disorder"].translate(str.maketrans("01", "10"))


def _scores(
    metric: str, counts: np.ndarray, selection: str | None
) -> Iterator[dict[str, object]]:
    measure = MEASURES[metric]
    suffix = f", {selection}" if selection else ""
    # by counting (seeds, proteins)
    countings = {f"{PER_PROTEIN}{suffix}": measure.compute(counts)}
    for counting, other in _OTHER_RULES.get(metric, {}).items():
        countings[counting] = other.compute(counts)
    for counting, per_protein in countings.items():
        estimate = mean_over_proteins(_over_seeds(per_protein))
        by_seed = np.array([mean_over_proteins(seed).value for seed in per_protein])
        # What one training reaches on average, and `seed_sd` is the spread of.
        estimate = estimate._replace(value=float(_over_seeds(by_seed)))
        yield {"counting": counting, **summary(by_seed, *estimate)}
    pooled = measure.ratio(counts.sum(axis=1))
    estimate = Estimate(float(pooled.mean()), float("nan"), counts.shape[1])
    yield {"counting": f"{POOLED}{suffix}", **summary(pooled, *estimate)}


def _over_seeds(values: np.ndarray) -> np.ndarray:
    """Mean over seeds, the first axis, of known values; NaN where there is none."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
