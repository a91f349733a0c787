"""TAPE's labelled sets: stability, fluorescence and secondary structure.

A task comes as one archive with a part per file. In `data_pytorch/stability.tar.gz` it
is LMDB databases, `stability/stability_train.lmdb/data.mdb`, whose keys `0`, `1` … hold
pickled dictionaries and whose key `num_examples` holds their number; in
`data_raw_pytorch/` it is JSON lists of the same dictionaries. Other groups redistribute
the sets as CSV with the columns `seq,label`. Source: Rao et al. 2019, NeurIPS;
github.com/songlab-cal/tape.

Residues are in the field `primary`. Some variants that fluoresce have a stop codon,
`*`; the copies in CSV leave it out, and so do all readers here, who count it. TAPE's
`disorder` is 1 for ordered residues, as in the arrays of NetSurfP-2.0 that it was made
from; `evolutionary` has those arrays' 30 numbers of HHblits per residue.
"""

import json
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import lmdb
import numpy as np

from protlang.alphabet import AMINO_ACIDS, Q3_STATES, Q8_STATES
from protlang.errors import ProtlangError
from protlang.formats import archives
from protlang.formats.pickled import decode
from protlang.formats.tabular import number_of, read_table
from protlang.proteins import Protein

STRUCTURE = "secondary_structure"

FIELDS = {"stability": "stability_score", "fluorescence": "log_fluorescence"}
"""The field of a task's number in its records."""

TASKS = (*FIELDS, STRUCTURE)

PARTS = {
    "train": "train",
    "validation": "valid",
    "test": "test",
    "casp12": "casp12",
    "ts115": "ts115",
    "cb513": "cb513",
}
"""Our names of a set's parts, and those in its files' names."""

_EVOLUTIONARY = 30
"""Numbers of a residue's profile besides the indicators of the residue itself."""

_STOP = "*"
_NUM_EXAMPLES = b"num_examples"
_REFETCH = "fetch it again"
_DISORDER = "10"
"""1 = ordered, so that the flag 0 becomes our 1."""

_ROOM = 64 * 2**20
"""Bytes that a simulated database may need beyond its values; the rest is cut off."""

Reader = Callable[[Mapping[str, Path], str], Iterator[Protein]]


def parts_of(task: str) -> tuple[str, ...]:
    """The parts in which a task is published."""
    if task == STRUCTURE:
        return ("train", "validation", "casp12", "ts115", "cb513")
    return ("train", "validation", "test")


def lmdb_reader(task: str) -> Reader:
    """A reader of a task's archive of LMDB databases, the role `data`."""

    def read(files: Mapping[str, Path], source: str) -> Iterator[Protein]:
        path, ending = files["data"], "lmdb/data.mdb"
        return _read_archive(path, task, source, ending, _lmdb_records)

    return read


def json_reader(task: str) -> Reader:
    """A reader of a task's archive of JSON files, the role `data`."""

    def read(files: Mapping[str, Path], source: str) -> Iterator[Protein]:
        return _read_archive(files["data"], task, source, "json", _json_records)

    return read


def csv_reader(task: str) -> Reader:
    """A reader of CSV files `seq,label`, a role per part.

    The label is a number, or a digit per residue: 0 = helix, 1 = strand, 2 = other.
    """

    def read(files: Mapping[str, Path], source: str) -> Iterator[Protein]:
        for part in (part for part in PARTS if part in files):
            rows = read_table(files[part], ["seq", "label"])
            for number, row in enumerate(rows, start=1):
                where = f"{files[part]}: row {number}"
                identifier = f"{source}-{part}-{number:05d}"
                protein = _with_residues(identifier, row["seq"], part)
                yield _with_text_label(protein, task, row["label"], where)

    return read


def write_lmdb(
    path: Path | str,
    task: str,
    parts: Mapping[str, Sequence[Protein]],
    simulated: bool,
) -> None:
    """Write a task's archive of LMDB databases; equal proteins give equal bytes.

    Args:
        path: ends in `.tar.gz`.
        task: one of `FIELDS`.
        parts: proteins by part, named as in `PARTS`; with the value of that task.
        simulated: whether to mark the archive as simulated.
    """
    members = {
        f"{task}/{task}_{PARTS[part]}.lmdb/data.mdb": _lmdb_bytes(
            [_record(protein, task, index) for index, protein in enumerate(proteins)]
        )
        for part, proteins in parts.items()
    }
    archives.pack(path, members, simulated)


