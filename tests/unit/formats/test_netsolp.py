from collections.abc import Callable
from pathlib import Path

import pytest

from protlang.datasets.curation import checked
from protlang.errors import ProtlangError
from protlang.formats import netsolp
from protlang.formats.registry import DISTRIBUTIONS
from protlang.proteins import Protein
from support.builders import assert_same_proteins


def soluble(identifier: str, state: str, sequence: str, split: str) -> Protein:
    return Protein(identifier, sequence, split=split, classes={"solubility": state})


TABLE = "sid,solubility,fasta,partition\nNA,1,NA,0\nAaC.1,0,MKVX,4\n"
NETSOLP = [
    soluble("NA", "soluble", "NA", "partition_0"),
    soluble("AaC.1", "insoluble", "MKVX", "partition_4"),
]


def read_table(folder: Path, text: str) -> list[Protein]:
    path = folder / "trainset.csv"
    path.write_text(text)
    return checked(DISTRIBUTIONS["netsolp-csv"].read({"data": path}, "psi"), str(path))


def test_rows_become_classes_and_partitions(tmp_path: Path) -> None:
    assert_same_proteins(read_table(tmp_path, TABLE), NETSOLP)


@pytest.mark.parametrize("simulated", [True, False])
def test_a_written_table_is_read(tmp_path: Path, simulated: bool) -> None:
    path = tmp_path / "trainset.csv"
    netsolp.write(path, NETSOLP, simulated)
    assert (path.read_text() == TABLE) is not simulated
    assert_same_proteins(netsolp.read({"data": path}, "psi"), NETSOLP)
    assert DISTRIBUTIONS["netsolp-csv"].is_simulated({"data": path}) is simulated


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda text: text.replace("AaC.1,0", "AaC.1,0.5"),
            "AaC.1 has the label '0.5'",
        ),
        (
            lambda text: text.replace("X,4", "X,5"),
            "AaC.1 is in partition '5'; expected",
        ),
        (lambda text: text.replace("X,4", "X,"), "AaC.1 is in partition ''"),
        (lambda text: text.replace("fasta", "seq"), "lacks the columns fasta"),
        (lambda text: text.replace("AaC.1", "NA"), "record NA occurs twice"),
        (lambda text: text.replace("MKVX", "MKV*"), "has the letter '*' at position 4"),
    ],
)
def test_a_damaged_table_is_reported(
    tmp_path: Path, change: Callable[[str], str], expected: str
) -> None:
    with pytest.raises(ProtlangError) as caught:
        read_table(tmp_path, change(TABLE))
    assert expected in str(caught.value)
    assert "trainset.csv" in str(caught.value)
