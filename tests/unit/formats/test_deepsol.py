from collections.abc import Mapping
from pathlib import Path

import pytest

from protlang.formats import archives, deepsol
from protlang.formats.registry import DISTRIBUTIONS
from protlang.proteins import Protein
from support.errors import complaint
from support.labelled_sets import read_set
from support.proteins import assert_same_proteins, soluble

PARTS = {
    "train": [
        soluble("sol-train-00001", "insoluble", "MKV", "train"),
        soluble("sol-train-00002", "soluble", "MX", "train"),
    ],
    "validation": [soluble("sol-validation-00001", "soluble", "A", "validation")],
    "test": [soluble("sol-test-00001", "insoluble", "MU", "test")],
}
EVERYTHING = [protein for proteins in PARTS.values() for protein in proteins]


def read_text(folder: Path, **texts: str) -> list[Protein]:
    return read_set(folder, "deepsol-text", texts, "sol")


@pytest.mark.parametrize("simulated", [True, False])
def test_a_written_archive_is_read(tmp_path: Path, simulated: bool) -> None:
    path = tmp_path / "deepsol.zip"
    deepsol.write_zip(path, PARTS, simulated)
    distribution = DISTRIBUTIONS["deepsol-zip"]
    assert_same_proteins(distribution.read({"data": path}, "sol"), EVERYTHING)
    assert distribution.is_simulated({"data": path}) is simulated
    assert distribution.classes == {"solubility"}


def test_zenodos_archive_of_the_repositorys_archive_is_read(tmp_path: Path) -> None:
    deepsol.write_zip(tmp_path / "inner.zip", PARTS, simulated=False)
    members = {"files/DSOL_rv0.2-v0.3.zip": (tmp_path / "inner.zip").read_bytes()}
    archives.pack(tmp_path / "outer.zip", members, simulated=False)
    found = deepsol.read_zip({"data": tmp_path / "outer.zip"}, "sol")
    assert_same_proteins(found, EVERYTHING)


def test_zero_is_insoluble_and_one_soluble(tmp_path: Path) -> None:
    found = read_text(tmp_path, test_src="MKV\r\nMA\n", test_tgt="0\r\n1\n")
    assert [p.classes["solubility"] for p in found] == ["insoluble", "soluble"]
    assert [p.sequence for p in found] == ["MKV", "MA"]


def test_parts_may_be_missing(tmp_path: Path) -> None:
    found = read_text(tmp_path, validation_src="A\n", validation_tgt="1\n")
    assert_same_proteins(found, PARTS["validation"])


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"train_src": "M\nA\n", "train_tgt": "0\n"}, "train_tgt ends before line 2"),
        ({"train_src": "M\n", "train_tgt": "0\n1\n"}, "train_src ends before line 2"),
        ({"train_tgt": "0\n"}, "has no file train_src, without which"),
        ({"train_src": "MK\n"}, "has no file train_tgt, without which"),
        ({"test_src": "M\n", "test_tgt": "2\n"}, "test_tgt: line 1 has the label '2'"),
        ({"test_src": "M\n", "test_tgt": "\n"}, "test_tgt: line 1 has the label ''"),
        ({"test_src": "\n", "test_tgt": "1\n"}, "sol-test-00001 has an empty sequence"),
        ({"test_src": "M1\n", "test_tgt": "1\n"}, "has the letter '1' at position 2"),
        ({"test_src": "", "test_tgt": ""}, "test_src is empty; fetch it again"),
    ],
)
def test_damaged_texts_are_reported(
    tmp_path: Path, texts: Mapping[str, str], expected: str
) -> None:
    assert expected in complaint(read_text, tmp_path, **texts)


def test_an_archive_without_a_file_is_reported(tmp_path: Path) -> None:
    parts = {part: proteins for part, proteins in PARTS.items() if part != "train"}
    deepsol.write_zip(tmp_path / "deepsol.zip", parts, simulated=False)
    message = complaint(deepsol.read_zip, {"data": tmp_path / "deepsol.zip"}, "sol")
    assert "has no member that ends in data/train_src" in message


def test_messages_name_the_member_and_not_where_it_was_unpacked(tmp_path: Path) -> None:
    files = {
        f"data/{stem}_{end}": b"1\n"
        for stem in ("train", "val", "test")
        for end in ("src", "tgt")
    }
    path = tmp_path / "deepsol.zip"
    for content in (b"0\n1\n", b"\xff\xff\n"):
        archives.pack(path, {**files, "data/val_tgt": content}, simulated=False)
        message = complaint(deepsol.read_zip, {"data": path}, "sol")
        assert "deepsol.zip: data/val_" in message