def _read_archive(
    path: Path,
    task: str,
    source: str,
    ending: str,
    records: Callable[[Path, str], Iterator[tuple[str, Any]]],
) -> Iterator[Protein]:
    members = {f"{task}/{task}_{PARTS[part]}.{ending}": part for part in parts_of(task)}
    with archives.unpacked(path, members) as found:
        # All at once: nothing is left unpacked if the caller stops in the middle.
        proteins = [
            _protein(f"{source}-{part}-{number:05d}", record, task, part, where)
            for member, part in members.items()
            for number, (where, record) in enumerate(
                records(found[member], f"{path}: {member}"), start=1
            )
        ]
    yield from proteins


def _lmdb_records(path: Path, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the location of each record (for messages), and the record."""
    try:
        with _opened(path, name) as environment, environment.begin() as transaction:
            number = _number_of_examples(transaction, name)
            for index in range(number):
                where = f"{name}: example {index}"
                value = transaction.get(str(index).encode())
                if value is None:
                    raise ProtlangError(
                        f"{where} is missing, though there are {number:,}; {_REFETCH}"
                    )
                yield where, decode(bytes(value), where)
            if transaction.get(str(number).encode()) is not None:
                raise ProtlangError(
                    f"{name} has more examples than its {number:,}; {_REFETCH}"
                )
    except lmdb.Error as error:
        raise ProtlangError(
            f"{name} is no whole LMDB database ({error}); {_REFETCH}"
        ) from error


def _opened(path: Path, name: str) -> lmdb.Environment:
    """Open a database whose file is as long as its header declares.

    LMDB maps the file into memory: reading beyond its end would kill the process.
    """
    environment = lmdb.open(
        str(path), subdir=False, readonly=True, lock=False, readahead=False
    )
    pages = environment.info()["last_pgno"] + 1
    expected = pages * environment.stat()["psize"]
    if path.stat().st_size < expected:
        environment.close()
        raise ProtlangError(
            f"{name} is cut short: it has {path.stat().st_size:,} of {expected:,} "
            f"bytes; {_REFETCH}"
        )
    return environment


def _number_of_examples(transaction: lmdb.Transaction, name: str) -> int:
    value = transaction.get(_NUM_EXAMPLES)
    key = _NUM_EXAMPLES.decode()
    number = None if value is None else decode(bytes(value), f"{name}: {key}")
    if not isinstance(number, int) or number < 0:
        raise ProtlangError(
            f"{name} has {number!r} under its key {key!r} where a number is expected; "
            f"is it one of TAPE's? {_REFETCH.capitalize()}"
        )
    return number


def _json_records(path: Path, name: str) -> Iterator[tuple[str, Any]]:
    try:
        records = json.loads(path.read_bytes())
    except ValueError as error:
        raise ProtlangError(f"{name} is no JSON ({error}); {_REFETCH}") from error
    if not isinstance(records, list):
        raise ProtlangError(f"{name} is no JSON list of records; {_REFETCH}")
    for index, record in enumerate(records):
        yield f"{name}: example {index}", record


def _protein(identifier: str, record: Any, task: str, part: str, where: str) -> Protein:
    if not isinstance(record, dict):
        raise ProtlangError(f"{where} is no dictionary; {_REFETCH}")
    sequence = _field(record, "primary", where)
    if not isinstance(sequence, str):
        raise ProtlangError(f"{where} has a `primary` that is no text; {_REFETCH}")
    protein = _with_residues(identifier, sequence, part)
    if task == STRUCTURE:
        profile = _profile(record, protein.sequence, where)
        return replace(protein, labels=_structure(record, where), profile=profile)
    number = _number(_field(record, FIELDS[task], where), FIELDS[task], where)
    return replace(protein, values={task: number})


def _field(record: Mapping[str, Any], name: str, where: str) -> Any:
    if name not in record:
        raise ProtlangError(
            f"{where} has no `{name}`; it has {', '.join(map(str, record))}: is it the "
            "right task?"
        )
    return record[name]


def _with_residues(identifier: str, sequence: str, part: str) -> Protein:
    stops = sequence.count(_STOP)
    changes = {"stop_codons_left_out": stops} if stops else {}
    return Protein(identifier, sequence.replace(_STOP, ""), split=part, changes=changes)


def _number(value: Any, name: str, where: str) -> float:
    """TAPE's numbers are arrays of length one."""
    try:
        return float(np.asarray(value, dtype=np.float64).reshape(1)[0])
    except (TypeError, ValueError):
        raise ProtlangError(
            f"{where} has {value!r} as its `{name}` where one number is expected; "
            f"{_REFETCH}"
        ) from None


def _structure(record: Mapping[str, Any], where: str) -> dict[str, str]:
    states = {
        "q3": ("ss3", Q3_STATES),
        "q8": ("ss8", Q8_STATES),
        "disorder": ("disorder", _DISORDER),
        "mask": ("valid_mask", "01"),
    }
    return {
        label: _letters(_field(record, name, where), letters, f"{where}: `{name}`")
        for label, (name, letters) in states.items()
    }


def _profile(record: Mapping[str, Any], sequence: str, where: str) -> np.ndarray | None:
    """The profile as in the arrays of NetSurfP-2.0, where TAPE has its last part."""
    if "evolutionary" not in record:
        return None
    try:
        last = np.asarray(record["evolutionary"], dtype=np.float32)
        last = last.reshape(len(sequence), _EVOLUTIONARY)
    except (TypeError, ValueError):
        raise ProtlangError(
            f"{where} has an `evolutionary` that is no {len(sequence)} x "
            f"{_EVOLUTIONARY} numbers; {_REFETCH}"
        ) from None
    letters = np.array(list(sequence))[:, None]
    indicators = letters == np.array(list(AMINO_ACIDS))
    return np.concatenate([indicators.astype(np.float32), last], axis=1)


def _letters(numbers: Any, letters: str, where: str) -> str:
    try:
        return "".join(letters[_index(number, len(letters))] for number in numbers)
    except (TypeError, ValueError):
        raise ProtlangError(
            f"{where} holds other values than 0 to {len(letters) - 1}; {_REFETCH}"
        ) from None


def _index(number: Any, states: int) -> int:
    index = int(number)
    if index != number or not 0 <= index < states:
        raise ValueError(number)
    return index


def _with_text_label(protein: Protein, task: str, label: str, where: str) -> Protein:
    if task == STRUCTURE:
        digits = [int(digit) if digit in "012" else -1 for digit in label]
        states = _letters(digits, Q3_STATES, f"{where}: the label")
        return replace(protein, labels={"q3": states})
    return replace(protein, values={task: number_of(label, where)})


def _record(protein: Protein, task: str, index: int) -> dict[str, Any]:
    """A record as TAPE's, the number as an array."""
    return {
        "primary": protein.sequence,
        "protein_length": len(protein.sequence),
        "id": str(index),
        FIELDS[task]: np.array([protein.values[task]], dtype=np.float32),
    }


def _lmdb_bytes(records: list[dict[str, Any]]) -> bytes:
    """A database as bytes: LMDB writes files only."""
    values = {
        str(index).encode(): pickle.dumps(record, protocol=4)
        for index, record in enumerate(records)
    }
    values[_NUM_EXAMPLES] = pickle.dumps(len(records), protocol=4)
    # Every value fills whole pages at worst.
    size = _ROOM + sum(len(value) + 2 * 4096 for value in values.values())
    with TemporaryDirectory(prefix="protlang-") as folder:
        path = Path(folder) / "data.mdb"
        with (
            lmdb.open(str(path), subdir=False, map_size=size, lock=False) as database,
            database.begin(write=True) as transaction,
        ):
            for key, value in values.items():
                transaction.put(key, value)
        return path.read_bytes()
