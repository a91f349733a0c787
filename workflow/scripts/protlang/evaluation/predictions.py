"""Stored predictions of residues or of whole proteins: one Parquet row per protein."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from protlang.alphabet import LABEL_STATES, PROTEIN_CLASSES
from protlang.parquet import read_table, write_table


class Prediction(NamedTuple):
    """What a network predicts of one protein.

    Attributes:
        id: the protein's.
        probabilities: by label, float32 (length, classes) of its residues, or
            (classes,) of the whole protein, in the order of
            `protlang.alphabet.LABEL_STATES` or `PROTEIN_CLASSES`.
        hidden: the features before the last layer, float32 (dimension,); None where
            the prediction is one of residues.
    """

    id: str
    probabilities: dict[str, np.ndarray]
    hidden: np.ndarray | None = None

    def best(self, label: str) -> str:
        """The most probable class, or that of each residue, one letter each."""
        best = self.probabilities[label].argmax(axis=-1)
        if label in PROTEIN_CLASSES:
            return PROTEIN_CLASSES[label][int(best)]
        letters = np.frombuffer(LABEL_STATES[label].encode(), dtype="S1")
        return bytes(letters[best].tobytes()).decode()


def write_predictions(
    path: Path | str,
    predictions: Iterable[Prediction],
    labels: Sequence[str],
    provenance: Mapping[str, Any],
) -> None:
    """Write predictions of some labels, all of residues or all of proteins, atomically.

    For each label there is a text column with the most probable class (of residues: one
    letter each) and a column `<label>_probabilities`, float32 (length x classes) row by
    row. Predictions of whole proteins have a column `hidden` besides.
    """
    fields = [("id", pa.string())]
    for label in labels:
        fields.append((label, pa.string()))
        fields.append((f"{label}_probabilities", pa.list_(pa.float32())))
    if any(label in PROTEIN_CLASSES for label in labels):
        fields.append(("hidden", pa.list_(pa.float32())))
    rows = [_row(prediction, labels) for prediction in predictions]
    write_table(path, pa.Table.from_pylist(rows, schema=pa.schema(fields)), provenance)


def read_states(path: Path | str, label: str) -> dict[str, str]:
    """Predicted states or class by protein id, in the order of the file.

    Raises:
        ProtlangError: if the file is missing, damaged or without that label.
    """
    table, _ = read_table(path, ["id", label])
    return dict(zip(table["id"].to_pylist(), table[label].to_pylist(), strict=True))


def read_hidden(path: Path | str) -> dict[str, np.ndarray]:
    """Hidden features of whole proteins, float32 (dimension,) by protein id.

    Raises:
        ProtlangError: if the file is missing, damaged or of another network.
    """
    table, _ = read_table(path, ["id", "hidden"])
    vectors = (vector.values.to_numpy() for vector in table["hidden"])
    return dict(zip(table["id"].to_pylist(), vectors, strict=True))


def _row(prediction: Prediction, labels: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"id": prediction.id, "hidden": prediction.hidden}
    for label in labels:
        row[label] = prediction.best(label)
        row[f"{label}_probabilities"] = np.ravel(prediction.probabilities[label])
    return row
