"""Stored predictions of residues or of whole proteins: one Parquet row per protein."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from protlang.alphabet import LABEL_STATES, PROTEIN_CLASSES
from protlang.parquet import read_table, write_table


class Prediction(NamedTuple):
    """What a network says of one protein.

    Attributes:
        id: the protein's.
        probabilities: by head, float32 (length, classes) in the
            order of `protlang.alphabet.LABEL_STATES`.
    """

    id: str
    probabilities: dict[str, np.ndarray]

    def states(self, head: str) -> str:
        """The most probable class of each residue, one letter each."""
        letters = np.frombuffer(LABEL_STATES[head].encode(), dtype="S1")
        best = letters[self.probabilities[head].argmax(axis=1)]
        return bytes(best.tobytes()).decode()


class ProteinPrediction(NamedTuple):
    """What a network says of one protein as a whole.

    Attributes:
        id: the protein's.
        probabilities: by head, float32 (classes,) in the order of
            `protlang.alphabet.PROTEIN_CLASSES`.
        hidden: the features that its heads see, float32 (dimension,).
    """

    id: str
    probabilities: dict[str, np.ndarray]
    hidden: np.ndarray

    def best(self, head: str) -> str:
        """The most probable class."""
        return PROTEIN_CLASSES[head][int(self.probabilities[head].argmax())]


def write_predictions(
    path: Path | str,
    predictions: Iterable[Prediction],
    heads: Sequence[str],
    provenance: Mapping[str, Any],
) -> None:
    """Write the trained heads' predictions, atomically.

    For each head there is a text column of states, one letter per residue, and a
    column `<head>_probabilities`, float32 (length x classes) row by row.
    """
    rows = [_row(prediction, heads) for prediction in predictions]
    write_table(path, pa.Table.from_pylist(rows, schema=_schema(heads)), provenance)


def write_protein_predictions(
    path: Path | str,
    predictions: Iterable[ProteinPrediction],
    provenance: Mapping[str, Any],
) -> None:
    """Write predictions of whole proteins, atomically.

    For each head there is a text column with the most probable class and a column
    `<head>_probabilities`, float32 (classes,); `hidden` is what the heads saw.
    """
    rows = [_protein_row(prediction) for prediction in predictions]
    vector = pa.list_(pa.float32())
    schema = _schema(list(PROTEIN_CLASSES)).append(pa.field("hidden", vector))
    write_table(path, pa.Table.from_pylist(rows, schema=schema), provenance)


def read_states(path: Path | str, head: str) -> dict[str, str]:
    """Predicted states or class of one head by protein id, in the order of the file.

    Raises:
        ProtlangError: if the file is missing, damaged or without that head.
    """
    table, _ = read_table(path, ["id", head])
    return dict(zip(table["id"].to_pylist(), table[head].to_pylist(), strict=True))


def read_hidden(path: Path | str) -> dict[str, np.ndarray]:
    """What the heads of a per-protein network saw, float32 (dimension,) by protein id.

    Raises:
        ProtlangError: if the file is missing, damaged or of another network.
    """
    table, _ = read_table(path, ["id", "hidden"])
    vectors = (vector.values.to_numpy() for vector in table["hidden"])
    return dict(zip(table["id"].to_pylist(), vectors, strict=True))


def _schema(heads: Sequence[str]) -> pa.Schema:
    fields = [("id", pa.string())]
    for head in heads:
        fields.append((head, pa.string()))
        fields.append((f"{head}_probabilities", pa.list_(pa.float32())))
    return pa.schema(fields)


def _row(prediction: Prediction, heads: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"id": prediction.id}
    for head in heads:
        row[head] = prediction.states(head)
        row[f"{head}_probabilities"] = np.ravel(prediction.probabilities[head])
    return row


def _protein_row(prediction: ProteinPrediction) -> dict[str, Any]:
    row: dict[str, Any] = {"id": prediction.id, "hidden": prediction.hidden}
    for head in PROTEIN_CLASSES:
        row[head] = prediction.best(head)
        row[f"{head}_probabilities"] = prediction.probabilities[head]
    return row
