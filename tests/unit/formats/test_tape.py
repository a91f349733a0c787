import json
import pickle
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import lmdb
import numpy as np
import pytest

from protlang.datasets.curation import checked
from protlang.formats import archives, tape
from protlang.formats.registry import DISTRIBUTIONS
from protlang.proteins import Protein
from support.errors import complaint
from support.labelled_sets import read_set
from support.pickles import Bomb
from support.proteins import assert_same_proteins

ENDINGS = {"lmdb": "lmdb/data.mdb", "json": "json"}
KINDS = list(ENDINGS)
STRUCTURED = {
    "primary": "ACDEFGHX",
    "ss8": [0, 1, 2, 3, 4, 5, 6, 7],
    "ss3": [0, 0, 0, 1, 1, 2, 2, 2],
    "disorder": [1, 0, 1, 1, 1, 1, 1, 1],
    "valid_mask": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
}
LABELS = {"q8": "GHIBESTC", "q3": "HHHEECCC"}
LABELS |= {"disorder": "01000000", "mask": "11111110"}
"""Of `STRUCTURED`; disorder is the other way round."""


def parts_of(task: str) -> dict[str, list[Protein]]:
    """A set of a task; its numbers are exact in float32."""
    parts = {}
    for part in tape.parts_of(task):
        ids = [f"tape-{part}-{number:05d}" for number in (1, 2)]
        if task == tape.STRUCTURE:
            parts[part] = [Protein(ids[0], "ACDEFGHX", LABELS, split=part)]
        else:
            numbers = {ids[0]: -0.75, ids[1]: -0.5}
            parts[part] = [
                Protein(one, "MKV", split=part, values={task: numbers[one]})
                for one in ids
            ]
    return parts


def examples_of(task: str, proteins: list[Protein]) -> list[dict[str, Any]]:
    """TAPE's records of the proteins of `parts_of`."""
    if task == tape.STRUCTURE:
        return [STRUCTURED]
    field = tape.FIELDS[task]
    return [{"primary": p.sequence, field: [p.values[task]]} for p in proteins]


def read(path: Path, kind: str, task: str) -> list[Protein]:
    distribution = DISTRIBUTIONS[f"tape-{kind}-{task.replace('_', '-')}"]
    return checked(distribution.read({"data": path}, "tape"), str(path))


def database(folder: Path, entries: Mapping[str, bytes]) -> bytes:
    """An LMDB database as TAPE's own script would write it."""
    with (
        lmdb.open(str(folder), map_size=2**24) as environment,
        environment.begin(write=True) as transaction,
    ):
        for key, value in entries.items():
            transaction.put(key.encode(), value)
    return (folder / "data.mdb").read_bytes()


def content_of(
    folder: Path, kind: str, examples: list[Any], number: Any = None, protocol: int = 3
) -> bytes:
    """A part's file with these examples."""
    if kind == "json":
        return json.dumps(examples).encode()
    number = len(examples) if number is None else number
    named = {**dict(enumerate(examples)), "num_examples": number}
    pickles = {str(key): pickle.dumps(value, protocol) for key, value in named.items()}
    return database(folder / "database", pickles)


def packed(
    folder: Path,
    content: bytes,
    kind: str = "lmdb",
    task: str = "stability",
    parts: Iterable[str] | None = None,
) -> Path:
    """An archive in which every part is this file."""
    names = [tape.PARTS[part] for part in parts or tape.parts_of(task)]
    members = {f"{task}/{task}_{name}.{ENDINGS[kind]}": content for name in names}
    archives.pack(folder / "a.tar.gz", members, simulated=False)
    return folder / "a.tar.gz"


def stability(folder: Path, examples: list[Any], **more: Any) -> Path:
    """A stability archive every part of which holds these examples."""
    return packed(folder, content_of(folder, "lmdb", examples, **more))


def failure(path: Path, kind: str = "lmdb", task: str = "stability") -> str:
    message = complaint(read, path, kind, task)
    assert str(path) in message
    return message


