"""P-ELMo's lists of pairs of SCOPe's domains."""

import gzip
from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.formats.scope_pairs import SequencePair, as_text, read

LIST = "sequence_A\tsequence_B\tsimilarity\nacdx\tWW\t4\nAC\tD\t0\n"
PAIRS = [SequencePair(("ACDX", "WW"), 4), SequencePair(("AC", "D"), 0)]


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_pairs_are_read_in_upper_case(tmp_path: Path, compress: type[bytes]) -> None:
    path = tmp_path / "pairs.txt"
    path.write_bytes(compress(LIST.encode()))
    assert list(read(path, "list")) == PAIRS


def test_columns_are_found_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text("similarity\tid\tsequence_B\tsequence_A\n4\tx\tWW\tACDX\n")
    assert list(read(path, "list")) == PAIRS[:1]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text(as_text(PAIRS))
    assert list(read(path, "list")) == PAIRS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LIST.replace("\t4", "\t5"), "list: row 1 has the similarity '5'"),
        (LIST.replace("AC\t", "A*\t"), r"list: row 2 has the letter '\*'"),
        (LIST.replace("sequence_B", "sequence"), "list lacks the columns sequence_B"),
        (LIST.replace("\tD\t0", "\tD"), "list: row 2 is cut short"),
        ("", "lacks the columns"),
    ],
)
def test_a_damaged_list_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text(text)
    with pytest.raises(ProtlangError, match=message):
        list(read(path, "list"))
