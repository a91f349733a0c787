"""FASTA files, plain or compressed (gzip, xz, bzip2, zstd)."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from xopen import xopen

from protlang.errors import ProtlangError
from protlang.files import require_file
from protlang.formats.compression import damage_reported

_WHITE = " \t\v\f\n"
"""Not the white space of Unicode, such as a no-break space: ids may hold it."""


class FastaRecord(NamedTuple):
    """One record: the header's first word, the rest of the header, the letters."""

    id: str
    description: str
    sequence: str


def read_fasta(path: Path | str) -> Iterator[FastaRecord]:
    r"""Stream the records of a FASTA file, letters as they stand in it.

    Lines end as under Unix, Windows or the old Mac; blank lines, and white space at
    either end of a line, are ignored. The text is UTF-8; other bytes are read as `\xff`
    and the like.

    Raises:
        ProtlangError: if the file is missing, empty, cut short, damaged or no FASTA.
    """
    path = require_file(path, "put a FASTA file there")
    with damage_reported(path), _opened(path) as lines:
        yield from _records(lines, path)


def _opened(path: Path) -> TextIO:
    # No threads: xopen would start programs, and leave them behind after an error.
    return xopen(path, "r", threads=0, encoding="utf-8-sig", errors="backslashreplace")


def _records(lines: Iterable[str], path: Path) -> Iterator[FastaRecord]:
    header, sequence = None, list[str]()
    for number, line in enumerate(lines, start=1):
        text = line.strip(_WHITE)
        if text.startswith(">"):
            if header is not None:
                yield _record(header, sequence)
            header, sequence = text[1:], []
        elif header is not None:
            sequence.append(text)
        elif text:
            raise ProtlangError(
                f"{path} is not a FASTA file: line {number} begins with {text[:20]!r} "
                "where '>' and an id are expected; correct it"
            )
    if header is None:
        raise ProtlangError(f"{path} is not a FASTA file: it is blank; correct it")
    yield _record(header, sequence)


def _record(header: str, sequence: list[str]) -> FastaRecord:
    words = re.split(f"[{_WHITE}]+", header.strip(_WHITE), maxsplit=1)
    return FastaRecord(words[0], "".join(words[1:]), "".join(sequence))
