"""Headers of Pfam-A.fasta, and the numbers that families get."""

import gzip
from pathlib import Path

import pytest

from protlang.formats.pfam import (
    Domain,
    Family,
    FamilyConflictError,
    FamilyNumbers,
    parse_family,
    write,
)


@pytest.mark.parametrize(
    ("word", "family"),
    [
        ("PF10417.7;1-cysPrx_C;", Family("PF10417", "7", "1-cysPrx_C")),
        ("PF00009;GTP_EFTU;", Family("PF00009", "", "GTP_EFTU")),
        ("PF00009.12;GTP_EFTU", Family("PF00009", "12", "GTP_EFTU")),
        ("HOMFAM;Ald_Xan_dh_2;", Family("HOMFAM", "", "Ald_Xan_dh_2")),
        ("PF10417.7", None),
        ("PF10417.7;", None),
        (";name;", None),
        ("PF10417.7;one;two;", None),
    ],
)
def test_a_family_is_read_from_its_word(word: str, family: Family | None) -> None:
    assert parse_family(word) == family


def test_families_are_numbered_as_they_occur_and_versions_are_noted() -> None:
    numbers = FamilyNumbers()
    words = ["PF2.1;b;", "PF1.1;a;", "PF2.1;b;", "PF2.3;b;", "PF1.1;a;"]
    found = [numbers.number_of(f"x/1-9 x.1 {word} rest".encode()) for word in words]
    assert found == [0, 1, 0, 0, 1]
    assert numbers.families == [Family("PF2", "1", "b"), Family("PF1", "1", "a")]
    assert numbers.in_several_versions == {0}


@pytest.mark.parametrize("header", [b"", b"x/1-9", b"x/1-9 x.1", b"x/1-9 x.1 Putative"])
def test_a_header_without_a_family_has_no_number(header: bytes) -> None:
    assert FamilyNumbers().number_of(header) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [("PF1.1;a;", "PF1.1;b;"), ("PF1.1;a;", "PF2.1;a;"), ("PF1.1;a;", "PF1.2;b;")],
)
def test_an_accession_and_a_name_belong_together(first: str, second: str) -> None:
    numbers = FamilyNumbers()
    numbers.number_of(f"x x {first}".encode())
    with pytest.raises(FamilyConflictError, match="contradicts an earlier record"):
        numbers.number_of(f"x x {second}".encode())


def test_two_known_families_cannot_be_crossed() -> None:
    numbers = FamilyNumbers()
    for word in (b"PF1;a;", b"PF2;b;"):
        numbers.number_of(b"x x " + word)
    with pytest.raises(FamilyConflictError, match="PF1;b; contradicts"):
        numbers.number_of(b"x x PF1;b;")


def test_a_set_of_families_is_distinguished_by_names() -> None:
    numbers = FamilyNumbers()
    words = [b"HOMFAM;a;", b"HOMFAM;b;", b"PF1;a;", b"HOMFAM;a;"]
    assert [numbers.number_of(b"x x " + word) for word in words] == [0, 1, 2, 0]


def test_a_file_is_written_as_pfam_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "Pfam-A.fasta.gz"
    domain = Domain("A_B/3-64", "A.1", "PF1.2;a;", "M" * 61)
    write(path, [domain, domain._replace(sequence="K")], "remark")
    header = ">A_B/3-64 A.1 PF1.2;a; remark\n"
    text = f"{header}{'M' * 60}\nM\n{header}K\n"
    assert gzip.decompress(path.read_bytes()).decode() == text
    write(path, [domain._replace(sequence="K")])
    assert gzip.decompress(path.read_bytes()) == b">A_B/3-64 A.1 PF1.2;a;\nK\n"