GOOD = {"primary": "MKV", "stability_score": np.array([-0.5], dtype=np.float32)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("task", tape.TASKS)
def test_archives_of_either_kind_hold_the_same(
    tmp_path: Path, kind: str, task: str
) -> None:
    parts = parts_of(task)
    examples = examples_of(task, parts["train"])
    path = packed(tmp_path, content_of(tmp_path, kind, examples), kind, task)
    everything = [protein for proteins in parts.values() for protein in proteins]
    assert_same_proteins(read(path, kind, task), everything)


@pytest.mark.parametrize("task", tape.FIELDS)
@pytest.mark.parametrize("simulated", [True, False])
def test_what_is_written_is_read(tmp_path: Path, task: str, simulated: bool) -> None:
    path, parts = tmp_path / "a.tar.gz", parts_of(task)
    tape.write_lmdb(path, task, parts, simulated)
    everything = [protein for proteins in parts.values() for protein in proteins]
    assert_same_proteins(read(path, "lmdb", task), everything)
    assert DISTRIBUTIONS[f"tape-lmdb-{task}"].is_simulated({"data": path}) is simulated
    tape.write_lmdb(tmp_path / "b.tar.gz", task, parts, simulated)
    assert path.read_bytes() == (tmp_path / "b.tar.gz").read_bytes()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_archives_that_others_wrote_are_read(tmp_path: Path, protocol: int) -> None:
    """Further fields, arrays or lists of length one: all that Python 3 may pickle."""
    examples = [
        {**GOOD, "id": b"EEHEE_1.pdb", "protein_length": 3, "parent": ""},
        {"primary": "AC", "stability_score": [1.25], "topology": "HHH"},
    ]
    found = read(stability(tmp_path, examples, protocol=protocol), "lmdb", "stability")
    assert [protein.id for protein in found[:3]] == [
        "tape-train-00001",
        "tape-train-00002",
        "tape-validation-00001",
    ]
    assert [protein.sequence for protein in found] == ["MKV", "AC"] * 3
    assert [protein.values["stability"] for protein in found] == [-0.5, 1.25] * 3


def test_examples_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """Keys are ordered as texts in the database: 10 comes before 2."""
    examples = [{**GOOD, "stability_score": [float(n)]} for n in range(12)]
    found = read(stability(tmp_path, examples), "lmdb", "stability")
    assert [p.values["stability"] for p in found[:12]] == [float(n) for n in range(12)]


def test_a_stop_codon_is_left_out_and_counted(tmp_path: Path) -> None:
    path = stability(tmp_path, [{**GOOD, "primary": "MK*V*"}, GOOD])
    first, second, *_ = read(path, "lmdb", "stability")
    assert (first.sequence, first.changes) == ("MKV", {"stop_codons_left_out": 2})
    assert not second.changes


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ({"stability_score": [1.0]}, "example 1 has no `primary`; it has stability_sc"),
        ({"primary": "MKV", "log_fluorescence": [1.0]}, "no `stability_score`; it has"),
        ({"primary": [1, 2], "stability_score": [1.0]}, "a `primary` that is no text"),
        ({**GOOD, "stability_score": [1.0, 2.0]}, "[1.0, 2.0] as its `stability_sc"),
        ({**GOOD, "stability_score": []}, "where one number is expected"),
        ({**GOOD, "stability_score": "high"}, "'high' as its `stability_score`"),
        ({**GOOD, "stability_score": [np.nan]}, "has nan for its stability, which"),
        ({**GOOD, "stability_score": [np.inf]}, "has inf for its stability, which"),
        ({**GOOD, "primary": "MJV"}, "the sequence has the letter 'J' at position 2"),
        ({**GOOD, "primary": ""}, "record tape-train-00002 has an empty sequence"),
        ([1, 2], "example 1 is no dictionary"),
        (
            {**GOOD, "id": Bomb(print, "the program ran")},
            "example 1 is a pickle with the name builtins.print",
        ),
    ],
)
def test_an_example_that_is_not_as_expected_is_named(
    tmp_path: Path, example: Any, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    message = failure(stability(tmp_path, [GOOD, example], protocol=4))
    assert expected in message
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (3, "stability_train.lmdb/data.mdb: example 2 is missing, though there are 3"),
        (1, "has more examples than its 1"),
        ("2", "has '2' under its key 'num_examples' where a number is expected"),
        (-1, "has -1 under its key 'num_examples'"),
    ],
)
def test_a_wrong_number_of_examples_is_reported(
    tmp_path: Path, number: Any, expected: str
) -> None:
    assert expected in failure(stability(tmp_path, [GOOD, GOOD], number=number))


def test_a_database_without_its_keys_is_reported(tmp_path: Path) -> None:
    content = database(tmp_path / "db", {"0": pickle.dumps(GOOD)})
    message = failure(packed(tmp_path, content))
    assert "has None under its key 'num_examples'" in message


def test_a_database_cut_short_is_reported_before_it_is_mapped(tmp_path: Path) -> None:
    examples = [{**GOOD, "id": "x" * 3000} for _ in range(50)]
    content = content_of(tmp_path, "lmdb", examples)
    for length in (0, 100, 4096, 8192, 12288, len(content) - 4096, len(content) - 1):
        message = failure(packed(tmp_path, content[:length]))
        assert "data.mdb" in message
        assert "fetch it again" in message


