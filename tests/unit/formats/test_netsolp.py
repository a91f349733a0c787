from pathlib import Path

import pytest

from support.errors import complaint
from support.labelled_sets import read_set
from support.proteins import assert_same_proteins, soluble

TABLE = "sid,solubility,fasta,partition\nNA,1,NA,0\nAaC.1,0,MKVX,4\n"


def test_rows_become_classes_and_partitions(tmp_path: Path) -> None:
    found = read_set(tmp_path, "netsolp-csv", {"data.csv": TABLE})
    expected = [
        soluble("NA", "soluble", "NA", "partition_0"),
        soluble("AaC.1", "insoluble", "MKVX", "partition_4"),
    ]
    assert_same_proteins(found, expected)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("AaC.1,0", "AaC.1,0.5"), "AaC.1 has the label '0.5'"),
        (("X,4", "X,5"), "AaC.1 is in partition '5'; expected"),
        (("X,4", "X,"), "AaC.1 is in partition ''"),
        (("fasta", "seq"), "lacks the columns fasta"),
        (("AaC.1", "NA"), "record NA occurs twice"),
        (("MKVX", "MKV*"), "has the letter '*' at position 4"),
    ],
)
def test_a_damaged_table_is_reported(
    tmp_path: Path, change: tuple[str, str], expected: str
) -> None:
    files = {"data.csv": TABLE.replace(*change)}
    message = complaint(read_set, tmp_path, "netsolp-csv", files)
    assert expected in message
    assert "data.csv" in message
