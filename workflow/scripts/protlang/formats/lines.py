"""Lines of text files, plain or compressed, with their errors told in a sentence."""

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

from xopen import xopen

from protlang.files import atomic_path, require_file
from protlang.formats.compression import damage_told


def read_lines(path: Path | str, name: str | None = None) -> Iterator[str]:
    """Stream the lines of a UTF-8 file without their ends.

    Args:
        path: of the file.
        name: of a file that was unpacked for a while, for messages; it may be empty.

    Raises:
        ProtlangError: if it is missing, empty, cut short or no text.
    """
    if name is None:
        require_file(path, "fetch it again")
    # No threads: xopen would start programs, and leave them behind after an error.
    with (
        damage_told(name or path, (UnicodeError,)),
        xopen(path, threads=0, encoding="utf-8") as stream,
    ):
        for line in stream:
            yield line.rstrip("\r\n")


def write_lines(path: Path | str, lines: Iterable[str]) -> None:
    """Write lines atomically, with gzip and no date if the name ends in `.gz`."""
    path = Path(path)
    content = "".join(f"{line}\n" for line in lines).encode()
    if path.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
