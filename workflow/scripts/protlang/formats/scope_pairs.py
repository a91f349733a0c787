"""Lists of pairs of SCOPe's domains, and their files in the archive of P-ELMo's split.

Lists are tab-separated, with the columns `sequence_A`, `sequence_B` and `similarity` (0
to 4); domains are not named. Sources: P-ELMo's repository, eval_similarity.py and
train_similarity_and_contact.py.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from protlang.alphabet import RESIDUES, check_letters
from protlang.errors import ProtlangError
from protlang.formats.lines import read_lines

COLUMNS = ("sequence_A", "sequence_B", "similarity")

_PREFIX = "astral-scopedom-seqres-gd-sel-gs-bib-95-"

DOMAIN_FILES: Mapping[str, str] = {
    "train": f"{_PREFIX}2.06.train.train.fa",
    "development": f"{_PREFIX}2.06.train.dev.fa",
    "test": f"{_PREFIX}2.06.test.fa",
    "newer": f"{_PREFIX}2.07-new.fa",
}
"""Domains of each part, as ASTRAL's files, in the archive."""

PAIR_FILES: Mapping[str, str] = {
    "development": f"{_PREFIX}2.06.train.dev.sampledpairs.txt",
    "test": f"{_PREFIX}2.06.test.sampledpairs.txt",
    "newer": f"{_PREFIX}2.07-new.allpairs.txt",
}
"""Lists of the pairs of a part, in the archive."""

RELEASE = "2.06"
"""Of SCOPe, of all parts but `newer`."""

_LEVELS = {str(level): level for level in range(5)}


class SequencePair(NamedTuple):
    """Sequences of two domains and what these share.

    Attributes:
        sequences: upper case.
        level: 0 (nothing) to 4 (the family).
    """

    sequences: tuple[str, str]
    level: int


def read(path: Path, name: str) -> Iterator[SequencePair]:
    """Stream the pairs of a list.

    Args:
        path: of the list, plain or compressed.
        name: of the list, for messages.

    Raises:
        ProtlangError: if the file is damaged or lacks a column, or a level or a letter
            is not as above.
    """
    lines = read_lines(path, name)
    header = next(lines, "").split("\t")
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise ProtlangError(
            f"{name} lacks the columns {', '.join(missing)}; it has "
            f"{', '.join(header)}: is it a list of pairs?"
        )
    places = [header.index(column) for column in COLUMNS]
    for number, line in enumerate(lines, start=1):
        yield _pair(line.split("\t"), places, f"{name}: row {number}")


def as_text(pairs: Iterable[SequencePair]) -> str:
    """The text of a list in the layout above."""
    rows = [COLUMNS, *((*pair.sequences, str(pair.level)) for pair in pairs)]
    return "".join("\t".join(row) + "\n" for row in rows)


def _pair(row: list[str], places: list[int], where: str) -> SequencePair:
    if len(row) <= max(places):
        raise ProtlangError(f"{where} is cut short; fetch the file again")
    first, second, level = (row[place] for place in places)
    if level not in _LEVELS:
        raise ProtlangError(
            f"{where} has the {COLUMNS[2]} {level!r} where 0 to 4 is expected; "
            "correct it"
        )
    sequences = (first.upper(), second.upper())
    for sequence in sequences:
        check_letters(sequence, RESIDUES, where)
    return SequencePair(sequences, _LEVELS[level])
