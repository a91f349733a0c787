import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders import certain_prediction
from protlang.errors import ProtlangError
from protlang.predictions import Prediction, read_states, write_predictions

CLASSES = {"q3": 3, "q8": 8, "disorder": 2}


def random_prediction(identifier: str, length: int, seed: int = 0) -> Prediction:
    scores = np.random.default_rng(seed)
    probabilities = {}
    for head, classes in CLASSES.items():
        drawn = scores.random((length, classes))
        drawn /= drawn.sum(axis=1, keepdims=True)
        probabilities[head] = drawn.astype(np.float32)
    return Prediction(identifier, probabilities)


def test_probabilities_come_back_bit_by_bit(tmp_path: Path) -> None:
    predictions = [random_prediction("b", 5), random_prediction("a/../x", 1, seed=1)]
    path = tmp_path / "p.parquet"
    write_predictions(path, iter(predictions), list(CLASSES), {"seed": 1})
    table = pq.read_table(path)
    assert table["id"].to_pylist() == ["b", "a/../x"]
    for head, classes in CLASSES.items():
        column = table[f"{head}_probabilities"]
        assert column.type == pa.list_(pa.float32())
        for prediction, stored in zip(predictions, column, strict=True):
            values = stored.values.to_numpy().reshape(-1, classes)
            assert np.array_equal(values, prediction.probabilities[head])
            np.testing.assert_allclose(values.sum(axis=1), 1, atol=1e-6)
    assert json.loads(pq.read_schema(path).metadata[b"protlang"]) == {"seed": 1}


def test_states_are_the_most_probable_classes_in_the_order_of_the_file(
    tmp_path: Path,
) -> None:
    states = {"b": "GHIBESTC", "a": "C", "c": "EE"}
    predictions = [certain_prediction(key, q8=text) for key, text in states.items()]
    write_predictions(tmp_path / "p.parquet", predictions, ["q8"], {})
    assert list(read_states(tmp_path / "p.parquet", "q8").items()) == list(
        states.items()
    )


@pytest.mark.parametrize(
    ("head", "rows", "states"),
    [
        ("q3", [[0.5, 0.2, 0.3], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]], "HCE"),
        ("disorder", [[0.49, 0.51], [0.51, 0.49], [0.5, 0.5]], "100"),
    ],
)
def test_states_by_hand(head: str, rows: list[list[float]], states: str) -> None:
    prediction = Prediction("a", {head: np.array(rows, dtype=np.float32)})
    assert prediction.states(head) == states


def test_only_trained_heads_are_written(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.parquet", [random_prediction("a", 2)], ["q3"], {})
    columns = pq.read_schema(tmp_path / "p.parquet").names
    assert columns == ["id", "q3", "q3_probabilities"]


def test_no_protein_is_a_file_too(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.parquet", [], ["q3"], {})
    assert read_states(tmp_path / "p.parquet", "q3") == {}


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="does not exist; run the workflow"):
        read_states(tmp_path / "none.parquet", "q3")


@pytest.mark.parametrize("content", ["damaged", "another head"])
def test_another_file_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "p.parquet"
    write_predictions(path, [random_prediction("a", 2)], ["q3"], {})
    if content == "damaged":
        path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ProtlangError, match=r"p\.parquet"):
        read_states(path, "q8")
