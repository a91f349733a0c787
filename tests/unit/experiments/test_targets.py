"""The papers' numbers, against what the papers say of themselves."""

from decimal import Decimal

import pandas as pd
import pytest

from protlang.experiments.targets import load_targets
from protlang.validation import REPOSITORY

TARGETS = pd.read_csv(
    REPOSITORY / "resources" / "paper_targets.csv", dtype=str, keep_default_na=False
)
KEY = ["row", "dataset", "metric"]
PLUS = ["PLUS-TFM", "PLUS-RNN BASE", "PLUS-RNN LARGE"]


def cells(paper: str, element: str) -> pd.DataFrame:
    return TARGETS[(TARGETS["paper"] == paper) & (TARGETS["element"] == element)]


def value(paper: str, element: str, **where: str) -> Decimal:
    chosen = cells(paper, element)
    for column, text in where.items():
        chosen = chosen[chosen[column] == text]
    assert len(chosen) == 1
    return Decimal(chosen["value"].item())


@pytest.mark.parametrize(
    ("paper", "element", "own", "quoted"),
    [
        ("SeqVec", "Table 1", 60, 33),
        ("SeqVec", "Table 2", 8, 18),
        ("PLUS", "Table 1", 7, 5),
        ("PLUS", "Table 2", 21, 19),
        ("PLUS", "Table 3", 16, 16),
        ("PLUS", "Table 4", 12, 27),
        ("PLUS", "Table 5", 12, 0),
        ("PLUS", "Table 6", 12, 0),
    ],
)
def test_tables_have_all_their_cells(
    paper: str, element: str, own: int, quoted: int
) -> None:
    table = cells(paper, element)
    kinds = table["kind"].value_counts().to_dict()
    assert (kinds.get("reproduced", 0), kinds.get("excerpted", 0)) == (own, quoted)
    assert len(table) == own + quoted
    assert not table.duplicated(KEY).any()
    numbers = pd.to_numeric(table["value"])
    assert numbers.between(0, table["unit"].map({"percent": 100, "fraction": 1})).all()


def test_in_text_numbers_are_all_there() -> None:
    in_text = TARGETS[TARGETS["kind"] == "in-text"]
    assert in_text["paper"].value_counts().to_dict() == {"SeqVec": 90, "PLUS": 28}
    assert (in_text["value"] != "").all()


def test_every_target_is_complete() -> None:
    required = ["paper", "element", "row", "metric", "unit", "kind"]
    assert (TARGETS[required] != "").all(axis=None)
    kinds = {"reproduced", "excerpted", "in-text", "figure"}
    assert set(TARGETS["kind"]) == kinds
    assert (TARGETS["value"] == "").eq(TARGETS["kind"] == "figure").all()


def test_seqvecs_own_numbers_have_standard_errors_and_the_others_none() -> None:
    for element in ("Table 1", "Table 2"):
        table = cells("SeqVec", element)
        assert (table["stderr"] != "").eq(table["kind"] == "reproduced").all()


def test_seqvec_table_1_is_six_predictors_on_three_sets() -> None:
    table = cells("SeqVec", "Table 1")
    own = table[table["kind"] == "reproduced"]
    assert own["row"].nunique() == 6
    by_dataset = own.groupby("dataset")["metric"].unique().map(list).to_dict()
    assert by_dataset == {
        "CASP12": ["Q3", "Q8", "disorder MCC", "disorder FPR"],
        "TS115": ["Q3", "Q8", "disorder MCC", "disorder FPR"],
        "CB513": ["Q3", "Q8"],
    }


def test_seqvecs_abstract_rounds_its_tables() -> None:
    tables = pd.concat([cells("SeqVec", "Table 1"), cells("SeqVec", "Table 2")])
    exact = tables.set_index(KEY)["value"]
    abstract = cells("SeqVec", "Abstract").set_index(KEY)["value"]
    shared = [key for key in abstract.index if key in exact.index]
    assert len(shared) == 5
    for key in shared:
        rounded = Decimal(abstract[key])
        assert Decimal(exact[key]).quantize(rounded) == rounded


@pytest.mark.parametrize("model", PLUS)
def test_plus_table_2_repeats_tables_3_and_4(model: str) -> None:
    homology = value("PLUS", "Table 2", row=model, dataset="Homology")
    correlation = {"dataset": "SCOPe 2.06", "metric": "Pearson r"}
    assert homology == value("PLUS", "Table 3", row=model, **correlation)
    structure = value("PLUS", "Table 2", row=model, dataset="SecStr")
    pretrained = f"{model} [w/ PT]"
    assert structure == value("PLUS", "Table 4", row=pretrained, dataset="CB513")


def test_plus_tables_5_and_6_begin_with_the_same_model() -> None:
    first = {
        element: cells("PLUS", element).head(2)[["metric", "value"]].values.tolist()
        for element in ("Table 5", "Table 6")
    }
    assert first["Table 5"] == first["Table 6"]
    assert first["Table 5"] == [["accuracy", "0.965"], ["Pearson r", "0.932"]]


def test_all_numbers_of_a_column_are_printed_with_as_many_digits() -> None:
    tables = TARGETS[(TARGETS["kind"] != "in-text") & (TARGETS["value"] != "")]
    digits = tables["value"].map(lambda text: len(text.partition(".")[2]))
    columns = digits.groupby([tables[name] for name in ("paper", "element", "metric")])
    assert (columns.min() == columns.max()).all()


def test_a_number_of_the_text_is_compared_at_its_own_digits() -> None:
    steps = {
        (one.row, one.dataset): one.step
        for one in load_targets("SeqVec", "Results: time")
        if one.metric == "time per protein"
    }
    assert steps["SeqVec CPU i7-6700", "not stated"] == pytest.approx(0.01)
    assert steps["DeepSeqVec inference", "not stated"] == pytest.approx(0.0001)
