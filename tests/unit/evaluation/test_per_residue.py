"""Scores of three tiny proteins, counted by hand."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from protlang.errors import ProtlangError
from protlang.evaluation.per_residue import (
    confusion_by_protein,
    confusion_table,
    matthews_of_disordered,
    protein_values,
    read_protein_values,
    score,
)
from protlang.proteins import Protein
from support.predictions import write_states
from support.proteins import random_proteins

STRUCTURES = [
    Protein("1", "AAAA", {"q3": "HHEC", "disorder": "0001", "mask": "1001"}),
    Protein("2", "AA", {"q3": "CC", "disorder": "00", "mask": "01"}),
]
"""Predicted as HHCC and CH, of the six residues four are right: 75 % and 50 %."""

DISORDERED = [
    Protein("1", "AAAA", {"disorder": "0011"}),
    Protein("2", "AA", {"disorder": "00"}),
    Protein("3", "AA", {"disorder": "11"}),
]
"""Predicted as 0111, 00 and 11: one false positive; two have one class."""

MCC_1 = (2 * 1 - 1 * 0) / math.sqrt(3 * 2 * 2 * 1)


@pytest.fixture
def structures(tmp_path: Path) -> Path:
    return write_states(tmp_path / "1.parquet", {"1": "HHCC", "2": "CH"}, "q3")


@pytest.fixture
def disordered(tmp_path: Path) -> Path:
    states = {"1": "0111", "2": "00", "3": "11"}
    return write_states(tmp_path / "1.parquet", states, "disorder")


def row(scores: pd.DataFrame, metric: str, counting: str) -> pd.Series:
    chosen = scores[(scores["metric"] == metric) & (scores["counting"] == counting)]
    assert len(chosen) == 1
    return chosen.iloc[0]


@pytest.mark.parametrize(
    ("counting", "value", "stderr"),
    [
        ("per protein", (75 + 50) / 2, 12.5),
        ("pooled", 400 / 6, math.nan),
        ("per protein, resolved residues", (200 / 3 + 50) / 2, (200 / 3 - 50) / 2),
        ("pooled, resolved residues", 300 / 5, math.nan),
        ("per protein, evaluation mask", (100 + 0) / 2, 50.0),
        ("pooled, evaluation mask", 200 / 3, math.nan),
    ],
)
def test_structure_counted_in_every_way(
    structures: Path, counting: str, value: float, stderr: float
) -> None:
    scores = score(STRUCTURES, [structures], ["q3"])
    assert len(scores) == 6
    found = row(scores, "Q3", counting)
    assert found["value"] == pytest.approx(value)
    assert found["stderr"] == pytest.approx(stderr, nan_ok=True)
    assert (found["unit"], found["n"], found["seeds"]) == ("percent", 2, 1)
    assert math.isnan(found["seed_sd"])


def test_eight_states_are_counted_under_their_name(tmp_path: Path) -> None:
    path = write_states(tmp_path / "1.parquet", {"1": "GHIB"}, "q8")
    scores = score([Protein("1", "AAAA", {"q8": "GHHB"})], [path], ["q8"])
    assert list(scores["counting"]) == ["per protein", "pooled"]
    assert list(scores["metric"]) == ["Q8", "Q8"]
    assert list(scores["value"]) == [75.0, 75.0]


@pytest.mark.parametrize(
    ("metric", "counting", "value", "stderr", "n"),
    [
        ("disorder MCC", "per protein", MCC_1, math.nan, 1),
        ("disorder MCC", "per protein, undefined as 0", MCC_1 / 3, MCC_1 / 3, 3),
        ("disorder MCC", "per protein, missed disorder as 0", MCC_1, math.nan, 1),
        ("disorder MCC", "pooled", 12 / math.sqrt(5 * 4 * 4 * 3), math.nan, 3),
        ("disorder FPR", "per protein", 0.25, 0.25, 2),
        ("disorder FPR", "per protein, undefined as 0", 0.5 / 3, 0.5 / 3, 3),
        ("disorder FPR", "pooled", 1 / 4, math.nan, 3),
    ],
)
def test_disorder_counted_in_every_way(
    disordered: Path, metric: str, counting: str, value: float, stderr: float, n: int
) -> None:
    scores = score(DISORDERED, [disordered], ["disorder"])
    assert len(scores) == 7
    found = row(scores, metric, counting)
    assert found["value"] == pytest.approx(value)
    # Of x, 0, 0 the standard error is x / 3, like the mean.
    assert found["stderr"] == pytest.approx(stderr, nan_ok=True)
    assert (found["unit"], found["n"]) == ("fraction", n)


def test_seeds_are_averaged_within_each_protein(
    tmp_path: Path, structures: Path
) -> None:
    # The second seed has 100 % and 0 %: proteins average to 87.5 and 25.
    second = write_states(tmp_path / "2.parquet", {"1": "HHEC", "2": "HE"}, "q3")
    found = row(score(STRUCTURES, [structures, second], ["q3"]), "Q3", "per protein")
    assert found["value"] == pytest.approx(56.25)
    assert found["stderr"] == pytest.approx((87.5 - 25) / 2)
    assert (found["n"], found["seeds"]) == (2, 2)
    # Means over proteins are 62.5 and 50.
    assert found["seed_sd"] == pytest.approx(12.5 / math.sqrt(2))


def test_pooled_measures_are_averaged_over_seeds(
    tmp_path: Path, structures: Path
) -> None:
    second = write_states(tmp_path / "2.parquet", {"1": "CCCH", "2": "HE"}, "q3")
    found = row(score(STRUCTURES, [structures, second], ["q3"]), "Q3", "pooled")
    assert found["value"] == pytest.approx((400 / 6 + 0) / 2)
    assert found["seed_sd"] == pytest.approx(400 / 6 / math.sqrt(2))


def test_proteins_are_found_by_id_whatever_the_order(
    tmp_path: Path, structures: Path
) -> None:
    reordered = write_states(tmp_path / "2.parquet", {"2": "CH", "1": "HHCC"}, "q3")
    pd.testing.assert_frame_equal(
        score(STRUCTURES, [structures], ["q3"]), score(STRUCTURES, [reordered], ["q3"])
    )


def test_counts_are_kept_by_seed_and_protein(tmp_path: Path, structures: Path) -> None:
    second = write_states(tmp_path / "2.parquet", {"1": "HHEC", "2": "CC"}, "q3")
    counts = confusion_by_protein(STRUCTURES, [structures, second], "q3")
    assert counts.shape == (2, 2, 3, 3)
    assert counts[0, 0].tolist() == [[2, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert counts[0, 1].tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 1]]
    assert counts[1, 1].tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 2]]


@pytest.mark.parametrize(("states", "number"), [("HHC", 3), ("HHCCC", 5), (None, 0)])
def test_predictions_of_another_length_are_refused(
    tmp_path: Path, states: str | None, number: int
) -> None:
    predicted = {"2": "CH"} if states is None else {"1": states, "2": "CH"}
    path = write_states(tmp_path / "1.parquet", predicted, "q3")
    with pytest.raises(ProtlangError) as caught:
        score(STRUCTURES, [path], ["q3"])
    assert f"1.parquet has {number} q3 predictions for 1, which has 4 residues" in str(
        caught.value
    )


def test_the_confusion_table_is_long_and_complete(
    tmp_path: Path, structures: Path
) -> None:
    second = write_states(tmp_path / "2.parquet", {"1": "HHEC", "2": "CC"}, "q3")
    table = confusion_table(STRUCTURES, [structures, second], ["q3"])
    assert list(table.columns) == ["label", "seed", "true", "predicted", "residues"]
    assert len(table) == 2 * 9
    first = table[(table["seed"] == 1) & (table["residues"] > 0)]
    assert list(first[["true", "predicted", "residues"]].itertuples(index=False)) == [
        ("H", "H", 2),
        ("E", "C", 1),
        ("C", "H", 1),
        ("C", "C", 2),
    ]
    assert table.groupby("seed")["residues"].sum().to_dict() == {1: 6, 2: 6}


def test_values_of_proteins_are_averaged_over_seeds(
    tmp_path: Path, structures: Path
) -> None:
    second = write_states(tmp_path / "2.parquet", {"1": "HHEC", "2": "HE"}, "q3")
    values = protein_values(STRUCTURES, [structures, second], ["q3"])
    assert values.to_dict("list") == {
        "id": ["1", "2"],
        "metric": ["Q3", "Q3"],
        "value": [87.5, 25.0],
    }


def test_proteins_of_a_single_class_are_left_out(disordered: Path) -> None:
    values = protein_values(DISORDERED, [disordered], ["disorder"])
    by_metric = values.groupby("metric")["value"].agg(list).to_dict()
    left_out = [MCC_1, math.nan, math.nan]
    assert by_metric["disorder MCC"] == pytest.approx(left_out, nan_ok=True)
    assert by_metric["disorder FPR"] == pytest.approx([0.5, 0, math.nan], nan_ok=True)


def test_a_protein_whose_disorder_is_missed_is_left_out_or_counts_0(
    tmp_path: Path,
) -> None:
    proteins = [DISORDERED[0], Protein("2", "AAAA", {"disorder": "0011"})]
    path = write_states(tmp_path / "1.parquet", {"1": "0111", "2": "0000"}, "disorder")
    scores = score(proteins, [path], ["disorder"])
    primary = row(scores, "disorder MCC", "per protein")
    assert (primary["value"], primary["n"]) == (pytest.approx(MCC_1), 1)
    other = row(scores, "disorder MCC", "per protein, missed disorder as 0")
    assert (other["value"], other["n"]) == (pytest.approx(MCC_1 / 2), 2)


def test_a_protein_is_averaged_over_the_seeds_that_define_its_measure(
    tmp_path: Path,
) -> None:
    states = [{"1": "0111"}, {"1": "0000"}, {"1": "0011"}]
    files = [
        write_states(tmp_path / f"{seed}.parquet", of, "disorder")
        for seed, of in enumerate(states)
    ]
    proteins = DISORDERED[:1]
    values = protein_values(proteins, files, ["disorder"]).set_index("metric")["value"]
    assert values["disorder MCC"] == pytest.approx((MCC_1 + 1) / 2)
    primary = row(score(proteins, files, ["disorder"]), "disorder MCC", "per protein")
    assert (primary["value"], primary["n"]) == (values["disorder MCC"], 1)


def test_the_primary_number_is_what_one_training_reaches_on_average(
    tmp_path: Path,
) -> None:
    """Where one seed leaves out a protein that the other has."""
    states = [{"1": "0111", "2": "0000"}, {"1": "0111", "2": "0011"}]
    files = [
        write_states(tmp_path / f"{seed}.parquet", of, "disorder")
        for seed, of in enumerate(states)
    ]
    proteins = [DISORDERED[0], Protein("2", "AAAA", {"disorder": "0011"})]
    primary = row(score(proteins, files, ["disorder"]), "disorder MCC", "per protein")
    assert primary["value"] == pytest.approx((MCC_1 + (MCC_1 + 1) / 2) / 2)
    assert primary["seed_sd"] == pytest.approx((1 - MCC_1) / 2 / math.sqrt(2))
    assert primary["n"] == 2


def test_a_network_need_not_be_spared_the_disorder_that_it_misses() -> None:
    # True and false residues that are predicted as ordered and as disordered.
    missed, perfect, without = [[3, 0], [2, 0]], [[3, 0], [0, 2]], [[3, 1], [0, 0]]
    found = matthews_of_disordered(np.array([missed, perfect, without]))
    assert found == pytest.approx([0, 1, math.nan], nan_ok=True)


@pytest.mark.parametrize(("label", "seeds"), [("q3", (5, 6)), ("disorder", (5,))])
def test_values_of_proteins_average_to_the_primary_number(
    tmp_path: Path, label: str, seeds: tuple[int, ...]
) -> None:
    proteins = random_proteins(12, seed=4)
    paths = []
    for seed in seeds:
        states = {
            known.id: other.labels[label][: len(known.sequence)].ljust(
                len(known.sequence), other.labels[label][0]
            )
            for known, other in zip(proteins, random_proteins(12, seed), strict=True)
        }
        paths.append(write_states(tmp_path / f"{seed}.parquet", states, label))
    values = protein_values(proteins, paths, [label])
    scores = score(proteins, paths, [label])
    for metric, table in values.groupby("metric"):
        assert list(table["id"]) == [protein.id for protein in proteins]
        primary = row(scores, str(metric), "per protein")
        assert table["value"].mean() == pytest.approx(primary["value"])


@pytest.mark.parametrize("ids", [("001", "NA", "nan", "a,b"), ("01", "02", "3", "4")])
def test_values_are_read_bit_by_bit_whatever_the_ids(
    tmp_path: Path, ids: tuple[str, ...]
) -> None:
    written = pd.DataFrame(
        {
            "id": ids,
            "metric": "Q3",
            "value": [100 / 3, 0.1 + 0.2, math.nan, 100.0],
        }
    )
    written.to_csv(tmp_path / "values.csv", index=False, na_rep="NA")
    read = read_protein_values(tmp_path / "values.csv")
    pd.testing.assert_frame_equal(read, written, check_exact=True, check_dtype=False)


def test_files_that_hold_no_values_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match=r"v\.csv does not exist; run the workflow"):
        read_protein_values(tmp_path / "v.csv")
    (tmp_path / "v.csv").write_text("id,value\n1,2\n")
    with pytest.raises(ProtlangError, match="does not hold the columns id, metric"):
        read_protein_values(tmp_path / "v.csv")
