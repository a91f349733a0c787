"""Lines of text files, plain or compressed."""

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

from xopen import xopen

from protlang.files import atomic_path, require_file
from protlang.formats.compression import damage_reported

LINE_LENGTH = 60
"""Residues per line of FASTA files, as in those of UniProt, Pfam and ASTRAL."""


def read_lines(path: Path | str, name: str | None = None) -> Iterator[str]:
    """Stream the lines of a UTF-8 file without their ends.

    Args:
        path: of the file.
        name: for messages, of a file that was unpacked temporarily; it may be empty.

    Raises:
        ProtlangError: if it is missing, empty, cut short or not text.
    """
    if name is None:
        require_file(path, "fetch it again")
    # No threads: xopen would start programs, and leave them behind after an error.
    with (
        damage_reported(name or path, (UnicodeError,)),
        xopen(path, threads=0, encoding="utf-8") as stream,
    ):
        for line in stream:
            yield line.rstrip("\r\n")


def write_lines(path: Path | str, lines: Iterable[str]) -> None:
    """Write lines atomically, gzipped without a date if the name ends in `.gz`."""
    path = Path(path)
    content = "".join(f"{line}\n" for line in lines).encode()
    if path.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def fasta_lines(header: str, letters: str) -> list[str]:
    """One FASTA record: its header after `>`, then lines of `LINE_LENGTH` letters."""
    starts = range(0, len(letters), LINE_LENGTH)
    return [f">{header}", *(letters[at : at + LINE_LENGTH] for at in starts)]
