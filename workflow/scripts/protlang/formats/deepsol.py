"""DeepSol's solubility sets: a sequence per line, and a label per line beside it.

`data/train_src` holds the sequences of the training set, `data/train_tgt` 1 for soluble
and 0 for insoluble ones; likewise `val` and `test`. The publisher's archive holds the
repository with these files. Source: Khurana et al. 2018, Bioinformatics 34:2605.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from protlang.alphabet import SOLUBILITY_STATES
from protlang.errors import ProtlangError
from protlang.formats import archives
from protlang.formats.lines import read_lines
from protlang.proteins import Protein

PARTS = {"train": "train", "validation": "val", "test": "test"}
"""Names of the parts here, and in the names of DeepSol's files."""

ROLES = tuple(f"{part}_{end}" for part in PARTS for end in ("src", "tgt"))
"""Files of `deepsol-text`: sequences and labels of each part."""

_FOLDER = "data"


def read_text(files: Mapping[str, Path], source: str) -> Iterator[Protein]:
    """Stream the parts whose sequences are given, roles `<part>_src`, `<part>_tgt`.

    Raises:
        ProtlangError: if a file is damaged, one of the two is missing or has more lines
            than the other, or a label is neither 0 nor 1.
    """
    for part in PARTS:
        sequences, labels = (files.get(f"{part}_{end}") for end in ("src", "tgt"))
        if sequences and labels:
            pair = _named(sequences), _named(labels)
            yield from _read_part(part, *pair, source)
        elif sequences or labels:
            lacking = "src" if labels else "tgt"
            raise ProtlangError(
                f"source {source} has no file {part}_{lacking}, without which "
                f"{sequences or labels} cannot be read; add it or remove the other one"
            )


def read_zip(files: Mapping[str, Path], source: str) -> Iterator[Protein]:
    """Stream the parts in the publisher's archive, `data`.

    Raises:
        ProtlangError: as `read_text`, or if the archive is damaged or lacks a file.
    """
    path = files["data"]
    names = [name for part in PARTS for name in _members(part)]
    with archives.unpacked(path, names) as found:
        lines = {name: _Lines(found[name], f"{path}: {name}") for name in names}
        # All at once: nothing is left unpacked if the caller stops in the middle.
        proteins = [
            protein
            for part in PARTS
            for sequences, labels in [_members(part)]
            for protein in _read_part(part, lines[sequences], lines[labels], source)
        ]
    yield from proteins


def write_zip(
    path: Path | str, parts: Mapping[str, Sequence[Protein]], simulated: bool
) -> None:
    """Write all parts as the publisher's archive; equal proteins give equal bytes.

    Args:
        path: ends in `.zip`.
        parts: proteins with the class `solubility`, by part.
        simulated: whether to mark the archive as simulated.
    """
    members = {}
    for part, proteins in parts.items():
        sequences, labels = _members(part)
        members[sequences] = _text([protein.sequence for protein in proteins])
        states = [protein.classes["solubility"] for protein in proteins]
        members[labels] = _text([str(SOLUBILITY_STATES.index(one)) for one in states])
    archives.pack(path, members, simulated)


def state_of(label: str, where: str) -> str:
    """Soluble for 1 and insoluble for 0.

    Raises:
        ProtlangError: if the label is neither.
    """
    if label not in ("0", "1"):
        raise ProtlangError(
            f"{where} has the label {label!r} where 0 (insoluble) or 1 (soluble) is "
            "expected; correct or remove it"
        )
    return SOLUBILITY_STATES[int(label)]


class _Lines(NamedTuple):
    """A file of lines, and its name in messages if that is not its path."""

    path: Path
    name: str | None

    def __str__(self) -> str:
        return self.name or str(self.path)


def _named(path: Path) -> _Lines:
    return _Lines(path, None)


def _members(part: str) -> tuple[str, str]:
    """The files of a part in the publisher's archive: sequences, labels."""
    stem = f"{_FOLDER}/{PARTS[part]}"
    return f"{stem}_src", f"{stem}_tgt"


def _read_part(
    part: str, sequences: _Lines, labels: _Lines, source: str
) -> Iterator[Protein]:
    pairs = zip_longest(read_lines(*sequences), read_lines(*labels))
    for number, (sequence, label) in enumerate(pairs, start=1):
        if sequence is None or label is None:
            both = (sequences, labels)
            short, long = both if sequence is None else reversed(both)
            raise ProtlangError(
                f"{short} ends before line {number} of {long}, though the two have a "
                "line for each protein; fetch both again"
            )
        state = state_of(label.strip(), f"{labels}: line {number}")
        yield Protein(
            f"{source}-{part}-{number:05d}",
            sequence.strip(),
            split=part,
            classes={"solubility": state},
        )


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
