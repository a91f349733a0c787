import math
from pathlib import Path

import pytest
from scipy.stats import binomtest

from protlang.experiments.targets import Target
from protlang.protocol import Deviation
from protlang.tables.agreement import Measured
from protlang.tables.cells import as_frame, fill_cells, write_csv
from protlang.tables.inputs import Inputs
from protlang.tables.overview import compute, sign_test
from support.tables import page_of

OTHER = (Deviation("training proteins", "9,712", "10,256"),)


def write_table(path: Path, simulated: bool = False) -> str:
    """Six rows of one column, all above the paper's by 0.2, one of another protocol."""
    targets = [
        Target(f"row {i}", "CB513", "Q3", "percent", 60.0 + i, 0.5, "ours", "", 0.1)
        for i in range(6)
    ]

    def measure(target: Target) -> Measured:
        deviations = OTHER if target.row == "row 5" else ()
        value = target.value + 0.2
        return Measured(value, 0.5, 511, simulated, deviations, "here", 3, 0.05)

    quoted = Target("Spider3", "CB513", "Q3", "percent", 80, math.nan, "excerpted", "")
    write_csv(as_frame(fill_cells([*targets, quoted], measure)), path)
    return str(path)


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([0.1, 2, 3, 4, 5, 6], (6, 0, 0, 2 / 64)),
        ([-1, 1, 0, math.nan], (1, 1, 1, 1.0)),
        ([-1, -2], (0, 2, 0, 0.5)),
        # Printed as 65.4: 65.35 and 65.45 may both have been that.
        ([0.05, -0.05, 0.051, 65.45 - 65.4], (1, 0, 3, 1.0)),
    ],
)
def test_signs_are_tested_in_both_directions(
    differences: list[float], expected: tuple[int, int, int, float]
) -> None:
    roundings = [0.05] * len(differences)
    assert sign_test(differences, roundings) == pytest.approx(expected)


@pytest.mark.parametrize("above", range(13))
def test_the_p_value_is_that_of_a_binomial_test(above: int) -> None:
    found = sign_test([1.0] * above + [-1.0] * (12 - above), [0.05] * 12)
    assert found.p_value == pytest.approx(binomtest(above, 12).pvalue)


def test_without_differences_there_is_no_p_value() -> None:
    found = sign_test([0.0, math.nan], [0.05, 0.05])
    assert (found.above, found.below, found.ties) == (0, 0, 1)
    assert math.isnan(found.p_value)


def test_reproduced_cells_of_one_sign_show_a_systematic_error(tmp_path: Path) -> None:
    tables = [write_table(tmp_path / name) for name in ("one.csv", "two.csv")]
    found = compute(Inputs({"tables": tables}))
    assert list(found["table"]) == ["one", "two"]
    first = found.iloc[0]
    assert (first["reproduced"], first["excerpted"]) == (6, 1)
    assert first["of another protocol"] == 1
    assert (first["above"], first["below"]) == (6, 0)
    assert first["p_value"] == pytest.approx(2 / 64)


def test_simulated_numbers_have_no_sign(tmp_path: Path) -> None:
    table = write_table(tmp_path / "one.csv", simulated=True)
    columns = compute(Inputs({"tables": [table]}))
    found = columns.iloc[0]
    assert (found["above"], found["below"], found["not comparable"]) == (0, 0, 6)
    assert page_of("agreement", columns, tmp_path).simulated


def test_the_page_sums_cells_by_table_and_lists_columns(tmp_path: Path) -> None:
    tables = [write_table(tmp_path / name) for name in ("one.csv", "two.csv")]
    page = page_of("agreement", compute(Inputs({"tables": tables})), tmp_path)
    assert not page.simulated
    assert page.grid.columns[:3] == ["Table", "reproduced", "not distinguishable"]
    assert [row[:2] for row in page.grid.rows] == [
        *(["one", "6"], ["two", "6"], ["all", "12"]),
    ]
    assert page.countings.rows[0] == ["one", "CB513", "Q3", "6", "0", "0", "6", "0.031"]
    assert "by column" in (tmp_path / "agreement.md").read_text(encoding="utf-8")
    assert "by column" in (tmp_path / "agreement.html").read_text(encoding="utf-8")
