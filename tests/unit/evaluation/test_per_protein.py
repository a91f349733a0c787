"""Scores of a few proteins, counted by hand."""

import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from protlang.errors import ProtlangError
from protlang.evaluation.per_protein import (
    COMPARISON,
    MEASURES,
    compare,
    compare_all,
    confusion_table,
    score,
)
from protlang.evaluation.predictions import write_predictions
from support.predictions import certain_prediction
from support.proteins import classified

PROTEINS = [
    classified("1", "Nucleus", "S"),
    classified("2", "Nucleus", "U"),
    classified("3", "Cytoplasm", "M"),
    classified("4", "Plastid", "M"),
    classified("5", "Plastid", "S"),
]

PREDICTED = {
    "1": ("Nucleus", "S"),
    "2": ("Cytoplasm", "M"),
    "3": ("Cytoplasm", "M"),
    "4": ("Plastid", "S"),
    "5": ("Plastid", "S"),
}
"""Four of five locations are right, and of the four known kinds three."""

LABELS = ["location", "membrane"]

RK = (4 * 5 - (2 * 1 + 1 * 2 + 2 * 2)) / math.sqrt((25 - 9) * (25 - 9))
MCC = (1 * 2 - 0 * 1) / math.sqrt(1 * 2 * 2 * 3)


def predictions(path: Path, predicted: Mapping[str, tuple[str, str]]) -> Path:
    """A file of predictions that are certain of both classes of each protein."""
    found = [
        certain_prediction(key, location=location, membrane=membrane)
        for key, (location, membrane) in predicted.items()
    ]
    write_predictions(path, found, LABELS, {})
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return predictions(tmp_path / "1.parquet", PREDICTED)


def by_metric(scores: pd.DataFrame) -> pd.DataFrame:
    assert list(scores["metric"]) == ["Q10", "Gorodkin MCC", "Q2", "membrane MCC"]
    return scores.set_index("metric")


def test_measures_by_hand(file: Path) -> None:
    scores = by_metric(score(PROTEINS, [file], LABELS))
    assert scores["value"].to_dict() == pytest.approx(
        {"Q10": 80, "Gorodkin MCC": RK, "Q2": 75, "membrane MCC": MCC}
    )
    assert scores["n"].to_dict() == {
        "Q10": 5,
        "Gorodkin MCC": 5,
        "Q2": 4,
        "membrane MCC": 4,
    }
    assert list(scores["unit"]) == ["percent", "fraction"] * 2
    assert set(scores["seeds"]) == {1}
    assert scores["seed_sd"].isna().all()


def test_errors_are_the_bootstraps(file: Path) -> None:
    scores = by_metric(score(PROTEINS, [file], LABELS))
    # Binomial; the standard deviation of 1,000 draws scatters by 2 %.
    for metric, share, n in (("Q10", 0.8, 5), ("Q2", 0.75, 4)):
        expected = 100 * math.sqrt(share * (1 - share) / n)
        assert scores["stderr"][metric] == pytest.approx(expected, rel=0.08)
    assert 0 < scores["stderr"]["Gorodkin MCC"] < 1
    pd.testing.assert_frame_equal(
        score(PROTEINS, [file], LABELS), score(PROTEINS, [file], LABELS)
    )


def test_seeds_are_averaged(tmp_path: Path, file: Path) -> None:
    perfect = {
        protein.id: (protein.classes["location"], "M" if protein.id == "2" else "S")
        for protein in PROTEINS
    }
    second = predictions(tmp_path / "2.parquet", perfect)
    scores = by_metric(score(PROTEINS, [file, second], LABELS))
    assert scores["value"]["Q10"] == pytest.approx(90)
    assert scores["seed_sd"]["Q10"] == pytest.approx(20 / math.sqrt(2))
    assert scores["value"]["Gorodkin MCC"] == pytest.approx((RK + 1) / 2)
    # All four are called soluble: half are right, and the correlation counts as 0.
    assert scores["value"]["Q2"] == pytest.approx((75 + 50) / 2)
    assert scores["value"]["membrane MCC"] == pytest.approx(MCC / 2)
    assert set(scores["seeds"]) == {2}


