"""FASTA files, plain or compressed (gzip, xz, bzip2, zstd)."""

import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import dnaio

from protlang.errors import ProtlangError
from protlang.files import require_file


class FastaRecord(NamedTuple):
    """One record: the header's first word, the rest of the header, the letters."""

    id: str
    description: str
    sequence: str


def read_fasta(path: Path | str) -> Iterator[FastaRecord]:
    """Stream the records of a FASTA file, letters as they stand in it.

    Raises:
        ProtlangError: if the file is missing, empty, cut short or no FASTA.
    """
    path = require_file(path, "put a FASTA file there")
    try:
        with dnaio.open(path, fileformat="fasta") as records:
            for record in records:
                identifier, *description = record.name.split(maxsplit=1) or [""]
                yield FastaRecord(identifier, "".join(description), record.sequence)
    except (dnaio.FileFormatError, UnicodeDecodeError) as error:
        raise ProtlangError(
            f"{path} is not a FASTA file ({error}); correct it"
        ) from error
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        raise ProtlangError(
            f"{path} is cut short or damaged ({error}); delete it and fetch it again"
        ) from error
