"""Predictions of fine-tuned models for proteins, as Parquet: one row per protein.

Columns: `id`; `truth`, null where the protein has no label; `prediction`, a number, a
class, or a letter per residue (a topology is decoded); `probabilities` of classes,
float32 (classes,) or (length x classes) row by row, null for numbers; `mask`, null
where there is none. Provenance stands in the schema's metadata.
"""

import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import torch

from protlang.errors import ProtlangError
from protlang.finetuning.network import FineTuned
from protlang.parquet import read_table, write_table
from protlang.proteins import Protein
from protlang.tasks.measures import Score, StoredPrediction
from protlang.tasks.task import SupervisedTask

_AGAIN = "delete it and predict again"

_DECODED_TOGETHER = 128
"""Proteins."""


class ProteinPrediction(NamedTuple):
    """Prediction of a model for one protein.

    Attributes:
        id: the protein's.
        prediction: a number, a class, or one letter per residue.
        probabilities: of its classes, float32 (classes,), or of its residues', float32
            (length, classes); None of a number.
    """

    id: str
    prediction: str | float
    probabilities: np.ndarray | None


def predict(
    model: FineTuned, proteins: Iterable[Protein]
) -> Iterator[ProteinPrediction]:
    """Predict proteins one by one, so that none can influence another's bits.

    Topologies are decoded some proteins at a time, each as if it were alone.

    Args:
        model: is put into evaluation mode; computes where it is, in float32.
        proteins: with embeddings if the model reads them.
    """
    model.eval()
    remaining = iter(proteins)
    while group := list(islice(remaining, _DECODED_TOGETHER)):
        outputs = [_outputs(model, protein) for protein in group]
        named = [protein.id for protein in group]
        yield from _predictions(model.task, named, outputs)


def write_predictions(
    path: Path | str,
    task: SupervisedTask,
    proteins: Sequence[Protein],
    predictions: Iterable[ProteinPrediction],
    provenance: Mapping[str, Any],
) -> None:
    """Write predictions beside the truth, atomically.

    Args:
        path: of the Parquet file.
        task: that was predicted.
        proteins: in the order of the predictions.
        predictions: of `predict`.
        provenance: what made them; the task's name and classes are added.
    """
    rows = [
        {
            "id": protein.id,
            "truth": task.truth(protein),
            "prediction": prediction.prediction,
            "probabilities": _flat(prediction.probabilities),
            "mask": protein.labels.get("mask") if task.level == "residue" else None,
        }
        for protein, prediction in zip(proteins, predictions, strict=True)
    ]
    facts = {**provenance, "task": task.name, "classes": list(task.classes)}
    write_table(path, pa.Table.from_pylist(rows, schema=_schema(task)), facts)


def read_predictions(path: Path | str, task: SupervisedTask) -> list[StoredPrediction]:
    """Read the predictions of proteins whose truth is known.

    Raises:
        ProtlangError: if the file is missing, damaged or of another task.
    """
    table = _table(path, task)
    rows = table.to_pylist()
    return [_stored(row, task, path) for row in rows if row["truth"] is not None]


def score(
    test_sets: Mapping[str, Sequence[Path]], task: SupervisedTask
) -> pd.DataFrame:
    """Score a model on test sets.

    Args:
        test_sets: prediction files, one per training seed, by test set.
        task: that was predicted.

    Returns:
        One row per test set and measure: `test_set, metric, value, stderr, low, high,
        n, seeds, seed_sd`; fractions, `n` proteins, standard deviation of the seeds'
        own values (NaN of a single one).

    Raises:
        ProtlangError: if a file cannot be read, has no known truth, or has other
            proteins than that of the first seed.
    """
    rows = []
    for test_set, files in test_sets.items():
        predictions = [read_predictions(path, task) for path in files]
        _require_same(predictions, files)
        for metric, measure in task.measures.items():
            found = measure(predictions)
            if found is not None:
                row = {"test_set": test_set, "metric": metric}
                counts = {"n": found.n, "seeds": len(files)}
                spread = {"seed_sd": _seed_sd([measure([one]) for one in predictions])}
                rows.append({**row, **found.interval._asdict(), **counts, **spread})
    return pd.DataFrame(rows)


def _seed_sd(by_seed: Sequence[Score | None]) -> float:
    """Standard deviation over trainings; NaN below two."""
    values = [found.interval.value for found in by_seed if found is not None]
    return statistics.stdev(values) if len(values) > 1 else math.nan


def _outputs(model: FineTuned, protein: Protein) -> np.ndarray:
    """Probabilities of classes, or a number, float32 (1 or length, outputs)."""
    with torch.inference_mode():
        scores = model([model.example(protein)]).scores.float().cpu()
        outputs = scores.softmax(dim=1) if model.task.classes else scores
        return np.asarray(outputs)


def _predictions(
    task: SupervisedTask, identifiers: Sequence[str], outputs: Sequence[np.ndarray]
) -> Iterator[ProteinPrediction]:
    if task.decode is None:
        yield from map(partial(_prediction, task), identifiers, outputs)
    else:
        yield from map(ProteinPrediction, identifiers, task.decode(outputs), outputs)


def _prediction(
    task: SupervisedTask, identifier: str, outputs: np.ndarray
) -> ProteinPrediction:
    if not task.classes:
        return ProteinPrediction(identifier, float(outputs[0, 0]), None)
    if task.level == "protein":
        best = task.classes[int(outputs[0].argmax())]
        return ProteinPrediction(identifier, best, outputs[0])
    letters = "".join(task.classes[place] for place in outputs.argmax(axis=1))
    return ProteinPrediction(identifier, letters, outputs)


def _flat(probabilities: np.ndarray | None) -> np.ndarray | None:
    return None if probabilities is None else probabilities.ravel()


def _schema(task: SupervisedTask) -> pa.Schema:
    kind = pa.string() if task.classes else pa.float64()
    return pa.schema(
        [
            ("id", pa.string()),
            ("truth", kind),
            ("prediction", kind),
            ("probabilities", pa.list_(pa.float32())),
            ("mask", pa.string()),
        ]
    )


def _table(path: Path | str, task: SupervisedTask) -> pa.Table:
    table, metadata = read_table(path, _schema(task).names)
    if metadata["task"] != task.name:
        raise ProtlangError(
            f"{path} holds predictions of the task {metadata['task']}, not "
            f"{task.name}; give the right file"
        )
    return table


def _stored(
    row: Mapping[str, Any], task: SupervisedTask, path: Path | str
) -> StoredPrediction:
    probabilities = row["probabilities"]
    if probabilities is not None:
        probabilities = np.array(probabilities, dtype=np.float32)
    if task.level == "residue":
        probabilities = probabilities.reshape(-1, task.outputs)
        lengths = {len(row["truth"]), len(row["prediction"]), len(probabilities)}
        if len(lengths) > 1:
            raise ProtlangError(
                f"{path}: truth and prediction of {row['id']} differ in length; "
                f"{_AGAIN}"
            )
    truth, prediction = row["truth"], row["prediction"]
    return StoredPrediction(row["id"], truth, prediction, probabilities, row["mask"])


def _require_same(
    predictions: Sequence[Sequence[StoredPrediction]], files: Sequence[Path]
) -> None:
    expected = [prediction.id for prediction in predictions[0]]
    if not expected:
        raise ProtlangError(
            f"{files[0]} has no protein with a known truth to score; choose another "
            "test set"
        )
    for path, found in zip(files, predictions, strict=True):
        if [prediction.id for prediction in found] != expected:
            raise ProtlangError(
                f"{path} has other proteins than {files[0]}; predict both again"
            )
