import math
import re
from pathlib import Path

import pandas as pd
import pytest

from protlang.experiments.targets import Target
from protlang.protocol import Deviation
from protlang.tables.agreement import MEANINGS, Measured
from protlang.tables.cells import (
    as_frame,
    excerpted,
    measured,
    not_run,
    read_cells,
    write_csv,
)
from protlang.tables.layout import (
    PrintedTable,
    own_part,
    printed_table,
    write_html,
    write_markdown,
)
from protlang.tables.overview import COMPARED, OTHERS

BANNER = "Simulated data."
_CELL = r"<t[dh][^>]*>(.*?)</t[dh]>"
STEPS = {"Q3": 0.1, "MCC": 0.001}
FEWER = (Deviation("test proteins of CASP12", "19", "20"),)


def target(row: str, dataset: str, metric: str, value: float, stderr: float) -> Target:
    unit = "percent" if metric == "Q3" else "fraction"
    return Target(
        row, dataset, metric, unit, value, stderr, "reproduced", "", STEPS[metric]
    )


def table(
    folder: Path, simulated: bool = False, method: str = "DeepProf"
) -> PrintedTable:
    """Two test sets, of which the second has no MCC, and three methods."""
    own = Measured(70.25, 0.875, 20, simulated, (), "here", 3, 0.1)
    mcc = Measured(0.5, 0.0625, 20, simulated, FEWER, "here", 3, 0.001)
    cells = [
        excerpted(target("Spider3", "CASP12", "Q3", 79.1, math.nan)),
        measured(target(method, "CASP12", "Q3", 70.0, 1.0), own),
        measured(target(method, "CASP12", "MCC", 0.4, 0.01), mcc),
        not_run(target("DeepSeqVec", "CASP12", "Q3", 73.1, 1.3), "no embeddings"),
        not_run(target("DeepSeqVec", "CB513", "Q3", 76.9, 0.5), "no embeddings"),
    ]
    others = pd.DataFrame({"pooled": [math.nan, 69.75] + 3 * [math.nan]})
    others["pooled_evaluated"] = [math.nan, math.nan, 0.25, math.nan, math.nan]
    others["resolved"] = math.nan
    write_csv(as_frame(cells, others), folder / "cells.csv")
    return printed_table("Table <1>", read_cells(folder / "cells.csv"))


def test_rows_are_methods_and_metrics_have_two_columns(tmp_path: Path) -> None:
    printed = table(tmp_path)
    assert printed.grid.columns == [
        *("Data", "Method", "Q3 paper", "Q3 ours", "MCC paper", "MCC ours"),
    ]
    assert printed.grid.texts == [
        ["CASP12", "Spider3", "79.1", "excerpted", "–", "–"],  # noqa: RUF001
        [
            *("CASP12", "DeepProf", "70.0 ± 1.0", "70.2 ± 0.9 (reproduced)"),
            *("0.400 ± 0.010", "0.500 ± 0.062 (not distinguishable) [1]"),
        ],
        ["CASP12", "DeepSeqVec", "73.1 ± 1.3", "not run", "–", "–"],  # noqa: RUF001
        ["CB513", "DeepSeqVec", "76.9 ± 0.5", "not run", "–", "–"],  # noqa: RUF001
    ]


def test_other_countings_stand_beside_our_numbers(tmp_path: Path) -> None:
    countings = table(tmp_path).countings
    assert countings.columns == [
        *("Data", "Method", "Measure", "as above", "pooled", "pooled evaluated"),
    ]
    assert countings.rows == [
        ["CASP12", "DeepProf", "Q3", "70.2 ± 0.9", "69.8", "–"],  # noqa: RUF001
        ["CASP12", "DeepProf", "MCC", "0.500 ± 0.062", "–", "0.250"],  # noqa: RUF001
    ]


def test_a_table_without_numbers_of_ours_has_no_other_countings(tmp_path: Path) -> None:
    cells = [not_run(target("DeepProf", "CB513", "Q3", 70.0, 1.0), "no run")]
    write_csv(as_frame(cells, pd.DataFrame({"pooled": [math.nan]})), tmp_path / "c.csv")
    printed = printed_table("Table", read_cells(tmp_path / "c.csv"))
    assert printed.countings.rows == []
    write_html(printed, tmp_path / "t.html")
    text = (tmp_path / "t.html").read_text(encoding="utf-8")
    assert printed.countings_title not in text
    assert printed.details_title not in text


def test_numbers_counted_in_no_other_way_have_no_second_table(tmp_path: Path) -> None:
    own = Measured(70.25, 0.875, 20, False, (), "here", 0)
    cells = [measured(target("DeepProf", "CB513", "Q3", 70.0, 1.0), own)]
    write_csv(as_frame(cells, pd.DataFrame({"pooled": [math.nan]})), tmp_path / "c.csv")
    assert printed_table("Table", read_cells(tmp_path / "c.csv")).countings.rows == []


