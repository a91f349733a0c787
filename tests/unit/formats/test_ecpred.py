"""The table of enzymes that replaces SIFTS's."""

from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.formats import ecpred
from protlang.formats.lines import write_lines


def test_ecpred_finds_the_enzymes_among_accessions(tmp_path: Path) -> None:
    rows = [
        "Protein UniProt Acc.\tEC Number",
        *("P1\t2.5.1.61", "P2\t2.7.7.23; 2.3.1.157", "P2\t3.4.-.-", "P3\t1.1.1.1"),
    ]
    path = tmp_path / "ecpred.tsv.gz"
    write_lines(path, rows)
    assert ecpred.read(path, {"P1", "P2", "P9"}) == {
        "P1": {"2.5.1.61"},
        "P2": {"2.7.7.23", "2.3.1.157", "3.4.-.-"},
    }


def test_another_table_is_not_taken_for_ecpreds(tmp_path: Path) -> None:
    path = tmp_path / "ecpred.tsv"
    path.write_text("accession\tec\nP1\t1.1.1.1\n")
    with pytest.raises(ProtlangError, match="begins with 'accession"):
        ecpred.read(path, {"P1"})