def test_proteins_are_found_by_id_whatever_the_order(
    tmp_path: Path, file: Path
) -> None:
    reordered = dict(reversed(PREDICTED.items()))
    other = predictions(tmp_path / "2.parquet", reordered)
    pd.testing.assert_frame_equal(
        score(PROTEINS, [file], LABELS), score(PROTEINS, [other], LABELS)
    )


def test_without_known_kinds_there_is_no_number(file: Path) -> None:
    scores = by_metric(score([PROTEINS[1]], [file], LABELS))
    for metric in ("Q2", "membrane MCC"):
        assert scores["n"][metric] == 0
        assert math.isnan(scores["value"][metric])
        assert math.isnan(scores["stderr"][metric])
    assert scores["value"]["Q10"] == 0


def test_protein_without_prediction_raises_a_clear_error(tmp_path: Path) -> None:
    path = predictions(tmp_path / "1.parquet", {"1": ("Nucleus", "S")})
    with pytest.raises(
        ProtlangError, match=r"1.parquet predicts the location None for"
    ):
        score(PROTEINS, [path], LABELS)


def test_the_confusion_table_is_long_and_complete(tmp_path: Path, file: Path) -> None:
    second = predictions(tmp_path / "2.parquet", PREDICTED)
    table = confusion_table(PROTEINS, [file, second], LABELS)
    assert list(table.columns) == ["label", "seed", "true", "predicted", "proteins"]
    assert len(table) == 2 * (100 + 4)
    first = table[(table["seed"] == 1) & (table["proteins"] > 0)]
    columns = ["label", "true", "predicted", "proteins"]
    assert set(first[columns].itertuples(index=False, name=None)) == {
        ("location", "Cytoplasm", "Cytoplasm", 1),
        ("location", "Nucleus", "Nucleus", 1),
        ("location", "Nucleus", "Cytoplasm", 1),
        ("location", "Plastid", "Plastid", 2),
        ("membrane", "S", "S", 2),
        ("membrane", "M", "M", 1),
        ("membrane", "M", "S", 1),
    }
    totals = table.groupby(["label", "seed"])["proteins"].sum()
    assert totals.to_dict() == {
        ("location", 1): 5,
        ("location", 2): 5,
        ("membrane", 1): 4,
        ("membrane", 2): 4,
    }


def test_methods_are_compared_on_the_same_proteins(tmp_path: Path, file: Path) -> None:
    better = predictions(tmp_path / "2.parquet", {**PREDICTED, "2": ("Nucleus", "S")})
    rows = {row["metric"]: row for row in compare(PROTEINS, [file], [better])}
    assert rows.keys() == MEASURES.keys()
    assert rows["Q10"]["difference"] == pytest.approx(20)
    # The protein is drawn k of 5 times with the binomial chances of one in five.
    assert (rows["Q10"]["low"], rows["Q10"]["high"]) == (0, 60)
    assert rows["Q10"]["p_value"] == pytest.approx(2 * 0.8**5, abs=0.08)
    assert rows["Gorodkin MCC"]["difference"] == pytest.approx(1 - RK)
    # Protein 2 is of unknown kind.
    assert rows["Q2"]["difference"] == 0
    assert (rows["Q2"]["n"], rows["Q2"]["p_value"]) == (4, 1)


def test_any_two_methods_are_compared(tmp_path: Path, file: Path) -> None:
    table = compare_all(PROTEINS, {"a": [file], "b": [file], "c": [file, file]})
    assert list(table.columns) == COMPARISON
    pairs = list(dict.fromkeys(zip(table["first"], table["second"], strict=True)))
    assert pairs == [("a", "b"), ("a", "c"), ("b", "c")]
    assert len(table) == 12
    assert (table["difference"] == 0).all()


def test_one_method_is_compared_with_none(file: Path) -> None:
    for methods in ({}, {"a": [file]}):
        table = compare_all(PROTEINS, methods)
        assert list(table.columns) == COMPARISON
        assert table.empty


def test_labels_that_no_protein_has_are_not_compared(file: Path) -> None:
    metrics = [row["metric"] for row in compare([PROTEINS[1]], [file], [file])]
    assert metrics == ["Q10", "Gorodkin MCC"]
