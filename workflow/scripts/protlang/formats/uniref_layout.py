"""UniRef XML in the layout that UniProt writes, without building elements.

A strict subset of XML is read by regular expressions, some ten times as fast as by a
parser: the elements of UniRef's entries with their attributes in UniProt's order, white
space between them, and the five predefined entities. Whatever else occurs (comments,
CDATA, declarations, other elements or attributes, numbered characters, characters that
XML forbids) is left to the caller, as is the rest of the file.
"""

import re
from typing import NamedTuple
from xml.etree.ElementTree import ParseError, fromstring
from xml.sax.saxutils import unescape

from protlang.formats.fasta import FastaRecord

LONGEST = 1 << 20
"""Bytes of an entry without its members, or of a member; more is left to the caller."""

_ENCODINGS = {b"": "utf-8", b"utf-8": "utf-8", b"iso-8859-1": "latin-1"}

# Sets are repeated possessively; groups are not, which Python before 3.11.5 gets wrong.
_SPACE = rb"[ \t\r\n]*+"
# Sets of legal characters are matched faster than sets without the illegal ones.
_ENTITY = rb"&(?:amp|lt|gt|quot|apos);"
_IN_VALUES = rb"[\t\r\n !#-%'-;=-~\x7f-\xff]*+"
_IN_TEXTS = rb"[\t\r\n -%'-;=-\\^-~\x7f-\xff]*+"
_VALUE = rb'"%b(?:%b%b)*"' % (_IN_VALUES, _ENTITY, _IN_VALUES)
_TEXT = rb"%b(?:(?:%b|\](?!\]>))%b)*" % (_IN_TEXTS, _ENTITY, _IN_TEXTS)


def _element(tag: bytes, first: bytes, second: bytes, content: bytes) -> bytes:
    """A pattern of an element with two attributes, and of the space after it."""
    start = rb"<%b %b=%b %b=%b" % (tag, first, _VALUE, second, _VALUE)
    return start + content + _SPACE


_PROPERTIES = rb"(?:%b)*" % _element(b"property", b"type", b"value", b"/>")
_REFERENCE = _element(
    *(b"dbReference", b"type", b"id"),
    rb">" + _SPACE + _PROPERTIES + rb"</dbReference>",
)
_SEQUENCE = _element(b"sequence", b"length", b"checksum", rb">(%b)</sequence>" % _TEXT)
_HEAD = _SPACE.join(
    [
        rb"<entry id=(%b) updated=%b>" % (_VALUE, _VALUE),
        rb"<name>(%b)</name>" % _TEXT,
        _PROPERTIES + rb"<representativeMember>",
        _REFERENCE + _SEQUENCE + rb"</representativeMember>",
        b"",
    ]
)
_MEMBERS = (
    _SPACE
    + rb"(?:<member>%b%b" % (_SPACE, _REFERENCE)
    + rb"(?:%b)?</member>%b)*" % (_SEQUENCE.replace(b">(", b">(?:"), _SPACE)
)
_END = rb"</entry>" + _SPACE

_BEGINNING = re.compile(
    rb'<\?xml version="1\.0"(?: encoding="([A-Za-z0-9-]++)")? ?+\?>\s*+'
    rb"<(UniRef[0-9]++)[^<>]*+>"
)
_ENTRY, _HEADS, _MEMBER_LIST, _ENDING = map(
    re.compile, (_HEAD + _MEMBERS + _END, _HEAD, _MEMBERS, _END)
)
_SPACES = re.compile(_SPACE)

_QUOTES = {"&quot;": '"', "&apos;": "'"}


class _Head(NamedTuple):
    """What precedes an entry's members: its text; id, name and sequence in it."""

    text: bytes
    fields: tuple[bytes, ...]


class Layout:
    """Reads a file piece by piece, as long as it keeps to the layout.

    Attributes:
        unfinished: text that begins anew before the part that is yet to be read: the
            beginning of the file, and that of an entry whose members are being read.
        lines: line ends in what was read beyond those in `unfinished`.
    """

    def __init__(self, beginning: bytes, root: bytes, encoding: str) -> None:
        self._beginning, self._encoding = beginning, encoding
        self._closing = re.compile(_SPACE + rb"</%b\s*+>\s*+" % root)
        self._head: _Head | None = None
        self.lines = 0

    @property
    def unfinished(self) -> bytes:
        """See above."""
        return self._beginning + (self._head.text if self._head else b"")

    def take(self, text: bytes) -> tuple[list[FastaRecord], int] | None:
        """The entries that end in a text, and how much of it was read.

        None if what seemed to keep to the layout does not.
        """
        place, head, fields = 0, self._head, []
        if head:
            place = _end_of(_MEMBER_LIST, text, 0)
            if ended := _ENDING.match(text, place):
                fields.append(head.fields)
                place, head = ended.end(), None
        if not head:
            place = _end_of(_SPACES, text, place)
            for entry in _ENTRY.finditer(text, place):
                if entry.start() != place:
                    break
                fields.append(entry.groups())
                place = entry.end()
            if opened := _HEADS.match(text, place):
                head = _Head(opened[0], opened.groups())
                place = _end_of(_MEMBER_LIST, text, opened.end())
        read = text[:place]
        if not self._is_legal(read):
            return None
        before = self.unfinished.count(b"\n")
        self._head = head
        self.lines += read.count(b"\n") + before - self.unfinished.count(b"\n")
        return [self._record(*of_entry) for of_entry in fields], place

    def closes(self, text: bytes) -> bool:
        """Whether a text is nothing but the end of the file."""
        return not self._head and self._closing.fullmatch(text) is not None

    def _is_legal(self, text: bytes) -> bool:
        """Whether the characters outside ASCII are legal."""
        if text.isascii() or self._encoding == "latin-1":
            return True
        try:
            text.decode(self._encoding)
        except UnicodeDecodeError:
            return False
        # U+FFFE and U+FFFF are no characters of XML.
        return b"\xef\xbf" not in text

    def _record(self, identifier: bytes, name: bytes, sequence: bytes) -> FastaRecord:
        return FastaRecord(
            "".join(self._words(identifier[1:-1])),
            " ".join(self._words(name)),
            "".join(self._words(sequence)),
        )

    def _words(self, text: bytes) -> list[str]:
        plain = text.decode(self._encoding)
        return (unescape(plain, _QUOTES) if "&" in plain else plain).split()


def layout_of(text: bytes) -> tuple[Layout, int] | None:
    """The reader of a file by its first bytes, and where its entries begin.

    None if it does not begin as UniProt's files do.
    """
    beginning = _BEGINNING.match(text)
    if not beginning:
        return None
    encoding = _ENCODINGS.get((beginning[1] or b"").lower())
    if encoding is None:
        return None
    try:
        # Only names, values and spaces are in it; a parser decides if they are legal.
        fromstring(beginning[0] + b"</%b>" % beginning[2])  # noqa: S314
    except ParseError:
        return None
    return Layout(beginning[0], beginning[2], encoding), beginning.end()


def _end_of(pattern: re.Pattern[bytes], text: bytes, place: int) -> int:
    """Where a match ends that may be empty."""
    found = pattern.match(text, place)
    return found.end() if found else place
