"""P-ELMo's and PLUS's lists of pairs of SCOPe's domains."""

import gzip
from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.formats.scope_pairs import ListedPair, read

P_ELMO = "sequence_A\tsequence_B\tsimilarity\nacdx\tWW\t4\nAC\tD\t0\n"
PLUS = (
    "sequence_A\tsequence_B\tpdb_id_A\tpdb_id_B\tsimilarity\n"
    "ACDX\tWW\td1dlwa_\tg1abc.1\t2\n"
)


def test_lists_of_p_elmo_have_no_ids(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text(P_ELMO)
    assert list(read(path)) == [
        ListedPair(("row-1-A", "row-1-B"), ("ACDX", "WW"), 4),
        ListedPair(("row-2-A", "row-2-B"), ("AC", "D"), 0),
    ]


def test_lists_of_plus_name_the_domains(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt.gz"
    path.write_bytes(gzip.compress(PLUS.encode()))
    assert list(read(path)) == [ListedPair(("d1dlwa_", "g1abc.1"), ("ACDX", "WW"), 2)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (P_ELMO.replace("\t4", "\t5"), "row 1 has the similarity '5'"),
        (P_ELMO.replace("AC\t", "A*\t"), r"row 2 has the letter '\*'"),
        (P_ELMO.replace("sequence_B", "sequence"), "lacks the columns sequence_B"),
        ("", "is empty"),
    ],
)
def test_a_damaged_list_is_reported_in_a_sentence(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text(text)
    with pytest.raises(ProtlangError, match=message):
        list(read(path))
