from pathlib import Path

import pytest

from protlang.proteins import Protein
from support.errors import complaint
from support.labelled_sets import read_set

FILES = {
    "sequences": ">1es5-A\nMUX\n>2abc-B\nGG\n>3abc-C\nA\n",
    "labels": (
        ">2abc-B SET=train VALIDATION=True\nEC\n"
        ">1es5-A SET=train VALIDATION=False\nHHC\n"
        ">3abc-C SET=test VALIDATION=False\nC\n"
    ),
    "mask": ">3abc-C\n0\n>1es5-A\n110\n>2abc-B\n11\n",
}


def read(folder: Path, **changes: str) -> list[Protein]:
    return read_set(folder, "flip-secondary-structure", {**FILES, **changes})


def test_the_three_files_are_joined_by_id_in_the_order_of_the_sequences(
    tmp_path: Path,
) -> None:
    assert read(tmp_path) == [
        Protein("1es5-A", "MUX", {"q3": "HHC", "disorder": "001"}, split="train"),
        Protein("2abc-B", "GG", {"q3": "EC", "disorder": "00"}, split="validation"),
        Protein("3abc-C", "A", {"q3": "C", "disorder": "1"}, split="test"),
    ]


@pytest.mark.parametrize("role", ["labels", "mask"])
def test_a_sequence_without_partner_is_named(tmp_path: Path, role: str) -> None:
    less = FILES[role].replace("1es5-A", "9zzz-A")
    message = complaint(read, tmp_path, **{role: less})
    assert f"{role} has no (second) record 1es5-A" in message


def test_labels_without_sequence_are_counted(tmp_path: Path) -> None:
    more = FILES["labels"] + ">9zzz-A SET=test VALIDATION=False\nC\n"
    message = complaint(read, tmp_path, labels=more)
    assert "has 1 records without a sequence" in message
    assert "9zzz-A" in message


def test_masks_without_sequence_are_reported(tmp_path: Path) -> None:
    assert "9zzz-A" in complaint(read, tmp_path, mask=FILES["mask"] + ">9zzz-A\n1\n")


@pytest.mark.parametrize("role", ["labels", "mask"])
def test_an_id_that_occurs_twice_is_named(tmp_path: Path, role: str) -> None:
    twice = FILES[role] * 2
    assert "twice" in complaint(read, tmp_path, **{role: twice})


def test_a_sequence_that_occurs_twice_is_named(tmp_path: Path) -> None:
    message = complaint(read, tmp_path, sequences=FILES["sequences"] + ">2abc-B\nGG\n")
    assert "no (second) record 2abc-B" in message


@pytest.mark.parametrize(
    "header", ["", " SET=dev", " SET=test VALIDATION=True", " set=test"]
)
def test_an_unknown_split_is_reported(tmp_path: Path, header: str) -> None:
    labels = FILES["labels"].replace(" SET=test VALIDATION=False", header)
    message = complaint(read, tmp_path, labels=labels)
    assert "record 3abc-C" in message
    assert "expected SET=train or test" in message
