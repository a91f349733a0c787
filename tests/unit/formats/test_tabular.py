import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from protlang.errors import ProtlangError
from protlang.formats import tabular
from protlang.proteins import Protein

HEADER = "input,dssp3,dssp8,disorder,cb513_mask\n"


def written(path: Path, text: str) -> dict[str, Path]:
    path.write_text(text)
    return {"data": path}


def test_prottrans_columns_become_labels(tmp_path: Path) -> None:
    text = HEADER + "MUX,HEC,GEC,1.0 0.0 1,1.0 1.0 0\nNA,CC,TS,0 0,1 1\n"
    assert list(tabular.read_prottrans(written(tmp_path / "a.csv", text), "cb513")) == [
        Protein(
            "cb513-0001",
            "MUX",
            {"q3": "HEC", "q8": "GEC", "disorder": "010", "mask": "110"},
        ),
        Protein(
            "cb513-0002",
            "NA",  # asparagine, alanine; no missing value
            {"q3": "CC", "q8": "TS", "disorder": "11", "mask": "11"},
        ),
    ]


def test_a_prottrans_flag_that_is_no_flag_is_named_with_its_row(tmp_path: Path) -> None:
    files = written(tmp_path / "a.csv", HEADER + "M,H,G,1,1\nM,H,G,0.5,1\n")
    with pytest.raises(ProtlangError, match=r"row 2 has the flag '0\.5'"):
        list(tabular.read_prottrans(files, "cb513"))


def test_cullpdb_loop_becomes_other_in_both_alphabets(tmp_path: Path) -> None:
    text = "id,len,input,expected\n7,4,MKVX,LHBL\n"
    assert list(tabular.read_cullpdb(written(tmp_path / "a.csv", text), "cull")) == [
        Protein("cull-7", "MKVX", {"q3": "CHEC", "q8": "CHBC"})
    ]


def test_a_cullpdb_length_that_is_wrong_is_named(tmp_path: Path) -> None:
    files = written(tmp_path / "a.csv", "id,len,input,expected\n7,5,MKVX,LHBL\n")
    with pytest.raises(ProtlangError, match="record 7 declares 5 residues but has 4"):
        list(tabular.read_cullpdb(files, "cull"))


def test_json_lines_are_residues_and_eight_states(tmp_path: Path) -> None:
    lines = [{"source": "M K V", "target": "G B T"}, {"source": "A", "target": "C"}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    assert list(tabular.read_json_lines(written(tmp_path / "a.jsonl", text), "s")) == [
        Protein("s-0001", "MKV", {"q3": "HEC", "q8": "GBT"}),
        Protein("s-0002", "A", {"q3": "C", "q8": "C"}),
    ]


@pytest.mark.parametrize(
    "line", ["[1]", "{", '{"source": "A"}', '{"source": 1, "target": "C"}', "null"]
)
def test_a_line_that_is_no_such_object_is_named(tmp_path: Path, line: str) -> None:
    text = '{"source": "A", "target": "C"}\n' + line + "\n"
    files = written(tmp_path / "a.jsonl", text)
    with pytest.raises(ProtlangError, match="line 2 is no JSON object"):
        list(tabular.read_json_lines(files, "s"))


@pytest.mark.parametrize("read", [tabular.read_prottrans, tabular.read_cullpdb])
def test_missing_columns_are_named(tmp_path: Path, read: Callable[..., Any]) -> None:
    files = written(tmp_path / "a.csv", "sequence,input\nM,M\n")
    with pytest.raises(ProtlangError, match=r"lacks the columns .*; it has sequence"):
        list(read(files, "s"))


READERS = [tabular.read_prottrans, tabular.read_cullpdb, tabular.read_json_lines]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("content", [None, b""])
def test_a_missing_or_empty_file_is_reported(
    tmp_path: Path, read: Callable[..., Any], content: bytes | None
) -> None:
    path = tmp_path / "a.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProtlangError, match="fetch it again"):
        list(read({"data": path}, "s"))


@pytest.mark.parametrize("read", READERS)
def test_a_file_cut_short_is_reported(tmp_path: Path, read: Callable[..., Any]) -> None:
    path = tmp_path / "a.csv.gz"
    rows = "".join(f"{number},3,MKV,LHB\n" for number in range(500))
    path.write_bytes(gzip.compress(("id,len,input,expected\n" + rows).encode())[:400])
    with pytest.raises(ProtlangError, match=r"a\.csv\.gz"):
        list(read({"data": path}, "s"))


@pytest.mark.parametrize(
    "read",
    [
        tabular.read_prottrans,
        tabular.read_cullpdb,
        pytest.param(
            tabular.read_json_lines,
        ),
    ],
)
def test_a_file_that_is_no_text_is_reported(
    tmp_path: Path, read: Callable[..., Any]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ProtlangError, match="again"):
        list(read({"data": path}, "s"))


def test_compressed_tables_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id,len,input,expected\n7,2,MK,LH\n"))
    (protein,) = tabular.read_cullpdb({"data": path}, "cull")
    assert protein.sequence == "MK"
