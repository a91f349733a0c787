from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.formats import archives, topcons
from protlang.formats.registry import DISTRIBUTIONS
from protlang.proteins import Protein
from support.errors import complaint
from support.labelled_sets import read_set
from support.proteins import assert_same_proteins


def membrane(
    identifier: str, sequence: str, topology: str, mask: str | None = None
) -> Protein:
    labels = {"topology": topology, "mask": mask or "1" * len(topology)}
    return Protein(identifier, sequence, labels)


PROTEINS = [
    membrane("3D_P60844|2abmA", "MFRKLAAE", "IIMMMOOO"),
    membrane("3D_B0SR19|4qncA", "MXK", "OMM"),
]
TEXT = ">3D_P60844|2abmA\nMFRKLAAE\nIIMMMOOO\n>3D_B0SR19|4qncA\nMXK\nOMM\n"


def read(folder: Path, text: str) -> list[Protein]:
    return read_set(folder, "topcons-3line", {"data.3line": text})


def resolved(folder: Path, places: str) -> Protein:
    (protein,) = read(folder, f">one\n{'A' * len(places)}\n{places}\n")
    return protein


def test_three_lines_are_a_protein(tmp_path: Path) -> None:
    found = read(tmp_path, TEXT)
    assert_same_proteins(found, PROTEINS)
    assert not any(protein.changes for protein in found)


def test_blank_lines_and_lower_case_mean_nothing(tmp_path: Path) -> None:
    spaced = TEXT.replace("MFRKLAAE", " mfrklaae ").replace("OMM\n", "omm\n\n\n")
    assert_same_proteins(read(tmp_path, spaced), PROTEINS)


@pytest.mark.parametrize(
    ("places", "topology"),
    [
        ("IILLII", "IIIIII"),
        ("MOLLOM", "MOOOOM"),
        ("LLOM", "OOOM"),  # at the beginning only a side after it is known
        ("OMLLI", "OMOOI"),
    ],
)
def test_a_re_entrant_loop_is_on_the_side_it_came_from(
    tmp_path: Path, places: str, topology: str
) -> None:
    protein = resolved(tmp_path, places)
    assert protein.labels == {"topology": topology, "mask": "1" * len(places)}
    assert protein.changes == {"re_entrant_residues_given_a_side": places.count("L")}


@pytest.mark.parametrize(
    ("places", "topology", "mask"),
    [
        ("XXMXX", "IIMII", "00100"),  # no side is known
        ("IIMOX", "IIMOO", "11110"),
        ("XOMIX", "OOMII", "01110"),
        ("OXXIM", "OOOIM", "10011"),
        ("OMXXMO", "OMOOMO", "110011"),
        ("OLXM", "OOOM", "1101"),
    ],
)
def test_an_unknown_side_is_masked_and_helices_stay(
    tmp_path: Path, places: str, topology: str, mask: str
) -> None:
    protein = resolved(tmp_path, places)
    assert protein.labels == {"topology": topology, "mask": mask}
    assert protein.changes["residues_of_unknown_side_masked"] == places.count("X")


@given(st.text("IOMXL", min_size=1, max_size=30))
def test_helices_and_known_sides_are_never_changed(
    tmp_path_factory: pytest.TempPathFactory, places: str
) -> None:
    protein = resolved(tmp_path_factory.mktemp("topcons"), places)
    for before, after, mask in zip(places, *protein.labels.values(), strict=True):
        assert after == before if before in "IOM" else after in "IO"
        assert mask == ("0" if before == "X" else "1")
    assert sum(protein.changes.values()) == places.count("X") + places.count("L")


def test_masked_residues_are_written_as_unknown(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    topcons.write_archive(path, [membrane("one", "MKV", "OMI", "011")], False)
    with archives.unpacked(path, ["TM.3line"]) as found:
        assert found["TM.3line"].read_text() == ">one\nMKV\nXMI\n"


@pytest.mark.parametrize(
    ("name", "distribution"),
    [("datasets.zip", "topcons-zip"), ("tm.tar.gz", "p-elmo-transmembrane")],
)
@pytest.mark.parametrize("simulated", [True, False])
def test_written_archives_are_read(
    tmp_path: Path, name: str, distribution: str, simulated: bool
) -> None:
    files = {"data": tmp_path / name}
    topcons.write_archive(files["data"], PROTEINS, simulated)
    known = DISTRIBUTIONS[distribution]
    assert_same_proteins(known.read(files, "topcons"), PROTEINS)
    assert known.is_simulated(files) is simulated
    assert known.labels == {"topology", "mask"}


def test_of_an_archive_only_proteins_without_signal_peptide_are_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.zip"
    folder = "data/transmembrane/TOPCONS2_datasets"
    members = {
        f"{folder}/SP+TM.3line": b">no\nM\nS\n",
        f"{folder}/TM.3line": TEXT.encode(),
    }
    archives.pack(path, members, simulated=False)
    assert_same_proteins(topcons.read_archive({"data": path}, "topcons"), PROTEINS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">one\nMKV\n", "record 1 is not three lines"),
        (TEXT + ">two\n", "record 3 is not three lines"),
        ("MKV\nIII\n>one\n", "but begins with 'MKV'"),
        (TEXT.replace("OOO\n", "OOO\nextra\n"), "record 2 is not three lines"),
        (">one\nMKV\nIMS\n", "record one: the line of places has the letter 'S'"),
        (">one\nMKV\nIM\n", "has 3 residues but 2 topology labels"),
        (">one\nMJV\nIMM\n", "the sequence has the letter 'J' at position 2"),
        (">\nMKV\nIMM\n", "has no id"),
        (TEXT + TEXT, "record 3D_P60844|2abmA occurs twice"),
        ("", "is empty"),
    ],
)
def test_damaged_files_are_reported(tmp_path: Path, text: str, expected: str) -> None:
    message = complaint(read, tmp_path, text)
    assert expected in message
    assert "data.3line" in message
