import csv
import math
from pathlib import Path

import pandas as pd
import pytest

from protlang.experiments.targets import Target, added_target, load_targets
from protlang.tables.agreement import Measured
from protlang.tables.cells import (
    Cell,
    as_frame,
    excerpted,
    measured,
    not_run,
    read_cells,
    write_csv,
)

NAN = math.nan


def target(value: float = 64, stderr: float = 0.75, kind: str = "ours") -> Target:
    return Target("DeepProf", "CB513", "Q3", "percent", value, stderr, kind, "")


def ours(
    value: float, stderr: float = 1.0, simulated: bool = False, deviation: str = ""
) -> Measured:
    return Measured(value, stderr, 20, simulated, deviation, "trained here")


def verdict(cell: Cell) -> str:
    assert cell.agreement.reason
    assert cell.provenance
    return cell.agreement.verdict


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (64.0, "reproduced"),
        # sqrt(0.75^2 + 1^2) is 1.25: chance explains up to 2.5, the limit included.
        (66.5, "reproduced"),
        (61.5, "reproduced"),
        (66.501, "higher"),
        (61.499, "lower"),
    ],
)
def test_two_combined_errors_are_the_limit(value: float, expected: str) -> None:
    assert verdict(measured(target(), ours(value))) == expected


def test_the_limit_is_meant_in_printed_digits() -> None:
    assert verdict(measured(target(30.2, 0.6), ours(32.2, 0.8))) == "reproduced"


@pytest.mark.parametrize(
    ("paper_stderr", "own_stderr", "expected"),
    [
        (NAN, 1.0, "reproduced"),
        (1.0, NAN, "reproduced"),
        (NAN, 0.9, "higher"),
        (NAN, NAN, "higher"),
    ],
)
def test_a_missing_standard_error_counts_as_zero(
    paper_stderr: float, own_stderr: float, expected: str
) -> None:
    cell = measured(target(64.0, paper_stderr), ours(66.0, own_stderr))
    assert verdict(cell) == expected


@pytest.mark.parametrize("value", [0.0, 64.0, 100.0])
def test_other_data_deviate_whatever_the_value(value: float) -> None:
    cell = measured(target(), ours(value, deviation="FLIP's training set"))
    assert verdict(cell) == "deviates"
    assert cell.agreement.reason == "FLIP's training set"
    assert cell.as_row()["difference"] == value - 64.0


@pytest.mark.parametrize("value", [64.0, 90.0])
@pytest.mark.parametrize("deviation", ["", "FLIP's training set"])
def test_simulated_data_are_never_comparable(value: float, deviation: str) -> None:
    cell = measured(target(), ours(value, simulated=True, deviation=deviation))
    assert verdict(cell) == "not comparable"
    assert cell.agreement.reason == "the data are simulated"


def test_excerpted_cells_repeat_the_paper() -> None:
    cell = excerpted(target(85.3, NAN, "excerpted"))
    assert verdict(cell) == "excerpted"
    assert cell.value == 85.3
    assert math.isnan(cell.stderr)
    assert math.isnan(float(str(cell.as_row()["difference"])))


def test_cells_that_were_not_run_have_the_reason() -> None:
    cell = not_run(target(), "no predictor")
    assert verdict(cell) == "not run"
    assert cell.agreement.reason == "no predictor"
    assert math.isnan(cell.value)


def test_a_number_that_is_undefined_is_not_lower() -> None:
    assert verdict(measured(target(), ours(NAN))) != "lower"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    cells = [
        measured(target(), ours(66.0)),
        excerpted(target(85.3, NAN, "excerpted")),
        not_run(target(), "no predictor, for “DeepProf”"),
    ]
    extra = pd.DataFrame({"pooled": [65.4321, NAN, NAN], "resolved": [NAN] * 3})
    write_csv(as_frame(cells, extra), tmp_path / "table.csv")
    return tmp_path / "table.csv"


def test_the_csv_has_the_agreed_columns_and_no_blank_cell(written: Path) -> None:
    with open(written, encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == [
        *("row", "dataset", "metric", "unit", "paper_value", "paper_stderr", "kind"),
        *("value", "stderr", "n", "agreement", "reason", "provenance", "difference"),
        *("pooled", "resolved"),
    ]
    assert all(text.strip() for row in rows for text in row)
    assert rows[0][4:10] == ["64", "0.75", "ours", "66", "1", "20"]
    assert rows[0][13:] == ["2", "65.4321", "NA"]
    assert rows[1][7:11] == ["85.3", "NA", "0", "excerpted"]
    assert rows[2][7:11] == ["NA", "NA", "0", "not run"]


def test_the_csv_is_read_back(written: Path) -> None:
    table = read_cells(written)
    assert list(table["agreement"]) == ["reproduced", "excerpted", "not run"]
    assert table["reason"][2] == "no predictor, for “DeepProf”"
    assert table["value"].isna().tolist() == [False, False, True]
    assert table["paper_stderr"].isna().tolist() == [False, True, False]
    assert table["pooled"][0] == 65.4321


def test_words_that_look_like_missing_values_stay_words(tmp_path: Path) -> None:
    cell = not_run(Target("None", "null", "nan", "n/a", 1, 1, "k", ""), "-")
    write_csv(as_frame([cell]), tmp_path / "table.csv")
    row = read_cells(tmp_path / "table.csv").iloc[0]
    assert list(row[:4]) == ["None", "null", "nan", "n/a"]


def test_targets_come_in_printed_order_with_their_numbers() -> None:
    first, *_, last = load_targets("SeqVec", "Table 1")
    assert (first.row, first.dataset, first.metric) == (
        "NetSurfP-2.0 (hhblits)",
        "CASP12",
        "Q3",
    )
    assert (first.value, first.unit, first.kind) == (82.4, "percent", "excerpted")
    assert math.isnan(first.stderr)
    assert (last.row, last.dataset, last.metric) == ("DeepBLOSUM65", "CB513", "Q8")
    assert (last.value, last.stderr, last.kind) == (53.0, 0.5, "reproduced")


def test_methods_with_profiles_are_known() -> None:
    targets = load_targets("SeqVec", "Table 1")
    assert {target.row for target in targets if not target.uses_profiles} == {
        "DeepSeqVec",
        "DeepProtVec",
        "DeepOneHot",
        "DeepBLOSUM65",
    }


def test_rows_of_ours_are_marked_as_absent_from_the_paper() -> None:
    place = added_target("Composition", "DeepLoc test set", "Q10", "percent")
    cell = measured(place, ours(48.5))
    assert verdict(cell) == "not in the paper"
    assert cell.agreement.reason == "a row of ours, of which the paper has no number"
    assert cell.as_row()["kind"] == "added"
    assert math.isnan(float(str(cell.as_row()["difference"])))
    cell = measured(place, ours(48.5, deviation="fewer proteins"))
    assert verdict(cell) == "not in the paper"
    assert cell.agreement.reason.endswith("no number; fewer proteins")
    assert verdict(measured(place, ours(48.5, simulated=True))) == "not comparable"
