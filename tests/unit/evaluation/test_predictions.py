from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from protlang.errors import ProtlangError
from protlang.evaluation.predictions import (
    Prediction,
    read_hidden,
    read_states,
    write_predictions,
)
from protlang.parquet import read_metadata
from support.predictions import certain_prediction, write_states

RESIDUES = {"q3": 3, "q8": 8, "disorder": 2}
PROTEINS = {"location": 10, "membrane": 2}


def of_residues(identifier: str, length: int) -> Prediction:
    rng = np.random.default_rng(length)
    probabilities = {
        label: rng.dirichlet(np.ones(classes), length).astype(np.float32)
        for label, classes in RESIDUES.items()
    }
    return Prediction(identifier, probabilities)


def of_protein(identifier: str, seed: int) -> Prediction:
    rng = np.random.default_rng(seed)
    probabilities = {
        label: rng.dirichlet(np.ones(classes)).astype(np.float32)
        for label, classes in PROTEINS.items()
    }
    return Prediction(identifier, probabilities, rng.random(32, dtype=np.float32))


@pytest.mark.parametrize(
    ("labels", "predictions", "more"),
    [
        (RESIDUES, [of_residues("b", 5), of_residues("a/../x", 1)], []),
        (PROTEINS, [of_protein("b", 1), of_protein("a", 2)], ["hidden"]),
    ],
)
def test_probabilities_come_back_bit_by_bit(
    tmp_path: Path,
    labels: dict[str, int],
    predictions: list[Prediction],
    more: list[str],
) -> None:
    path = tmp_path / "p.parquet"
    write_predictions(path, iter(predictions), list(labels), {"seed": 1})
    table = pq.read_table(path)
    columns = [
        column for label in labels for column in (label, f"{label}_probabilities")
    ]
    assert table.column_names == ["id", *columns, *more]
    assert table["id"].to_pylist() == [prediction.id for prediction in predictions]
    for label, classes in labels.items():
        column = table[f"{label}_probabilities"]
        assert column.type == pa.list_(pa.float32())
        for prediction, stored in zip(predictions, column, strict=True):
            expected = prediction.probabilities[label].reshape(-1, classes)
            assert np.array_equal(
                stored.values.to_numpy().reshape(-1, classes), expected
            )
    assert read_metadata(path) == {"seed": 1}


def test_hidden_features_come_back_bit_by_bit(tmp_path: Path) -> None:
    predictions = [of_protein("b", 1), of_protein("a", 2)]
    write_predictions(tmp_path / "p.parquet", predictions, list(PROTEINS), {})
    hidden = read_hidden(tmp_path / "p.parquet")
    assert list(hidden) == ["b", "a"]
    for prediction in predictions:
        assert prediction.hidden is not None
        assert np.array_equal(hidden[prediction.id], prediction.hidden)
        assert hidden[prediction.id].dtype == np.float32


def test_states_are_the_most_probable_classes_in_the_order_of_the_file(
    tmp_path: Path,
) -> None:
    states = {"b": "GHIBESTC", "a": "C", "c": "EE"}
    path = write_states(tmp_path / "p.parquet", states, "q8")
    assert list(read_states(path, "q8").items()) == list(states.items())


@pytest.mark.parametrize(
    ("label", "probabilities", "best"),
    [
        ("q3", [[0.5, 0.2, 0.3], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]], "HCE"),
        ("disorder", [[0.49, 0.51], [0.51, 0.49], [0.5, 0.5]], "100"),
        ("membrane", [0.3, 0.7], "M"),
    ],
)
def test_the_most_probable_class_by_hand(
    label: str, probabilities: list[object], best: str
) -> None:
    prediction = Prediction("a", {label: np.array(probabilities, dtype=np.float32)})
    assert prediction.best(label) == best


def test_the_class_of_a_protein_is_the_most_probable_one(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    classes = {"x": "Extracellular", "y": "Cell.membrane"}
    predictions = [
        certain_prediction(key, location=one) for key, one in classes.items()
    ]
    write_predictions(path, predictions, ["location"], {})
    assert read_states(path, "location") == classes


def test_only_trained_labels_are_written(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.parquet", [of_residues("a", 2)], ["q3"], {})
    columns = pq.read_schema(tmp_path / "p.parquet").names
    assert columns == ["id", "q3", "q3_probabilities"]


def test_a_file_may_hold_no_protein(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.parquet", [], ["q3"], {})
    assert read_states(tmp_path / "p.parquet", "q3") == {}


def test_missing_columns_raise_a_clear_error(tmp_path: Path) -> None:
    path = write_states(tmp_path / "p.parquet", {"a": "HE"}, "q3")
    with pytest.raises(ProtlangError, match="has no column hidden"):
        read_hidden(path)
    with pytest.raises(ProtlangError, match=r"p\.parquet has no column q8"):
        read_states(path, "q8")
