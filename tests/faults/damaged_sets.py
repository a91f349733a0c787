"""Small labelled sets in every distribution, and all the ways to spoil them."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from protlang.formats import netsurfp
from protlang.sources.catalogue import Source, SourceFile
from support.proteins import make_protein

FILES: Mapping[str, Mapping[str, str]] = {
    "netsurfp-npz": {"data": "set.npz"},
    "flip-secondary-structure": {
        "sequences": "sequences.fasta",
        "labels": "labels.fasta",
        "mask": "mask.fasta",
    },
    "prottrans-csv": {"data": "set.csv"},
    "cullpdb-csv": {"data": "set.csv"},
    "q8-json-lines": {"data": "set.jsonl"},
}
"""The files of each distribution by role."""

Spoil = Callable[[Path], None]
"""Damages a sound set in its folder."""


@dataclass(frozen=True)
class Damage:
    """A damaged set and the message that its user receives.

    Attributes:
        distribution: that the set comes in.
        spoil: damages the sound set.
        file: the file that the message names.
        details: what else the message names: the record, the value.
        remedy: what the message advises.
        split: what is built from the set, `test` or `train`.
    """

    distribution: str
    spoil: Spoil
    file: str
    details: tuple[str, ...]
    remedy: str
    split: str = "test"


def write_sound_set(distribution: str, folder: Path) -> None:
    """Write three proteins of six residues (two in an array), all in order."""
    folder.mkdir(parents=True)
    _WRITERS[distribution](folder)


def source_of(distribution: str, name: str) -> Source:
    """What the file of sources would declare."""
    return Source(
        name=name,
        title="A set for tests",
        release="1",
        distribution=distribution,
        files={role: SourceFile(file) for role, file in FILES[distribution].items()},
        licence="CC0-1.0",
        citation="nobody",
        verified=False,
    )


def _write_array(folder: Path) -> None:
    proteins = [make_protein("1abc-A", "ACDEFG"), make_protein("2abc-A", "KLMNPQ")]
    netsurfp.write(folder / "set.npz", proteins, "simulated")


def _write_flip(folder: Path) -> None:
    parts = ("train VALIDATION=False", "train VALIDATION=True", "test VALIDATION=False")
    sequences = ("ACDEFG", "KLMNPQ", "RSTVWY")
    for file, texts in (
        ("sequences.fasta", sequences),
        ("labels.fasta", ("HHHEEC", "CCCHHH", "EEECCC")),
        ("mask.fasta", ("111110", "111111", "011111")),
    ):
        records = [
            f">{serial}abc-A" + (f" SET={part}" if file == "labels.fasta" else "")
            for serial, part in enumerate(parts, start=1)
        ]
        pairs = zip(records, texts, strict=True)
        lines = [f"{header}\n{text}\n" for header, text in pairs]
        (folder / file).write_text("".join(lines))


_PROTTRANS_HEADER = "input,dssp3,dssp8,disorder,cb513_mask"


def _write_prottrans(folder: Path) -> None:
    flags = "1.0 1.0 1.0 1.0 1.0 0.0"
    rows = [
        _PROTTRANS_HEADER,
        f"ACDEFG,HHHEEC,HHHEET,{flags},{flags}",
        f"KLMNPQ,CCCHHH,CCSHHH,{flags},{flags}",
        f"RSTVWY,EEECCC,EEECCC,{flags},{flags}",
    ]
    (folder / "set.csv").write_text("\n".join(rows) + "\n")


def _write_cullpdb(folder: Path) -> None:
    rows = ["id,len,input,expected", "0,6,ACDEFG,HHHEET", "1,6,KLMNPQ,LLSHHH"]
    (folder / "set.csv").write_text("\n".join(rows) + "\n")


def _write_json_lines(folder: Path) -> None:
    records = [("ACDEFG", "HHHEET"), ("KLMNPQ", "CCSHHH")]
    lines = [
        json.dumps({"source": " ".join(residues), "target": " ".join(states)})
        for residues, states in records
    ]
    (folder / "set.jsonl").write_text("\n".join(lines) + "\n")


_WRITERS: Mapping[str, Callable[[Path], None]] = {
    "netsurfp-npz": _write_array,
    "flip-secondary-structure": _write_flip,
    "prottrans-csv": _write_prottrans,
    "cullpdb-csv": _write_cullpdb,
    "q8-json-lines": _write_json_lines,
}


def cut(file: str, share: float = 0.5) -> Spoil:
    """Keep only the first part of a file."""

    def spoil(folder: Path) -> None:
        content = (folder / file).read_bytes()
        (folder / file).write_bytes(content[: int(share * len(content))])

    return spoil


def replaced(file: str, old: bytes, new: bytes) -> Spoil:
    """Write something else at one place of a file."""

    def spoil(folder: Path) -> None:
        content = (folder / file).read_bytes()
        assert content.count(old) >= 1
        (folder / file).write_bytes(content.replace(old, new, 1))

    return spoil


def added(file: str, text: bytes) -> Spoil:
    """Append to a file."""

    def spoil(folder: Path) -> None:
        (folder / file).write_bytes((folder / file).read_bytes() + text)

    return spoil


def overwritten(file: str, content: bytes) -> Spoil:
    """Another content altogether."""

    def spoil(folder: Path) -> None:
        (folder / file).write_bytes(content)

    return spoil


def removed(file: str) -> Spoil:
    """No file at all."""

    def spoil(folder: Path) -> None:
        (folder / file).unlink()

    return spoil


def gzipped_and_cut(file: str) -> Spoil:
    """Compressed without changing its name, as some hosts do, and not transferred."""

    def spoil(folder: Path) -> None:
        packed = gzip.compress((folder / file).read_bytes())
        (folder / file).write_bytes(packed[: len(packed) // 2])

    return spoil


def byte_changed(file: str) -> Spoil:
    """One wrong byte in the middle."""

    def spoil(folder: Path) -> None:
        content = bytearray((folder / file).read_bytes())
        content[len(content) // 2] ^= 0xFF
        (folder / file).write_bytes(content)

    return spoil


def array(name: str, change: Callable[[np.ndarray], np.ndarray | None]) -> Spoil:
    """Change an array of the archive in place, or return another one."""

    def spoil(folder: Path) -> None:
        with np.load(folder / "set.npz") as archive:
            arrays = dict(archive)
        new = change(arrays[name])
        arrays[name] = arrays[name] if new is None else new
        # `savez` pickles where it has to.
        np.savez_compressed(folder / "set.npz", **arrays)

    return spoil


def element(column: int | slice, value: float) -> Spoil:
    """Set columns of the third residue of the second protein of the array."""

    def change(data: np.ndarray) -> None:
        data[1, 2, column] = value

    return array("data", change)


def every_record_for(part: str) -> Spoil:
    """Put all records of FLIP's split into one part."""

    def spoil(folder: Path) -> None:
        lines = (folder / "labels.fasta").read_text().splitlines()
        text = [
            f"{line.split()[0]} SET={part}" if line.startswith(">") else line
            for line in lines
        ]
        (folder / "labels.fasta").write_text("\n".join(text) + "\n")

    return spoil


