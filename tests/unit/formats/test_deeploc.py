import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.alphabet import LOCATIONS
from protlang.formats import deeploc
from protlang.formats.registry import DISTRIBUTIONS
from protlang.proteins import Protein
from support.errors import complaint
from support.labelled_sets import read_set
from support.proteins import assert_same_proteins, classified

FASTA = """\
>Q9H400 Cell.membrane-M test
MGLPVS
WAPU
>P12345 Lysosome/Vacuole-U
MK
>P00001 Cytoplasm-Nucleus-U
MXBZ
"""

PROTEINS = [
    classified("Q9H400", "Cell.membrane", "M", "MGLPVSWAPU", "test"),
    classified("P12345", "Lysosome/Vacuole", "U", "MK", "train"),
    classified("P00001", "Cytoplasm-Nucleus", "U", "MXBZ", "train"),
]

TABLE = (
    "accession\tdeeploc1_label\tmembrane_from\tsequence_from\tsequence\n"
    "P12345\tNucleus-S\tdeeploc2\tdeeploc2\tMKV\n"
    "NA\tEndoplasmic.reticulum-U\tnone\tproteome\tMU\n"
)


def read(folder: Path, text: str) -> list[Protein]:
    return read_set(folder, "deeploc-fasta", {"data.fasta": text})


def rebuilt(
    folder: Path, table: str = TABLE, fasta: str = FASTA.split(">P12345")[0]
) -> list[Protein]:
    """Read the table and the test set of `deeploc-tsv`."""
    files = {"train.tsv.gz": table, "test.fasta": fasta}
    return read_set(folder, "deeploc-tsv", files)


def test_headers_become_classes_and_splits(tmp_path: Path) -> None:
    assert_same_proteins(read(tmp_path, FASTA), PROTEINS)


def test_white_space_in_a_header_means_nothing(tmp_path: Path) -> None:
    text = FASTA.replace("Cell.membrane-M test", "  Cell.membrane-M\t test  ")
    assert_same_proteins(read(tmp_path, text), PROTEINS)


@given(st.lists(st.sampled_from(LOCATIONS), min_size=1, max_size=5), st.booleans())
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, locations: list[str], simulated: bool
) -> None:
    proteins = [
        classified(
            f"P{serial}",
            location,
            "MSU"[serial % 3],
            "MKV" * (20 * serial + 1),
            "test" if serial % 2 else "train",
        )
        for serial, location in enumerate(locations)
    ]
    path = tmp_path_factory.mktemp("deeploc") / "deeploc_data.fasta.gz"
    deeploc.write(path, proteins, simulated)
    assert_same_proteins(deeploc.read({"data": path}, "deeploc-1"), proteins)
    assert DISTRIBUTIONS["deeploc-fasta"].is_simulated({"data": path}) == simulated


def test_the_original_comes_out_as_it_was(tmp_path: Path) -> None:
    deeploc.write(tmp_path / "out.fasta", PROTEINS, simulated=False)
    assert (tmp_path / "out.fasta").read_text() == FASTA.replace("S\nWA", "SWA")


def test_lines_have_sixty_residues_and_bytes_are_always_the_same(
    tmp_path: Path,
) -> None:
    proteins = [classified("P1", sequence="M" * 121, split="train")]
    for name in ("a.fasta", "a.fasta.gz", "b.fasta.gz"):
        deeploc.write(tmp_path / name, proteins, simulated=True)
    text = (tmp_path / "a.fasta").read_text()
    assert text.splitlines()[0] == ">P1 Nucleus-S SIMULATED BY PROTLANG"
    assert [len(line) for line in text.splitlines()[1:]] == [60, 60, 1]
    packed = [(tmp_path / f"{name}.fasta.gz").read_bytes() for name in "ab"]
    assert packed[0] == packed[1]
    assert packed[0][4:8] == bytes(4)  # no time of writing
    assert gzip.decompress(packed[0]).decode() == text


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("P1", "has the header ''"),
        ("P1 Nucleus", "has the label 'Nucleus'; expected a location (Cell.membrane,"),
        ("P1 Nucleus-", "has the label 'Nucleus-'"),
        ("P1 Nucleus-X", "has the label 'Nucleus-X'"),
        ("P1 nucleus-S", "has the label 'nucleus-S'"),
        ("P1 Cell membrane-M", "has the header 'Cell membrane-M'"),
        ("P1 Nucleus-S TEST", "has the header 'Nucleus-S TEST'"),
        ("P1 Nucleus-S test test", "has the header 'Nucleus-S test test'"),
    ],
)
def test_a_header_that_is_not_deeplocs_is_reported(
    tmp_path: Path, header: str, expected: str
) -> None:
    message = complaint(read, tmp_path, f">{header}\nMKV\n")
    assert "data.fasta: record P1" in message
    assert expected in message


@pytest.mark.parametrize("letter", ["J", "*", "-", "m"])
def test_letters_that_are_no_residues_are_refused(tmp_path: Path, letter: str) -> None:
    message = complaint(read, tmp_path, f">P1 Nucleus-S\nMK{letter}V\n")
    assert f"record P1: the sequence has the letter {letter!r} at position 3" in message


def test_a_protein_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    assert "record Q9H400 occurs twice" in complaint(read, tmp_path, FASTA * 2)


def test_the_rebuilt_set_is_a_table_and_the_original_test_proteins(
    tmp_path: Path,
) -> None:
    assert_same_proteins(
        rebuilt(tmp_path),
        [
            classified("P12345", "Nucleus", "S", "MKV", "train"),
            classified("NA", "Endoplasmic.reticulum", "U", "MU", "train"),
            PROTEINS[0],
        ],
    )


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            [TABLE.replace("Nucleus-S", "Nucleus")],
            "train.tsv.gz: record P12345 has the",
        ),
        (
            [TABLE.replace("deeploc1_label", "label")],
            "lacks the columns deeploc1_label",
        ),
        ([TABLE, FASTA], "record P12345 is not marked 'test'"),
    ],
    ids=["label", "column", "training proteins among the test proteins"],
)
def test_a_damaged_rebuilt_set_is_reported(
    tmp_path: Path, files: list[str], expected: str
) -> None:
    assert expected in complaint(rebuilt, tmp_path, *files)


def test_both_distributions_have_classes_and_no_labels_of_residues() -> None:
    for name in ("deeploc-fasta", "deeploc-tsv"):
        assert DISTRIBUTIONS[name].classes == {"location", "membrane"}
        assert DISTRIBUTIONS[name].labels == frozenset()
    assert not DISTRIBUTIONS["flip-secondary-structure"].classes
