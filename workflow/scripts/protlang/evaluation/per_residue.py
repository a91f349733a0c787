"""Scores of per-residue predictions against a labelled split.

The primary number is the paper's: the measure of each protein, averaged over proteins.
Other ways to count stand beside it under their names.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from protlang.alphabet import LABEL_STATES
from protlang.errors import ProtlangError
from protlang.evaluation.metrics import (
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
DEFINED_ONLY = "per protein, undefined left out"
RESOLVED = "resolved residues"
EVALUATED = "evaluation mask"


class Measure(NamedTuple):
    """A column of Table 1.

    Attributes:
        label: the predicted label.
        unit: of its values.
        compute: from counts (..., classes, classes) to values (...).
        undefined: value of a protein for which it is not defined, in the primary
            count; NaN leaves the protein out.
    """

    label: str
    unit: str
    compute: Callable[[np.ndarray], np.ndarray]
    undefined: float = np.nan

    def of_proteins(self, counts: np.ndarray) -> np.ndarray:
        """The measure of each protein as the primary count takes it.

        Args:
            counts: (..., classes, classes), those of one protein.

        Returns:
            float64 (...); NaN for a protein that is left out.
        """
        values = self.compute(counts)
        return np.where(np.isnan(values), self.undefined, values)


MEASURES: Mapping[str, Measure] = {
    "Q3": Measure("q3", "percent", accuracy),
    "Q8": Measure("q8", "percent", accuracy),
    "disorder MCC": Measure("disorder", "fraction", matthews, undefined=0.0),
    "disorder FPR": Measure("disorder", "fraction", false_positive_rate, undefined=0.0),
}


def confusion_by_protein(
    proteins: Sequence[Protein],
    prediction_files: Sequence[Path],
    label: str,
    counted: str | None = None,
) -> np.ndarray:
    """Count residues by true and predicted state.

    Args:
        proteins: with the label, and in the order in which they were predicted.
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
    proteins: Sequence[Protein], prediction_files: Sequence[Path], label: str
) -> pd.DataFrame:
    """All measures of one label, counted in every way the data set allows.

    With several seeds a protein's measure is first averaged over them; `seed_sd` is
    the standard deviation over seeds of the mean over proteins.

    Returns:
        One row per measure and way of counting: `metric, unit, counting, value,
        stderr, n, seeds, seed_sd`; NaN where there is no such number.
    """
    rows: list[dict[str, object]] = []
    for selection in _selections(proteins[0], label):
        counts = confusion_by_protein(proteins, prediction_files, label, selection)
        for metric, measure in MEASURES.items():
            if measure.label == label:
                rows.extend(_scores(metric, measure, counts, selection))
    return pd.DataFrame(rows)


def protein_values(
    proteins: Sequence[Protein], prediction_files: Sequence[Path], label: str
) -> pd.DataFrame:
    """The measures of each protein in the primary count, averaged over seeds.

    Their mean over proteins is the value that `score` calls `PER_PROTEIN`.

    Returns:
        Columns `id, metric, value`; NaN for a protein that is left out.
    """
    counts = confusion_by_protein(proteins, prediction_files, label)
    parts = [
        pd.DataFrame(
            {
                "id": [protein.id for protein in proteins],
                "metric": metric,
                "value": measure.of_proteins(counts).mean(axis=0),
            }
        )
        for metric, measure in MEASURES.items()
        if measure.label == label
    ]
    return pd.concat(parts, ignore_index=True)


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
    proteins: Sequence[Protein], prediction_files: Sequence[Path], label: str
) -> pd.DataFrame:
    """Confusion matrix over all residues in long form: `label, seed, true, predicted`.

    `seed` counts the prediction files from 1; `residues` is the count.
    """
    pooled = confusion_by_protein(proteins, prediction_files, label).sum(axis=1)
    states = LABEL_STATES[label]
    return pd.DataFrame(
        {
            "label": label,
            "seed": seed + 1,
            "true": states[true],
            "predicted": states[predicted],
            "residues": residues,
        }
        for (seed, true, predicted), residues in np.ndenumerate(pooled)
    )


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
    metric: str, measure: Measure, counts: np.ndarray, selection: str | None
) -> Iterator[dict[str, object]]:
    suffix = f", {selection}" if selection else ""
    # by counting (seeds, proteins)
    countings = {f"{PER_PROTEIN}{suffix}": measure.of_proteins(counts)}
    if not np.isnan(measure.undefined):
        countings[DEFINED_ONLY] = measure.compute(counts)
    for counting, per_protein in countings.items():
        estimate = mean_over_proteins(per_protein.mean(axis=0))
        by_seed = np.array([mean_over_proteins(seed).value for seed in per_protein])
        yield _score(metric, measure, counting, *estimate, by_seed)
    pooled = measure.compute(counts.sum(axis=1))
    yield _score(
        metric,
        measure,
        f"{POOLED}{suffix}",
        float(pooled.mean()),
        float("nan"),
        counts.shape[1],
        pooled,
    )


def _score(
    metric: str,
    measure: Measure,
    counting: str,
    value: float,
    stderr: float,
    n: int,
    by_seed: np.ndarray,
) -> dict[str, object]:
    return {
        "metric": metric,
        "unit": measure.unit,
        "counting": counting,
        "value": value,
        "stderr": stderr,
        "n": n,
        "seeds": len(by_seed),
        "seed_sd": float(by_seed.std(ddof=1)) if len(by_seed) > 1 else float("nan"),
    }
