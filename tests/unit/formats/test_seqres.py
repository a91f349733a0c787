import gzip
from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.formats.seqres import chain_key, read_chains, write

DEPOSITED = """\
>1es5_A mol:protein length:4  D-ALANYL-D-ALANINE CARBOXYPEPTIDASE
MUXO
>1es5_a mol:protein length:2  ANOTHER CHAIN
GG
>104l_B mol:na length:3  DNA
CGA
"""


@pytest.fixture
def deposited(tmp_path: Path) -> Path:
    path = tmp_path / "pdb_seqres.txt.gz"
    path.write_bytes(gzip.compress(DEPOSITED.encode()))
    return path


@pytest.mark.parametrize(
    ("identifier", "key"),
    [
        ("1es5-A", "1es5_A"),
        ("1ES5-A", "1es5_A"),
        ("1es5:A", "1es5_A"),
        ("1es5_A", "1es5_A"),
        ("1es5A", "1es5_A"),
        ("1es5-a", "1es5_a"),
        ("1es5-AA", "1es5_AA"),
        ("1es5-A.2", "1es5_A"),
        ("1es5-A.10", "1es5_A"),
        ("1es5", "1es5_"),
        ("T0859", None),
        ("prottrans-cb513-0001", None),
        ("1es5-A extra", None),
        ("../1es5-A", None),
        ("", None),
    ],
)
def test_names_of_chains_are_those_of_the_wwpdb(
    identifier: str, key: str | None
) -> None:
    assert chain_key(identifier) == key


def test_only_wanted_chains_are_read_and_case_matters(deposited: Path) -> None:
    assert read_chains(deposited, {"1es5_A", "9xyz_A"}) == {"1es5_A": "MUXO"}
    assert read_chains(deposited, {"1es5_a"}) == {"1es5_a": "GG"}
    assert read_chains(deposited, set()) == {}


def test_another_fasta_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "uniref.fasta"
    path.write_text(">1es5_A a protein\nMKV\n")
    with pytest.raises(ProtlangError, match="has no header with 'mol:'"):
        read_chains(path, {"1es5_A"})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "seqres.txt.gz"
    write(path, [("0aaa-A", "MUX"), ("0aab-b", "G")], "MADE UP")
    assert read_chains(path, {"0aaa_A", "0aab_b"}) == {"0aaa_A": "MUX", "0aab_b": "G"}
    first = gzip.decompress(path.read_bytes()).decode().splitlines()[0]
    assert first == ">0aaa_A mol:protein length:3  MADE UP"


def test_equal_chains_give_equal_bytes_on_any_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.gz", [("0aaa-A", "MUX")], "MADE UP")
    monkeypatch.setattr("time.time", lambda: 2e9)
    write(tmp_path / "b.gz", [("0aaa-A", "MUX")], "MADE UP")
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
