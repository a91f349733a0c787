"""Tables of runs in the documents."""

import sys
from pathlib import Path

import pytest

from protlang.experiments.targets import Target
from protlang.protocol import Deviation
from protlang.tables.agreement import Measured
from protlang.tables.cells import as_frame, fill_cells, write_csv
from support.checkout import REPOSITORY

sys.path.append(str(REPOSITORY / "docs"))

import update_readme

LESS = Deviation("training proteins", "9,712", "10,256")
OTHERS = Deviation("test proteins of CASP12", "19", "20")


def target(row: str, value: float) -> Target:
    facts = ("CASP12", "Q3", "percent", value, 1.6, "reproduced", "")
    return Target(row, *facts, step=0.1)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The table with a line for each number, of three methods."""
    ours = {
        "A": Measured(67.3, 1.5, 20, False, (LESS,), "run", seeds=3, seed_sd=0.01),
        "B": Measured(69.0, 1.5, 19, False, (LESS, OTHERS), "run", seeds=1),
        "C": Measured(70.0, 1.5, 20, False, (), "run", seeds=3, seed_sd=0.1),
    }
    targets = [target("A", 67.1), target("B", 69.0), target("C", 80.0)]
    cells = fill_cells(targets, lambda one: ours[one.row])
    path = tmp_path / "results" / "real" / "tables" / "seqvec_table1.csv"
    path.parent.mkdir(parents=True)
    write_csv(as_frame(cells), path)
    monkeypatch.setattr(update_readme, "REPOSITORY", tmp_path)
    return update_readme.judged_table("seqvec_table1", "real")


def test_a_line_has_what_could_have_refused_it(page: str) -> None:
    line = [text.strip() for text in page.splitlines()[2].split("|")[1:-1]]
    assert line == [
        *("CASP12", "A", "Q3", "67.1 ± 1.6", "67.3 ± 1.5", "3"),
        *("+0.20", "0.10", "1.90", "higher", "1"),
    ]


def test_each_difference_of_protocol_is_said_once(page: str) -> None:
    lines = page.splitlines()
    protocols = [line.split("|")[-2].strip() for line in lines[2:5]]
    assert protocols == ["1", "1, 2", "same"]
    assert lines[-2:] == [f"- [1] {LESS}", f"- [2] {OTHERS}"]
