"""SeqVec, Table S1: amino acids in the corpora."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from protlang.alphabet import RESIDUES
from protlang.tables.cells import as_frame, read_cells, write_csv
from protlang.tables.grid import NOT_PRINTED
from protlang.tables.seqvec_table_s1 import RESIDUES_OF_THE_PAPER, arrange, fill
from protlang.validation import REPOSITORY


def make_meta(residues: int = 1000, **changes: Any) -> dict[str, Any]:
    """A corpus in which L, A, S, G come first, in this order."""
    composition = dict.fromkeys(RESIDUES, 0) | {"L": 4, "A": 3, "S": 2, "G": 1}
    return {
        "composition": {
            letter: count * residues // 10 for letter, count in composition.items()
        },
        "proteins": 7,
        "residues": residues,
        "simulated": False,
        "sources": [{"name": "u", "title": "UniRef50, current", "release": "rolling"}],
        **changes,
    }


def table(tmp_path: Path, corpora: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    write_csv(as_frame(fill(corpora)), tmp_path / "s1.csv")
    text = (tmp_path / "s1.csv").read_text()
    assert not any(",," in line or line.endswith(",") for line in text.splitlines())
    return read_cells(tmp_path / "s1.csv")


def test_letters_are_counted_and_ranked(tmp_path: Path) -> None:
    cells = table(tmp_path, {"uniref50": make_meta()})
    assert len(cells) == 2 * len(RESIDUES)
    by_cell = cells.set_index(["row", "metric"])["value"]
    assert by_cell["L", "share"] == pytest.approx(40)
    assert [by_cell[letter, "rank"] for letter in "LASG"] == [1, 2, 3, 4]
    assert list(cells["row"].unique())[:4] == list("LASG")
    assert set(cells["n"]) == {7}


def test_the_printed_ranks_stand_beside_ours(tmp_path: Path) -> None:
    cells = table(tmp_path, {"uniref50": make_meta()})
    printed_values = cells.dropna(subset="paper_value").set_index("row")
    assert printed_values["paper_value"].to_dict() == {"A": 2, "G": 4}
    assert set(printed_values["metric"]) == {"rank"}


def test_another_release_deviates_with_the_reason(tmp_path: Path) -> None:
    cells = table(tmp_path, {"uniref50": make_meta()})
    # Else the agreement table would take the run's data for simulated.
    assert set(cells["agreement"]) == {"reproduced", "not in the paper"}
    (protocol,) = set(cells["protocol"])
    assert "UniRef50, current (release rolling)" in protocol
    assert "1,000 residues" in protocol
    assert not arrange("S1", cells).simulated


def test_the_papers_own_release_reproduces_the_printed_ranks(tmp_path: Path) -> None:
    cells = table(tmp_path, {"uniref50": make_meta(RESIDUES_OF_THE_PAPER)})
    by_cell = cells.set_index(["row", "metric"])["agreement"]
    assert by_cell["A", "rank"] == by_cell["G", "rank"] == "reproduced"
    assert by_cell["L", "rank"] == by_cell["A", "share"] == "not in the paper"
    assert not arrange("S1", cells).simulated


def test_simulated_corpora_are_not_comparable(tmp_path: Path) -> None:
    meta = make_meta(RESIDUES_OF_THE_PAPER, simulated=True)
    cells = table(tmp_path, {"uniref50": meta})
    assert set(cells["agreement"]) == {"not comparable"}
    assert arrange("S1", cells).simulated


def test_a_row_per_letter_and_corpus_is_shown(tmp_path: Path) -> None:
    cells = table(tmp_path, {"one": make_meta(), "two": make_meta()})
    rows = arrange("S1", cells).grid.texts
    assert len(rows) == 2 * len(RESIDUES)
    assert rows[1] == ["one", "A", "30.000", "2", "2 (reproduced) [1]"]
    assert rows[2] == ["one", "S", "20.000", NOT_PRINTED, "3"]
    assert rows[25][:2] == ["two", "L"]


def test_without_a_corpus_nothing_is_run(tmp_path: Path) -> None:
    cells = table(tmp_path, {})
    assert set(cells["agreement"]) == {"not run"}
    assert set(cells["reason"]) == {"the configuration declares no corpus"}
    assert len(arrange("S1", cells).grid.rows) == len(RESIDUES)


def test_the_number_of_residues_is_the_one_listed_among_the_papers_numbers() -> None:
    targets = pd.read_csv(REPOSITORY / "resources" / "paper_targets.csv")
    listed = targets[targets["element"] == "Methods: data"].set_index("metric")
    assert int(listed.loc["residues", "value"]) == RESIDUES_OF_THE_PAPER
