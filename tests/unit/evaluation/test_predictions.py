import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from protlang.errors import ProtlangError
from protlang.evaluation.predictions import (
    Prediction,
    ProteinPrediction,
    read_hidden,
    read_states,
    write_predictions,
    write_protein_predictions,
)
from support.builders import certain_prediction, certain_protein_prediction

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


def random_protein_prediction(identifier: str, seed: int) -> ProteinPrediction:
    rng = np.random.default_rng(seed)
    drawn = {
        head: rng.dirichlet(np.ones(classes)).astype(np.float32)
        for head, classes in (("location", 10), ("membrane", 2))
    }
    return ProteinPrediction(identifier, drawn, rng.random(32, dtype=np.float32))


def test_predictions_of_whole_proteins_come_back_bit_by_bit(tmp_path: Path) -> None:
    predictions = [random_protein_prediction("b", 1), random_protein_prediction("a", 2)]
    path = tmp_path / "p.parquet"
    write_protein_predictions(path, iter(predictions), {"seed": 1})
    table = pq.read_table(path)
    assert table.column_names == [
        *("id", "location", "location_probabilities"),
        *("membrane", "membrane_probabilities", "hidden"),
    ]
    hidden = read_hidden(path)
    assert list(hidden) == ["b", "a"]
    for place, prediction in enumerate(predictions):
        assert np.array_equal(hidden[prediction.id], prediction.hidden)
        assert hidden[prediction.id].dtype == np.float32
        for head, probabilities in prediction.probabilities.items():
            stored = table[f"{head}_probabilities"][place].values.to_numpy()
            assert np.array_equal(stored, probabilities)
    assert json.loads(pq.read_schema(path).metadata[b"protlang"]) == {"seed": 1}


def test_the_class_of_a_protein_is_the_most_probable_one(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    said = {"x": ("Extracellular", "S"), "y": ("Cell.membrane", "M")}
    predictions = [certain_protein_prediction(key, *both) for key, both in said.items()]
    write_protein_predictions(path, predictions, {})
    assert read_states(path, "location") == {"x": "Extracellular", "y": "Cell.membrane"}
    assert read_states(path, "membrane") == {"x": "S", "y": "M"}


def test_hidden_features_of_another_network_are_told(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.parquet", [random_prediction("a", 2)], ["q3"], {})
    with pytest.raises(ProtlangError, match="has no column hidden"):
        read_hidden(tmp_path / "p.parquet")