def test_what_is_no_database_is_reported(tmp_path: Path) -> None:
    message = failure(packed(tmp_path, b"<html>" * 5000))
    assert "stability_train.lmdb/data.mdb is no whole LMDB database" in message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[1", "is no JSON"),
        (b"\xff\xfe\xfa", "is no JSON"),
        (b'{"0": 1}', "is no JSON list of records"),
        (b"[1]", "example 0 is no dictionary"),
        (b'[{"primary": "MKV", "stability_score": [NaN]}]', "has nan for its stab"),
        (b'[{"primary": "MKV", "stability_score": null}]', "has nan for its stab"),
    ],
)
def test_json_that_is_not_as_expected_is_reported(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    path = packed(tmp_path, content, "json")
    message = failure(path, "json")
    assert "stability_train.json" in message or "tape-train-00001" in message
    assert expected in message


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_without_a_part_is_reported(tmp_path: Path, kind: str) -> None:
    content = content_of(tmp_path, kind, [GOOD | {"stability_score": [1.0]}])
    path = packed(tmp_path, content, kind, parts=["train", "test"])
    expected = "has no member that ends in stability/stability_valid"
    assert expected in failure(path, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_archive_of_another_task_is_reported(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path, content_of(tmp_path, kind, []), kind, "fluorescence")
    assert "correct the distribution of its source" in failure(path, kind)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("ss8", [0, 8], "`ss8` holds other values than 0 to 7"),
        ("ss3", [0, 0.5], "`ss3` holds other values than 0 to 2"),
        ("disorder", [0, -1], "`disorder` holds other values than 0 to 1"),
        ("valid_mask", None, "`valid_mask` holds other values"),
        ("ss3", [0], "has 2 residues but 1 q3 labels"),
    ],
)
def test_states_that_are_none_are_reported(
    tmp_path: Path, field: str, value: Any, expected: str
) -> None:
    record = {"primary": "MK", "ss8": [0, 1], "ss3": [0, 0], "disorder": [1, 1]}
    record |= {"valid_mask": [1.0, 1.0], field: value}
    content = content_of(tmp_path, "json", [record])
    path = packed(tmp_path, content, "json", tape.STRUCTURE)
    assert expected in failure(path, "json", tape.STRUCTURE)


def csv(folder: Path, task: str, **parts: str) -> list[Protein]:
    return read_set(folder, f"tape-csv-{task.replace('_', '-')}", parts, "tape")


def test_csv_files_are_parts_with_a_number_per_row(tmp_path: Path) -> None:
    found = csv(
        tmp_path,
        "fluorescence",
        test="seq,label,num_mutations,aaMutations\nSKX,1.30103000388,1,SA108D\n",
        train="seq,label\nMKV,3.5\nMK*A,-2e-1\n",
    )
    expected = [
        Protein("tape-train-00001", "MKV", split="train", values={"fluorescence": 3.5}),
        Protein(
            "tape-train-00002", "MKA", split="train", values={"fluorescence": -0.2}
        ),
        Protein(
            "tape-test-00001",
            "SKX",
            split="test",
            values={"fluorescence": 1.30103000388},
        ),
    ]
    assert_same_proteins(found, expected)
    assert found[1].changes == {"stop_codons_left_out": 1}


def test_csv_files_of_structures_have_a_digit_per_residue(tmp_path: Path) -> None:
    found = csv(tmp_path, tape.STRUCTURE, cb513="seq,label\nNAX,012\n")
    expected = [Protein("tape-cb513-00001", "NAX", {"q3": "HEC"}, split="cb513")]
    assert_same_proteins(found, expected)


@pytest.mark.parametrize(
    ("task", "text", "expected"),
    [
        ("stability", "seq,score\nM,1\n", "lacks the columns label; it has seq, score"),
        ("stability", "seq,label\nM,1\nM,\n", "row 2 has the label '' where a number"),
        ("stability", "seq,label\nM,one\n", "row 1 has the label 'one' where a number"),
        ("stability", "seq,label\nM,nan\n", "tape-train-00001 has nan for its stabil"),
        (tape.STRUCTURE, "seq,label\nMK,03\n", "holds other values than 0 to 2"),
        (tape.STRUCTURE, "seq,label\nMK,0\n", "has 2 residues but 1 q3 labels"),
    ],
)
def test_damaged_csv_files_are_reported(
    tmp_path: Path, task: str, text: str, expected: str
) -> None:
    assert expected in complaint(csv, tmp_path, task, train=text)


@pytest.mark.parametrize("kind", KINDS)
def test_profiles_are_those_of_netsurfp_2(tmp_path: Path, kind: str) -> None:
    last = np.random.default_rng(0).random((8, 30)).astype(np.float32)
    stored: Any = last.tolist() if kind == "json" else last
    content = content_of(tmp_path, kind, [{**STRUCTURED, "evolutionary": stored}])
    path = packed(tmp_path, content, kind, tape.STRUCTURE)
    for protein in read(path, kind, tape.STRUCTURE):
        assert protein.profile is not None
        assert protein.profile.dtype == np.float32
        assert np.array_equal(protein.profile[:, 20:], last)
        letters = [np.flatnonzero(row).tolist() for row in protein.profile[:, :20]]
        assert letters == [[0], [1], [2], [3], [4], [5], [6], []]


def test_a_profile_of_another_size_is_refused(tmp_path: Path) -> None:
    short = {**STRUCTURED, "evolutionary": np.zeros((8, 29))}
    path = packed(
        tmp_path, content_of(tmp_path, "lmdb", [short]), "lmdb", tape.STRUCTURE
    )
    message = failure(path, task=tape.STRUCTURE)
    assert "`evolutionary` that is no 8 x 30 numbers" in message
