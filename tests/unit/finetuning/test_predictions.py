"""Predictions of one protein never depend on the others, and scores follow by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from protlang.errors import ProtlangError
from protlang.finetuning.predictions import (
    ProteinPrediction,
    predict,
    read_predictions,
    score,
    write_predictions,
)
from protlang.proteins import Protein
from protlang.tasks.plus import (
    SECONDARY_STRUCTURE,
    SOLUBILITY,
    STABILITY,
    TRANSMEMBRANE,
)
from protlang.tasks.task import SupervisedTask
from protlang.tasks.topology import decode
from support.finetuning import (
    encoder,
    helices_of_five,
    model,
    soluble_or_not,
    with_values,
)

PROVENANCE = {"model": "tiny", "seed": 3}


def bits(prediction: ProteinPrediction) -> tuple[Any, ...]:
    probabilities = prediction.probabilities
    return (
        prediction.id,
        prediction.prediction,
        None if probabilities is None else probabilities.tobytes(),
    )


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm"])
@pytest.mark.parametrize("task", [SECONDARY_STRUCTURE, STABILITY, SOLUBILITY])
def test_a_prediction_has_the_same_bits_whatever_is_predicted_with_it(
    architecture: str, task: SupervisedTask
) -> None:
    tuned = model(task, encoder(architecture))
    proteins = helices_of_five(6)
    expected = {protein.id: bits(*predict(tuned, [protein])) for protein in proteins}

    @given(st.lists(st.sampled_from(proteins), max_size=6))
    @settings(max_examples=15)
    def same(chosen: list[Protein]) -> None:
        found = [bits(prediction) for prediction in predict(tuned, chosen)]
        assert found == [expected[protein.id] for protein in chosen]

    same()


def test_predictions_have_no_dropout_and_no_gradient() -> None:
    tuned = model(STABILITY, encoder("plus-tfm")).train()
    proteins = with_values(1)
    first = bits(*predict(tuned, proteins))
    assert bits(*predict(tuned.train(), proteins)) == first
    predictions = predict(tuned, with_values(2))
    next(predictions)
    assert not torch.is_inference_mode_enabled()


def written(
    path: Path, task: SupervisedTask, proteins: list[Protein], seed: int = 1
) -> Path:
    torch.manual_seed(seed)
    tuned = model(task)
    for weights in tuned.parameters():
        weights.data = torch.randn(weights.shape)
    write_predictions(path, task, proteins, predict(tuned, proteins), PROVENANCE)
    return path


def test_numbers_are_read_as_written(tmp_path: Path) -> None:
    proteins = with_values(3)
    path = written(tmp_path / "a.parquet", STABILITY, proteins)
    found = read_predictions(path, STABILITY)
    assert [p.truth for p in found] == [p.values["stability"] for p in proteins]
    assert all(isinstance(p.prediction, float) for p in found)
    assert all(p.probabilities is None for p in found)
    metadata = pq.read_schema(path).metadata[b"protlang"].decode()
    assert '"model": "tiny"' in metadata
    assert '"task": "stability"' in metadata


def test_classes_are_the_most_probable_ones(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", SOLUBILITY, soluble_or_not(5))
    for row in read_predictions(path, SOLUBILITY):
        assert row.probabilities is not None
        assert row.probabilities.sum() == pytest.approx(1)
        assert row.prediction == SOLUBILITY.classes[row.probabilities.argmax()]


def test_residues_are_read_with_their_mask(tmp_path: Path) -> None:
    proteins = helices_of_five(4, mask="0")
    path = written(tmp_path / "a.parquet", SECONDARY_STRUCTURE, proteins)
    for row, protein in zip(
        read_predictions(path, SECONDARY_STRUCTURE), proteins, strict=True
    ):
        assert row.probabilities is not None
        assert row.probabilities.shape == (len(protein.sequence), 8)
        letters = ["GHIBESTC"[place] for place in row.probabilities.argmax(axis=1)]
        assert row.prediction == "".join(letters)
        assert (row.truth, row.mask) == (protein.labels["q8"], protein.labels["mask"])


def test_topologies_are_decoded_by_the_grammar(tmp_path: Path) -> None:
    proteins = [
        Protein(f"p{n}", "L" * n, {"topology": "I" * n, "mask": "1" * n})
        for n in (*range(1, 130), 40)
    ]
    path = written(tmp_path / "a.parquet", TRANSMEMBRANE, proteins)
    rows = read_predictions(path, TRANSMEMBRANE)
    for row in rows:
        assert row.probabilities is not None
        assert row.prediction == decode(row.probabilities)
    assert rows[-1].probabilities is not None
    likeliest = "".join("IOM"[place] for place in rows[-1].probabilities.argmax(axis=1))
    assert rows[-1].prediction != likeliest


def test_a_protein_without_a_label_is_predicted_but_not_scored(tmp_path: Path) -> None:
    proteins = [Protein("unknown", "ACD"), *soluble_or_not(2)]
    path = written(tmp_path / "a.parquet", SOLUBILITY, proteins)
    assert pq.read_table(path)["id"].to_pylist() == ["unknown", "p0", "p1"]
    assert [row.id for row in read_predictions(path, SOLUBILITY)] == ["p0", "p1"]


def predicted(path: Path, classes: list[str]) -> Path:
    proteins = soluble_or_not(len(classes))  # insoluble, soluble, insoluble ...
    none = np.zeros(2, dtype=np.float32)
    predictions = [
        ProteinPrediction(protein.id, name, none)
        for protein, name in zip(proteins, classes, strict=True)
    ]
    write_predictions(path, SOLUBILITY, proteins, predictions, PROVENANCE)
    return path


def test_scores_have_one_row_per_test_set_and_measure(tmp_path: Path) -> None:
    first = predicted(tmp_path / "1", ["insoluble"] * 4)
    second = predicted(tmp_path / "2", ["insoluble", "soluble"] * 2)
    residues = written(tmp_path / "3", SECONDARY_STRUCTURE, helices_of_five(5))
    found = score({"one": [first], "both": [first, second]}, SOLUBILITY)
    columns = ["test_set", "metric", "value", "stderr", "low", "high", "n", "seeds"]
    columns.append("seed_sd")
    assert list(found.columns) == columns
    assert found["value"].tolist() == [0.5, 0.75]
    assert found["seeds"].tolist() == [1, 2]
    assert np.isnan(found["seed_sd"][0])
    # A half and all are a quarter from their mean: sqrt(2 / 16).
    assert found["seed_sd"][1] == pytest.approx(0.125**0.5)
    assert found["n"].tolist() == [4, 4]
    metrics = score({"CB513": [residues]}, SECONDARY_STRUCTURE)["metric"].tolist()
    assert metrics == ["8-state accuracy", "8-state accuracy, evaluation mask"]


def test_files_that_cannot_be_scored_raise(tmp_path: Path) -> None:
    path = predicted(tmp_path / "1", ["soluble"] * 2)
    other = predicted(tmp_path / "2", ["soluble"] * 3)
    with pytest.raises(ProtlangError, match="of the task solubility, not stability"):
        score({"test": [path]}, STABILITY)
    with pytest.raises(ProtlangError, match="has other proteins than"):
        score({"test": [path, other]}, SOLUBILITY)
    unlabelled = written(tmp_path / "4", SOLUBILITY, [Protein("p", "ACD")])
    with pytest.raises(ProtlangError, match="no protein with a known truth"):
        score({"test": [unlabelled]}, SOLUBILITY)
