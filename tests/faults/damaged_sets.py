"""Small labelled sets, and the kinds of damage that building must refuse.

What each format's reader refuses in a record is tested beside that format.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from protlang.formats import netsurfp
from support.proteins import make_protein

FILES: Mapping[str, Mapping[str, str]] = {
    "netsurfp-npz": {"data": "set.npz"},
    "flip-secondary-structure": {
        "sequences": "sequences.fasta",
        "labels": "labels.fasta",
        "mask": "mask.fasta",
    },
    "prottrans-csv": {"data": "set.csv"},
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


_WRITERS: Mapping[str, Callable[[Path], None]] = {
    "netsurfp-npz": _write_array,
    "flip-secondary-structure": _write_flip,
    "prottrans-csv": _write_prottrans,
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


def same_ids(folder: Path) -> None:
    """Give both proteins of the array the id of the first."""
    with np.load(folder / "set.npz") as archive:
        ids = archive["pdbids"][[0, 0]]
        np.savez(folder / "set.npz", data=archive["data"], pdbids=ids)


def _array(spoil: Spoil, *message: str, remedy: str = "fetch it again") -> Damage:
    return Damage("netsurfp-npz", spoil, "set.npz", message, remedy)


def _flip(
    spoil: Spoil, file: str, *message: str, remedy: str = "correct or remove the record"
) -> Damage:
    return Damage("flip-secondary-structure", spoil, file, message, remedy)


def _csv(spoil: Spoil, *message: str, remedy: str = "fetch") -> Damage:
    return Damage("prottrans-csv", spoil, "set.csv", message, remedy)


DAMAGES: Mapping[str, Damage] = {
    # The array of NetSurfP-2.0
    "array-cut-short": _array(cut("set.npz")),
    "array-missing": _array(removed("set.npz"), "does not exist", remedy="fetch"),
    "array-of-html": _array(overwritten("set.npz", b"<html>Not found</html>")),
    "array-with-an-id-twice": _array(
        same_ids, "1abc-A", remedy="rename or remove one of them"
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
    "flip-unknown-mask": _flip(
        replaced("mask.fasta", b"011111", b"012111"), "mask.fasta", "3abc-A", "'2'"
    ),
    "flip-sequence-of-other-bytes": _flip(
        replaced("sequences.fasta", b"KLMNPQ", b"KLM\xffPQ"),
        "sequences.fasta",
        remedy="correct",
    ),
    "flip-file-missing": _flip(
        removed("mask.fasta"), "mask.fasta", "does not exist", remedy="put a FASTA"
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
    # The CSV of ProtTrans
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
    "csv-of-other-bytes": _csv(replaced("set.csv", b"KLMNPQ", b"KLM\xffPQ")),
    "csv-gzip-cut-short": _csv(gzipped_and_cut("set.csv")),
    "csv-with-a-field-too-many": _csv(replaced("set.csv", b"KLMNPQ", b"KLM,NPQ")),
}
