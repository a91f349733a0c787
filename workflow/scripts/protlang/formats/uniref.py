"""Archived UniRef releases: XML or FASTA files in tar archives in a tar archive.

`uniref2018_03.tar.gz` holds a tar archive per level (`uniref50.tar`, ...), each with
`uniref50.xml.gz` and some notes. Nothing is unpacked to the disk: all layers are read
as streams, and what comes out is FASTA text.
"""

import re
import tarfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Protocol, cast
from xml.etree.ElementTree import Element, ParseError, iterparse
from xml.parsers.expat import ErrorString

from xopen import xopen

from protlang.errors import ProtlangError
from protlang.formats.fasta import FastaRecord
from protlang.formats.uniref_layout import LONGEST, Layout, layout_of

ARCHIVE = "uniref-archive"
"""The distribution of sources that this module reads."""

FAULTS = (tarfile.TarError, ParseError)
"""What reading an archive that is cut short or damaged raises besides `OSError`."""

_LEVEL = re.compile(r"uniref(50|90|100)(?![0-9])")
_ENDINGS = (".xml", ".xml.gz", ".fasta", ".fasta.gz")
_ARCHIVE_ENDINGS = (".tar", ".tar.gz", ".tgz")

_PIECE = 1 << 18
"""Bytes of XML read at a time."""

_NAMED = 20
"""How many files of an archive a message names."""


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""


def level_of(source_name: str) -> str:
    """The part of an archive that a source names: `uniref50` of `uniref50-2018_03`.

    Raises:
        ProtlangError: if the name of the source does not begin with a level.
    """
    found = _LEVEL.match(source_name)
    if not found:
        raise ProtlangError(
            f"source {source_name} is an archive of several UniRef levels, and its "
            "name does not begin with one of them; let it begin with uniref50, "
            "uniref90 or uniref100"
        )
    return found[0]


def archived_fasta(
    archive: Readable, level: str, path: Path, block_bytes: int
) -> Iterator[bytes]:
    """Stream a level's clusters out of an archive, as FASTA text.

    Args:
        archive: the tar archive, decompressed.
        level: `uniref50`, `uniref90` or `uniref100`.
        path: of the archive, for messages.
        block_bytes: to yield at a time, about.

    Raises:
        ProtlangError: if the archive holds no file of that level, or that file no
            entries.
    """
    wanted = {level + ending for ending in _ENDINGS}
    seen = []
    with closing(_files(archive)) as files:
        for name, stream in files:
            if PurePosixPath(name).name.lower() in wanted:
                yield from _fasta(name, stream, path, block_bytes)
                return
            seen.append(name)
    held = ", ".join(seen[:_NAMED]) + ", ..." * (len(seen) > _NAMED)
    raise ProtlangError(
        f"{path} holds no {level}{_ENDINGS[1]} (nor {', '.join(sorted(wanted))}), but "
        f"{held or 'no files'}; choose another release or another level"
    )


def read_entries(stream: Readable) -> Iterator[FastaRecord]:
    """Stream the clusters of a UniRef XML file: id, name, representative's sequence.

    White space in sequences is layout. Sequences of other members are skipped. One
    cluster is held in memory, without the members that were read. What keeps to the
    layout of UniProt's files is read by `formats.uniref_layout`, all from the first
    deviation on by a parser.

    Raises:
        ParseError: if the XML is cut short or damaged.
    """
    text = b""
    while len(text) < LONGEST and (piece := stream.read(_PIECE)):
        text += piece
        if start := layout_of(text):
            break
    else:
        yield from parse_entries(_Joined(text, stream))
        return
    layout, place = start
    text = text[place:]
    while found := layout.take(text):
        entries, place = found
        yield from entries
        text = text[place:]
        piece = stream.read(_PIECE) if len(text) < LONGEST else b""
        if not piece:
            break
        text += piece
    if not layout.closes(text):
        yield from _parsed_rest(layout, text, stream)


def _parsed_rest(
    layout: Layout, text: bytes, stream: Readable
) -> Iterator[FastaRecord]:
    """What does not keep to the layout, with errors at their lines in the file."""
    try:
        yield from parse_entries(_Joined(layout.unfinished + text, stream))
    except ParseError as error:
        line, column = error.position
        reason = ErrorString(error.code)
        raise ParseError(
            f"{reason}: line {line + layout.lines}, column {column}"
        ) from error


class _Joined:
    """A text, and the rest of a stream behind it."""

    def __init__(self, text: bytes, stream: Readable) -> None:
        self._text, self._stream = text, stream

    def read(self, size: int, /) -> bytes:
        text, self._text = self._text, b""
        return text or self._stream.read(size)


def parse_entries(stream: Readable) -> Iterator[FastaRecord]:
    """`read_entries` by a parser, whatever the layout."""
    root = entry = None
    # Expat bounds how far entities can expand, and opens no external ones.
    for event, element in iterparse(cast("IO[bytes]", stream), ("start", "end")):  # noqa: S314
        tag = element.tag.rpartition("}")[2]
        if event == "start":
            root = element if root is None else root
            entry = element if tag == "entry" else entry
        elif tag == "member" and entry is not None:
            with suppress(ValueError):  # of one that is elsewhere than it should be
                entry.remove(element)
        elif tag == "entry" and root is not None:
            yield _record(element)
            root.clear()
            entry = None


def _record(entry: Element) -> FastaRecord:
    sequence = entry.findtext("{*}representativeMember/{*}sequence", "")
    name = entry.findtext("{*}name", "")
    return FastaRecord(
        "".join(entry.get("id", "").split()),
        " ".join(name.split()),
        "".join(sequence.split()),
    )


def _files(archive: Readable) -> Generator[tuple[str, BinaryIO], None, None]:
    """All files in a tar archive and in the tar archives in it, decompressed.

    Each can be read until the next is requested.
    """
    stream = cast("BinaryIO", archive)
    with tarfile.open(fileobj=stream, mode="r|", bufsize=1 << 20) as members:
        for member in members:
            content = members.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            with xopen(cast("BinaryIO", content), "rb", threads=0) as plain:
                if member.name.lower().endswith(_ARCHIVE_ENDINGS):
                    yield from _files(plain)
                else:
                    yield member.name, plain


def _fasta(
    name: str, stream: BinaryIO, path: Path, block_bytes: int
) -> Iterator[bytes]:
    if name.lower().removesuffix(".gz").endswith(".fasta"):
        while block := stream.read(block_bytes):
            yield block
        return
    empty = True
    for block in _in_blocks(read_entries(stream), block_bytes):
        empty = False
        yield block
    if empty:
        raise ProtlangError(
            f"{path}: its {name} holds no UniRef entries; choose another release"
        )


def _in_blocks(records: Iterable[FastaRecord], block_bytes: int) -> Iterator[bytes]:
    """FASTA text of some records, in blocks that end between records."""
    block = bytearray()
    for record in records:
        # Without an id, the name's first word would be taken for it.
        header = f"{record.id} {record.description}" if record.id else ""
        block += f">{header}\n{record.sequence}\n".encode()
        if len(block) >= block_bytes:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)
