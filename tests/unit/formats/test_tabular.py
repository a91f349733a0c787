import json
from pathlib import Path

import pytest

from protlang.proteins import Protein
from support.errors import complaint
from support.labelled_sets import read_set

HEADER = "input,dssp3,dssp8,disorder,cb513_mask\n"
COLUMNS = "id,len,input,expected\n"


def test_prottrans_columns_become_labels(tmp_path: Path) -> None:
    text = HEADER + "MUX,HEC,GEC,1.0 0.0 1,1.0 1.0 0\nNA,CC,TS,0 0,1 1\n"
    assert (read_set(tmp_path, "prottrans-csv", {"data": text}, "cb513")) == [
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


def test_cullpdb_loop_becomes_other_in_both_alphabets(tmp_path: Path) -> None:
    text = f"{COLUMNS}7,4,MKVX,LHBL\n"
    expected = [Protein("cull-7", "MKVX", {"q3": "CHEC", "q8": "CHBC"})]
    for name in ("data.csv", "data.csv.gz"):
        assert read_set(tmp_path, "cullpdb-csv", {name: text}, "cull") == expected


def test_json_lines_are_residues_and_eight_states(tmp_path: Path) -> None:
    lines = [{"source": "M K V", "target": "G B T"}, {"source": "A", "target": "C"}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    assert (read_set(tmp_path, "q8-json-lines", {"data": text}, "s")) == [
        Protein("s-0001", "MKV", {"q3": "HEC", "q8": "GBT"}),
        Protein("s-0002", "A", {"q3": "C", "q8": "C"}),
    ]


OBJECT = '{"source": "A", "target": "C"}\n'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "prottrans-csv",
            HEADER + "M,H,G,1,1\nM,H,G,0.5,1\n",
            "row 2 has the flag '0.5'",
        ),
        ("prottrans-csv", HEADER + "M\n", "has 1 residues but 0 q3 labels"),
        ("cullpdb-csv", f"{COLUMNS}7,5,MKVX,LHBL\n", "declares 5 residues but has 4"),
        ("q8-json-lines", '{"source": "M", "target": "Z"}\n', "'Z' at position 1"),
        *(
            ("q8-json-lines", f"{OBJECT}{line}\n", "line 2 is no JSON object")
            for line in (
                *("[1]", "{", "null"),
                *('{"source": "A"}', '{"source": 1, "target": "C"}'),
            )
        ),
        *(
            (name, "sequence,input\nM,M\n", "; it has sequence, input")
            for name in ("prottrans-csv", "cullpdb-csv")
        ),
    ],
)
def test_a_damaged_record_is_named(
    tmp_path: Path, name: str, text: str, expected: str
) -> None:
    message = complaint(read_set, tmp_path, name, {"data": text})
    assert str(tmp_path / "data") in message
    assert expected in message
