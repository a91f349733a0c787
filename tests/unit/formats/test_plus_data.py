from dataclasses import replace
from pathlib import Path

import pytest

from protlang.formats import plus_data
from protlang.formats.plus_data import STRUCTURE
from protlang.formats.registry import DISTRIBUTIONS
from protlang.proteins import Protein
from support.errors import complaint
from support.labelled_sets import read_set, write_files
from support.proteins import assert_same_proteins

MK = ">a:sequence\nMK\n"

PROTEINS = {
    "solubility": [
        Protein("Psol_val_0", "MKV", classes={"solubility": "insoluble"}),
        Protein("Psol_val_1", "MUX", classes={"solubility": "soluble"}),
    ],
    "localization": [
        Protein("P1", "MK", classes={"location": "Nucleus", "membrane": "S"}),
        Protein("P2", "A", classes={"location": "Cytoplasm-Nucleus", "membrane": "U"}),
    ],
    "stability": [
        Protein("a", "MKV" * 30, values={"stability": -0.25}),
        Protein("b", "M", values={"stability": 0.1}),
    ],
    "fluorescence": [Protein("a", "MKV", values={"fluorescence": 3.5})],
    "secondary_structure": [
        Protein("1abc-A", "ACDEFGHI", {"q3": "HHHEECCC", "q8": "GHIBESTC"}),
        Protein("1abc:B x", "M" * 70, {"q3": "C" * 70, "q8": "T" * 70}),
    ],
    "transmembrane": [Protein("t", "MKV", {"topology": "IMO", "mask": "111"})],
}

FILES = {
    "solubility": ">Psol_val_0\t0\nMKV\n>Psol_val_1\t1\nMUX\n",
    "localization": ">P1\tNucleus-S\nMK\n>P2\tCytoplasm-Nucleus-U\nA\n",
    "stability": f">a\t-0.25\n{'MKV' * 20}\n{'MKV' * 10}\n>b\t0.1\nM\n",
    "fluorescence": ">a\t3.5\nMKV\n",
    "secondary_structure": (
        ">1abc-A:sequence\nACDEFGHI\n>1abc-A:secstr\n01234567\n"
        f">1abc:B x:sequence\n{'M' * 60}\n{'M' * 10}\n"
        f">1abc:B x:secstr\n{'6' * 60}\n{'6' * 10}\n"
    ),
    "transmembrane": ">t\nMKV\nIMO\n",
}


def name_of(task: str) -> str:
    return f"plus-{task.replace('_', '-')}"


def read(folder: Path, task: str, text: str) -> list[Protein]:
    return read_set(folder, name_of(task), {"train.fa": text})


@pytest.mark.parametrize("task", plus_data.TASKS)
def test_every_part_is_read_as_published(tmp_path: Path, task: str) -> None:
    known = DISTRIBUTIONS[name_of(task)]
    files = write_files(tmp_path, {f"{part}.gz": FILES[task] for part in known.parts})
    expected = [
        replace(protein, split=part)
        for part in known.parts
        for protein in PROTEINS[task]
    ]
    assert_same_proteins(known.read(files, "plus"), expected)


def test_the_test_sets_of_structures_have_names() -> None:
    parts = ("train", "validation", "cb513", "ts115", "casp12")
    assert DISTRIBUTIONS["plus-secondary-structure"].parts == parts


def test_lower_case_residues_are_residues(tmp_path: Path) -> None:
    (protein,) = read(tmp_path, "fluorescence", ">a 1\nmkv\n")
    assert protein.sequence == "MKV"


@pytest.mark.parametrize(
    ("task", "text", "expected"),
    [
        ("solubility", ">a\nMKV\n", "record a has no label after its id"),
        ("solubility", ">a 2\nMKV\n", "record a has the label '2' where 0 (insoluble)"),
        ("localization", ">a Nucleus\nMKV\n", "record a has the label 'Nucleus'"),
        ("stability", ">a x\nMKV\n", "'x' where a number is expected"),
        ("stability", ">a inf\nMKV\n", "record a has inf for its stability, which"),
        ("stability", ">a 1\nMKV\n>a 2\nM\n", "record a occurs twice"),
        (STRUCTURE, ">a:sequence\nMK\n", "ends after a:sequence, without"),
        (STRUCTURE, ">a:secstr\n00\n", "a:secstr is found where the residues of"),
        (STRUCTURE, f"{MK}>b:secstr\n00\n", "b:secstr is found where the states of"),
        (STRUCTURE, f"{MK}>a:secstr\n08\n", "the letter '8' where a digit from 0 to 7"),
        (STRUCTURE, f"{MK}>a:secstr\n0\n", "has 2 residues but 1 q3 labels"),
        ("transmembrane", ">t\nMKV\nIMS\n", "the letter 'S' at position 3"),
    ],
)
def test_damaged_files_are_reported(
    tmp_path: Path, task: str, text: str, expected: str
) -> None:
    message = complaint(read, tmp_path, task, text)
    assert expected in message
    assert "train.fa" in message
