import math
from pathlib import Path

from protlang.experiments.targets import Target
from protlang.protocol import Deviation
from protlang.tables.agreement import Measured
from protlang.tables.cells import excerpted, measured, not_run
from protlang.tables.details import details_of
from protlang.tables.protocol_notes import ProtocolNotes
from support.tables import as_read

OTHER = (Deviation("training proteins", "9,712", "10,256"),)


def target(row: str, unit: str = "percent") -> Target:
    return Target(row, "CB513", "Q3", unit, 64.0, 0.5, "reproduced", "", 0.1)


def details(
    folder: Path, ours: Measured, unit: str = "percent"
) -> list[dict[str, str]]:
    cells = [
        excerpted(target("Spider3")),
        not_run(target("DeepSeqVec"), "no embeddings"),
        measured(target("DeepProf", unit), ours, [target("DeepOneHot")]),
    ]
    table = as_read(cells, folder)
    grid = details_of(table, ProtocolNotes(table["protocol"]))
    return [dict(zip(grid.columns, row, strict=True)) for row in grid.texts]


def test_each_number_of_ours_has_a_row(tmp_path: Path) -> None:
    (row,) = details(tmp_path, Measured(64.25, 0.5, 1511, False, OTHER, "p", 3, 0.1))
    assert list(row.values())[:5] == [
        *("CB513", "DeepProf", "Q3", "64.0 ± 0.5", "64.2 ± 0.5"),
    ]
    named = ("n", "seeds", "SD", "difference", "yardstick", "closest row", "protocol")
    assert [row[name] for name in named] == [
        *("1,511", "3", "0.10", "+0.25", "0.55", "0.00", "1"),
    ]
    assert row["agreement"] == "not distinguishable"
    assert row["why"] == "DeepOneHot is as close as chance can bring ours"


def test_columns_that_nothing_is_known_of_are_left_out(tmp_path: Path) -> None:
    (row,) = details(tmp_path, Measured(64.25, math.nan, 7, True, OTHER, "p", 0))
    assert list(row) == [
        *("Data", "Method", "Measure", "paper", "ours", "n", "difference"),
        *("protocol", "agreement", "why"),
    ]


def test_other_units_have_three_significant_digits(tmp_path: Path) -> None:
    ours = Measured(12_345.678, math.nan, 7, True, (), "p", 0)
    (row,) = details(tmp_path, ours, unit="s")
    assert row["difference"] == "+12,282"