def test_each_reason_for_a_missing_number_stands_once_with_its_cells(
    tmp_path: Path,
) -> None:
    assert table(tmp_path).notes == [
        "not run: no embeddings (2 cells: DeepSeqVec on CASP12, CB513)",
    ]


def test_each_word_of_the_table_is_explained_and_no_other(tmp_path: Path) -> None:
    assert list(table(tmp_path).legend) == [
        *("reproduced", "not distinguishable", "not run", "excerpted"),
    ]
    assert set(MEANINGS) >= set(COMPARED) | set(OTHERS)


def test_differences_of_the_protocol_stand_once_and_cells_refer_to_them(
    tmp_path: Path,
) -> None:
    printed = table(tmp_path)
    assert printed.protocol == ["test proteins of CASP12: 19, the paper's 20"]
    write_markdown(printed, tmp_path / "t.md")
    text = (tmp_path / "t.md").read_text(encoding="utf-8")
    assert "- [1] test proteins of CASP12: 19, the paper's 20\n" in text
    assert text.count("the paper's 20") == 1


@pytest.mark.parametrize("ending", ["md", "html"])
def test_a_reader_finds_seeds_difference_and_yardstick(
    tmp_path: Path, ending: str
) -> None:
    printed = table(tmp_path)
    {"md": write_markdown, "html": write_html}[ending](printed, tmp_path / "t")
    text = (tmp_path / "t").read_text(encoding="utf-8")
    q3 = dict(zip(printed.details.columns, printed.details.rows[0], strict=True))
    assert [q3[name] for name in ("n", "seeds", "difference")] == ["20", "3", "+0.25"]
    assert text.index("reproduced") < text.index(printed.details_title)
    assert all(entry in text for entry in q3.values())


def test_our_part_of_a_page_has_the_notes_that_it_refers_to(tmp_path: Path) -> None:
    part = own_part(table(tmp_path))
    assert "DeepProf" in part
    assert "Spider3" not in part
    assert part.endswith("\n\n- [1] test proteins of CASP12: 19, the paper's 20")
    assert "[1]" not in own_part(table(tmp_path, simulated=True))


def test_simulated_numbers_have_no_verdict_of_their_own(tmp_path: Path) -> None:
    printed = table(tmp_path, simulated=True)
    assert printed.simulated
    assert printed.grid.rows[1][3] == "70.2 ± 0.9"
    assert not table(tmp_path).simulated


@pytest.mark.parametrize("ending", ["md", "html"])
def test_the_banner_stands_above_simulated_tables_alone(
    tmp_path: Path, ending: str
) -> None:
    write = {"md": write_markdown, "html": write_html}[ending]
    for simulated in (True, False):
        write(table(tmp_path, simulated), tmp_path / "t")
        text = (tmp_path / "t").read_text(encoding="utf-8")
        assert (BANNER in text) == simulated
        if simulated:
            assert text.index(BANNER) < text.index("CASP12")


def test_markdown_is_laid_out_as_printed(tmp_path: Path) -> None:
    write_markdown(table(tmp_path), tmp_path / "t.md")
    lines = (tmp_path / "t.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Table <1>"
    cells = [
        [text.strip() for text in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    ]
    assert cells[0][:4] == ["Data", "Method", "Q3 paper", "Q3 ours"]
    assert cells[2] == ["CASP12", "Spider3", "79.1", "excerpted", "–", "–"]  # noqa: RUF001
    assert cells[5][2] == "76.9 ± 0.5"
    assert "- not run: no embeddings (2 cells: DeepSeqVec on CASP12, CB513)" in lines


def test_numbers_keep_their_digits_in_markdown(tmp_path: Path) -> None:
    write_markdown(table(tmp_path), tmp_path / "t.md")
    assert "| 70.0 ± 1.0 " in (tmp_path / "t.md").read_text(encoding="utf-8")


def test_html_is_laid_out_as_printed(tmp_path: Path) -> None:
    write_html(table(tmp_path), tmp_path / "t.html")
    text = (tmp_path / "t.html").read_text(encoding="utf-8")
    rows = [
        [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(_CELL, row)]
        for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL)
    ]
    printed = table(tmp_path)
    grids = [printed.grid, printed.countings, printed.details]
    expected = [list(row) for grid in grids for row in (grid.columns, *grid.texts)]
    plain = [[re.sub(r"[()]", "", text) for text in row] for row in expected]
    assert [[re.sub(r"[()]", "", text) for text in row] for row in rows] == plain
    # Of the grid and, where numbers of ours are, of the details.
    assert text.count('<td class="ours">') == 2 * len(printed.grid.rows) + 2


def test_html_escapes_every_text(tmp_path: Path) -> None:
    write_html(table(tmp_path, method="<script>x</script>"), tmp_path / "t.html")
    text = (tmp_path / "t.html").read_text(encoding="utf-8")
    assert "<script>" not in text
    # Once in the table, twice each among the other countings and the details.
    assert text.count("&lt;script&gt;x&lt;/script&gt;") == 5
    assert "<title>Table &lt;1&gt;</title>" in text
