import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from protlang.formats.fasta import FastaRecord, read_fasta
from support.compression import every_compression
from support.errors import complaint

TEXT = b">sp|P1|A_B  first  protein \nMKV\nacdU\n\nX\n>2\nGG\n"
RECORDS = [
    FastaRecord("sp|P1|A_B", "first  protein", "MKVacdUX"),
    FastaRecord("2", "", "GG"),
]


def read(folder: Path, content: bytes, name: str = "a.fasta") -> list[FastaRecord]:
    (folder / name).write_bytes(content)
    return list(read_fasta(folder / name))


def test_wrapped_lines_are_joined_and_letters_stay_as_they_are(tmp_path: Path) -> None:
    assert read(tmp_path, TEXT) == RECORDS


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_line_ends_of_windows_and_old_macs_are_ignored(
    tmp_path: Path, end: bytes
) -> None:
    assert read(tmp_path, TEXT.replace(b"\n", end)) == RECORDS


def test_white_space_at_the_ends_of_lines_is_ignored(tmp_path: Path) -> None:
    assert read(tmp_path, b">a \n MK \t\nV\n") == [FastaRecord("a", "", "MKV")]


def test_a_comment_is_part_of_the_sequence_and_not_dropped(tmp_path: Path) -> None:
    assert read(tmp_path, b">a\n#MK\nV\n") == [FastaRecord("a", "", "#MKV")]


def test_headers_are_utf8_and_other_bytes_are_written_out(tmp_path: Path) -> None:
    text = ">prøve ß\nMK\n".encode() + b">b\xff\xfe c\nV\n"
    assert read(tmp_path, b"\xef\xbb\xbf" + text) == [
        FastaRecord("prøve", "ß", "MK"),
        FastaRecord("b\\xff\\xfe", "c", "V"),
    ]


def test_a_no_break_space_belongs_to_the_id(tmp_path: Path) -> None:
    assert read(tmp_path, ">a\u00a0b c\nM\n".encode())[0].id == "a\u00a0b"


def test_a_header_may_be_empty(tmp_path: Path) -> None:
    assert read(tmp_path, b">\nM\n> \nK\n") == [
        FastaRecord("", "", "M"),
        FastaRecord("", "", "K"),
    ]


def test_the_last_line_may_lack_its_end(tmp_path: Path) -> None:
    assert read(tmp_path, TEXT.rstrip(b"\n")) == RECORDS


@every_compression
def test_compressed_files_hold_the_same(
    tmp_path: Path, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    assert read(tmp_path, compress(TEXT), f"a.fasta.{ending}") == RECORDS


def test_a_compressed_file_is_known_without_its_ending(tmp_path: Path) -> None:
    assert read(tmp_path, gzip.compress(TEXT), "a.fasta") == RECORDS


def test_an_id_ends_at_a_tab_too(tmp_path: Path) -> None:
    assert read(tmp_path, b">a\tb c\nM\n") == [FastaRecord("a", "b c", "M")]


def test_a_record_without_residues_is_not_dropped(tmp_path: Path) -> None:
    assert read(tmp_path, b">a\n>b\nM\n")[0] == FastaRecord("a", "", "")


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    message = complaint(read_fasta, tmp_path / "none.fasta")
    assert "none.fasta does not exist; put a FASTA file there" in message


def test_an_empty_file_is_reported(tmp_path: Path) -> None:
    assert "a.fasta is empty" in complaint(read, tmp_path, b"")


@pytest.mark.parametrize(
    "content", [b"MKV\n>a\nM\n", b"@a\nMK\n+\nII\n", b"<html>", b"\n \n"]
)
def test_other_text_is_no_fasta(tmp_path: Path, content: bytes) -> None:
    assert "a.fasta is not a FASTA file" in complaint(read, tmp_path, content)
