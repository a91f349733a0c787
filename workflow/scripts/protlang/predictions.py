"""Stored predictions of per-residue networks: one Parquet row per protein."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file
from protlang.vocabulary import LABEL_STATES

_METADATA_KEY = b"protlang"


class Prediction(NamedTuple):
    """What a network says of one protein.

    Attributes:
        id: the protein's.
        probabilities: by head, float32 (length, classes) in the
            order of `protlang.vocabulary.LABEL_STATES`.
    """

    id: str
    probabilities: dict[str, np.ndarray]

    def states(self, head: str) -> str:
        """The most probable class of each residue, one letter each."""
        letters = np.frombuffer(LABEL_STATES[head].encode(), dtype="S1")
        best = letters[self.probabilities[head].argmax(axis=1)]
        return bytes(best.tobytes()).decode()


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
    table = pa.Table.from_pylist(rows, schema=_schema(heads)).replace_schema_metadata(
        {_METADATA_KEY: json.dumps(dict(provenance)).encode()}
    )
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary)


def read_states(path: Path | str, head: str) -> dict[str, str]:
    """Predicted states of one head by protein id, in the order of the file.

    Raises:
        ProtlangError: if the file is missing, damaged or without that head.
    """
    require_file(path, "run the workflow's target that predicts it")
    try:
        table = pq.read_table(path, columns=["id", head])
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise ProtlangError(
            f"{path} is damaged or has no {head} predictions ({error}); delete it and "
            "predict again"
        ) from error
    return dict(zip(table["id"].to_pylist(), table[head].to_pylist(), strict=True))


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
