import csv
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from protlang.experiments.targets import Target, added_target, load_targets
from protlang.protocol import Deviation, Deviations
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


OTHER_PROTEINS = (Deviation("test proteins of CB513", "500", "511"),)
OTHER_TRAINING = (Deviation("training proteins", "FLIP's training set"),)


def target(value: float = 64, stderr: float = 0.75, kind: str = "ours") -> Target:
    return Target("DeepProf", "CB513", "Q3", "percent", value, stderr, kind, "", 0.1)


def ours(
    value: float,
    stderr: float = 1.0,
    simulated: bool = False,
    deviations: Deviations = OTHER_PROTEINS,
) -> Measured:
    """A number of three trainings without any spread, by default on other proteins."""
    described = "trained here"
    return Measured(value, stderr, 20, simulated, deviations, described, 3, 0.0)


def verdict(cell: Cell) -> str:
    assert cell.agreement.reason
    assert cell.provenance
    return cell.agreement.verdict


ROUNDING = 0.05
RIVAL = [replace(target(80.0), row="DeepOneHot")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (64.0, "reproduced"),
        # sqrt(0.75^2 + 1^2) is 1.25: chance explains up to 2.5 and half a printed
        # digit, the limit included.
        (66.5 + ROUNDING, "reproduced"),
        (61.5 - ROUNDING, "reproduced"),
        (66.501 + ROUNDING, "higher"),
        (61.499 - ROUNDING, "lower"),
    ],
)
def test_on_other_proteins_two_combined_errors_are_the_limit(
    value: float, expected: str
) -> None:
    assert verdict(measured(target(), ours(value), RIVAL)) == expected


@pytest.mark.parametrize("value", [64 + ROUNDING, 64 - ROUNDING])
def test_on_the_same_proteins_their_errors_explain_nothing(value: float) -> None:
    assert verdict(measured(target(), ours(value, deviations=()))) == "reproduced"
    further = 64 + 1.1 * (value - 64)
    assert verdict(measured(target(), ours(further, deviations=()))) != "reproduced"


def test_the_limit_is_meant_in_printed_digits() -> None:
    at_the_limit = ours(32.2 + ROUNDING, 0.8)
    assert verdict(measured(target(30.2, 0.6), at_the_limit, RIVAL)) == "reproduced"


@pytest.mark.parametrize(
    ("paper_stderr", "own_stderr", "expected"),
    [
        (NAN, 0.8, "reproduced"),
        (0.8, NAN, "reproduced"),
        (NAN, 0.6, "higher"),
        (NAN, NAN, "higher"),
    ],
)
def test_a_missing_standard_error_is_taken_from_the_other_set(
    paper_stderr: float, own_stderr: float, expected: str
) -> None:
    cell = measured(target(64.0, paper_stderr), ours(66.0, own_stderr), RIVAL)
    assert verdict(cell) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, "lower"), (64.0, "reproduced"), (100.0, "higher")]
)
def test_with_other_training_data_the_numbers_are_compared_all_the_same(
    value: float, expected: str
) -> None:
    cell = measured(target(), ours(value, deviations=OTHER_TRAINING))
    assert verdict(cell) == expected
    assert cell.as_row()["protocol"] == "training proteins: FLIP's training set"
    assert cell.as_row()["difference"] == value - 64.0


@pytest.mark.parametrize("value", [64.0, 90.0])
@pytest.mark.parametrize("deviations", [(), OTHER_TRAINING])
def test_simulated_data_are_never_comparable(
    value: float, deviations: Deviations
) -> None:
    cell = measured(target(), ours(value, simulated=True, deviations=deviations))
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
        measured(target(), ours(66.0), RIVAL),
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
        *("row", "dataset", "metric", "unit"),
        *("paper_value", "paper_stderr", "paper_rounding", "kind"),
        *("value", "stderr", "n", "seeds", "seed_sd", "difference"),
        *("yardstick", "closest_row", "simulated"),
        *("protocol", "agreement", "reason", "provenance"),
        *("pooled", "resolved"),
    ]
    assert all(text.strip() for row in rows for text in row)
    assert rows[0][4:7] == ["64", "0.75", "0.05"]
    assert rows[0][7:11] == ["ours", "66", "1", "20"]
    assert rows[0][11:16] == ["3", "0", "2", "2.55", "16"]
    assert rows[0][16:19] == [
        "False",
        "test proteins of CB513: 500, the paper's 511",
        "reproduced",
    ]
    assert rows[0][21:] == ["65.4321", "NA"]
    assert rows[1][8:15] == ["85.3", "NA", "0", "0", "NA", "NA", "NA"]
    assert rows[1][17:19] == ["NA", "excerpted"]
    assert rows[2][8:15] == ["NA", "NA", "0", "0", "NA", "NA", "NA"]
    assert rows[2][17:19] == ["NA", "not run"]


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
    cell = measured(place, ours(48.5, deviations=OTHER_TRAINING))
    assert verdict(cell) == "not in the paper"
    assert cell.as_row()["protocol"] == "training proteins: FLIP's training set"
    assert verdict(measured(place, ours(48.5, simulated=True))) == "not comparable"