def _array(spoil: Spoil, *message: str, remedy: str = "fetch it again") -> Damage:
    return Damage("netsurfp-npz", spoil, "set.npz", message, remedy)


def _flip(
    spoil: Spoil, file: str, *message: str, remedy: str = "correct or remove the record"
) -> Damage:
    return Damage("flip-secondary-structure", spoil, file, message, remedy)


def _csv(spoil: Spoil, *message: str, remedy: str = "fetch") -> Damage:
    return Damage("prottrans-csv", spoil, "set.csv", message, remedy)


_REFETCH = "fetch"

DAMAGES: Mapping[str, Damage] = {
    # The array of NetSurfP-2.0
    "array-cut-short": _array(cut("set.npz")),
    "array-with-a-wrong-byte": _array(byte_changed("set.npz")),
    "array-empty": _array(overwritten("set.npz", b""), remedy=_REFETCH),
    "array-missing": _array(removed("set.npz"), "does not exist", remedy=_REFETCH),
    "array-of-html": _array(overwritten("set.npz", b"<html>Not found</html>")),
    "array-pickled-ids": _array(array("pdbids", lambda ids: ids.astype(object))),
    "array-pickled-data": _array(array("data", lambda data: data.astype(object))),
    "array-of-texts": _array(array("data", lambda data: data.astype(str))),
    "array-of-67-columns": _array(
        array("data", lambda data: data[:, :, :67]), "(2, 6, 67)"
    ),
    "array-of-one-protein": _array(array("data", lambda data: data[0]), "(6, 68)"),
    "array-with-an-id-too-few": _array(array("pdbids", lambda ids: ids[:1]), "1 ids"),
    "array-with-an-id-twice": _array(
        array("pdbids", lambda ids: ids[[0, 0]]),
        "1abc-A",
        remedy="rename or remove one of them",
    ),
    "array-with-a-gap": _array(element(50, 0), "2abc-A", "gap in its sequence mask"),
    "array-with-an-unknown-length": _array(element(50, np.nan), "2abc-A"),
    "array-with-a-two-hot-residue": _array(
        element(slice(0, 2), 1), "2abc-A", "not one-hot"
    ),
    "array-with-two-states": _array(element(slice(57, 65), 1), "2abc-A", "Q8 state"),
    "array-with-no-state": _array(element(slice(57, 65), 0), "2abc-A", "Q8 state"),
    "array-with-half-a-disorder": _array(element(51, 0.5), "2abc-A", "disorder"),
    "array-with-an-infinite-profile": _array(
        element(25, np.inf), "2abc-A", "profile", remedy="correct or remove the record"
    ),
    # The three files of FLIP
    "flip-labels-one-shorter": replace(
        _flip(
            replaced("labels.fasta", b"HHHEEC", b"HHHEE"),
            "labels.fasta",
            "1abc-A",
            "6 residues but 5 q3 labels",
        ),
        split="train",
    ),
    "flip-mask-one-shorter": _flip(
        replaced("mask.fasta", b"011111", b"01111"), "mask.fasta", "3abc-A", "disorder"
    ),
    "flip-unknown-letter": _flip(
        replaced("sequences.fasta", b"RSTVWY", b"RSTJWY"),
        "sequences.fasta",
        "3abc-A",
        "'J' at position 4",
    ),
    "flip-unknown-label": _flip(
        replaced("labels.fasta", b"EEECCC", b"EEEQCC"),
        "labels.fasta",
        "3abc-A",
        "'Q' at position 4",
    ),
    "flip-unknown-mask": _flip(
        replaced("mask.fasta", b"011111", b"012111"), "mask.fasta", "3abc-A", "'2'"
    ),
    "flip-sequence-without-residues": _flip(
        replaced("sequences.fasta", b"RSTVWY\n", b""),
        "sequences.fasta",
        "3abc-A",
        remedy="remove the record",
    ),
    "flip-sequence-twice": _flip(
        added("sequences.fasta", b">1abc-A\nACDEFG\n"),
        "labels.fasta",
        "1abc-A",
        remedy=_REFETCH,
    ),
    "flip-label-twice": _flip(
        added("labels.fasta", b">1abc-A SET=test\nHHHEEC\n"),
        "labels.fasta",
        "1abc-A twice",
        remedy="remove one",
    ),
    "flip-another-id": _flip(
        replaced("mask.fasta", b">2abc-A", b">2abd-A"),
        "mask.fasta",
        "2abc-A",
        remedy=_REFETCH,
    ),
    "flip-label-without-sequence": _flip(
        replaced("sequences.fasta", b">3abc-A\nRSTVWY\n", b""),
        "labels.fasta",
        "3abc-A",
        remedy=_REFETCH,
    ),
    "flip-header-without-set": _flip(
        replaced("labels.fasta", b"SET=test VALIDATION=False", b"VALIDATION=False"),
        "labels.fasta",
        "3abc-A",
        remedy="expected SET=train or test",
    ),
    "flip-gzip-cut-short": _flip(
        gzipped_and_cut("sequences.fasta"), "sequences.fasta", remedy=_REFETCH
    ),
    "flip-sequence-of-other-bytes": _flip(
        replaced("sequences.fasta", b"KLMNPQ", b"KLM\xffPQ"),
        "sequences.fasta",
        remedy="correct",
    ),
    "flip-header-of-other-bytes": _flip(
        replaced("sequences.fasta", b">2abc-A", b">2\xe9bc-A"),
        "labels.fasta",
        "2\\xe9bc-A",
        remedy="fetch",
    ),
    "flip-file-of-html": _flip(
        overwritten("labels.fasta", b"<html>Not found</html>\n"),
        "labels.fasta",
        remedy="correct",
    ),
    "flip-file-empty": _flip(
        overwritten("mask.fasta", b""), "mask.fasta", "is empty", remedy="put a FASTA"
    ),
    "flip-file-missing": _flip(
        removed("mask.fasta"), "mask.fasta", "does not exist", remedy="put a FASTA"
    ),
    "flip-nothing-to-train-on": replace(
        _flip(
            every_record_for("test"),
            "labels.fasta",
            "as train",
            remedy="choose another",
        ),
        split="train",
    ),
    "flip-nothing-held-out": replace(
        _flip(
            replaced("labels.fasta", b"VALIDATION=True", b"VALIDATION=False"),
            "labels.fasta",
            "as validation",
            remedy="choose another",
        ),
        split="train",
    ),
    # CSV and JSON lines
    "csv-without-a-column": _csv(
        replaced("set.csv", b"dssp8", b"dssp9"),
        "lacks the columns dssp8",
        remedy="is it the right distribution?",
    ),
    "csv-empty": _csv(overwritten("set.csv", b"")),
    "csv-missing": _csv(removed("set.csv"), "does not exist"),
    "csv-of-a-header-alone": _csv(overwritten("set.csv", _PROTTRANS_HEADER.encode())),
    "csv-cut-within-a-row": _csv(
        cut("set.csv", 0.6), "-0002", remedy="correct or remove the record"
    ),
    "csv-with-fields-too-few": _csv(
        replaced("set.csv", b",CCCHHH,CCSHHH", b""),
        "-0002",
        remedy="correct or remove the record",
    ),
    "csv-of-other-bytes": _csv(replaced("set.csv", b"KLMNPQ", b"KLM\xffPQ")),
    "csv-gzip-cut-short": _csv(gzipped_and_cut("set.csv")),
    "csv-with-a-field-too-many": _csv(replaced("set.csv", b"KLMNPQ", b"KLM,NPQ")),
    "csv-with-a-label-too-few": _csv(
        replaced("set.csv", b"CCCHHH", b"CCCHH"),
        "-0002",
        "6 residues but 5 q3 labels",
        remedy="correct or remove the record",
    ),
    "csv-with-an-unknown-flag": _csv(
        replaced("set.csv", b"EEECCC,1.0", b"EEECCC,nan"), "row 3", "'nan'", remedy=""
    ),
    "cullpdb-with-a-wrong-length": Damage(
        "cullpdb-csv",
        replaced("set.csv", b"1,6,", b"1,7,"),
        "set.csv",
        ("record 1", "7 residues but has 6"),
        _REFETCH,
    ),
    "cullpdb-cut-within-a-row": Damage(
        "cullpdb-csv", cut("set.csv", 0.85), "set.csv", ("1",), _REFETCH
    ),
    "json-cut-within-a-line": Damage(
        "q8-json-lines", cut("set.jsonl", 0.8), "set.jsonl", ("line 2",), _REFETCH
    ),
    "json-without-a-text": Damage(
        "q8-json-lines",
        replaced("set.jsonl", b'"K L M N P Q"', b"null"),
        "set.jsonl",
        ("line 2",),
        _REFETCH,
    ),
    "json-with-an-unknown-state": Damage(
        "q8-json-lines",
        replaced("set.jsonl", b"C C S H H H", b"C C Z H H H"),
        "set.jsonl",
        ("-0002", "'Z' at position 3"),
        "correct or remove the record",
    ),
}
