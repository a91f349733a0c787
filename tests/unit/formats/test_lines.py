import gzip
from pathlib import Path

import pytest

from protlang.formats.lines import fasta_lines, read_lines, write_lines
from support.errors import complaint


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_lines_are_read_as_they_were_written_and_bear_no_date(
    tmp_path: Path, name: str
) -> None:
    write_lines(tmp_path / name, ["å", "", "b c"])
    content = (tmp_path / name).read_bytes()
    if name.endswith(".gz"):
        assert content[4:8] == bytes(4)
        content = gzip.decompress(content)
    assert content == "å\n\nb c\n".encode()
    assert list(read_lines(tmp_path / name)) == ["å", "", "b c"]


def test_windows_line_ends_are_no_content(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\r\nb")
    assert list(read_lines(tmp_path / "a.txt")) == ["a", "b"]


def test_messages_have_the_name_of_a_file_that_was_unpacked(tmp_path: Path) -> None:
    (tmp_path / "member-0").write_bytes(b"\xff\xff\n")
    message = complaint(read_lines, tmp_path / "member-0", "set.zip: labels")
    assert message.startswith("set.zip: labels is cut short or damaged")


@pytest.mark.parametrize(("length", "sizes"), [(0, []), (60, [60]), (121, [60, 60, 1])])
def test_records_are_wrapped(length: int, sizes: list[int]) -> None:
    header, *lines = fasta_lines("P1 name", "M" * length)
    assert header == ">P1 name"
    assert [len(line) for line in lines] == sizes
