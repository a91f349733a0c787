"""Tables of LevelDB in one file: sorted keys and values, in blocks with checksums.

TensorFlow keeps the index of a checkpoint so. Source: LevelDB,
doc/table_format.md.
"""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file
from protlang.formats.crc32c import crc32c, mask

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_TRAILER = struct.Struct("<BI")
_UNCOMPRESSED = 0
_RESTARTS = struct.pack("<II", 0, 1)
"""Keys are written in full; so one point to begin at is enough."""


def read(path: Path | str) -> dict[bytes, bytes]:
    """All keys and their values.

    Raises:
        ProtlangError: if the file is missing, damaged or compressed.
    """
    path = require_file(path, "fetch it again")
    data = path.read_bytes()
    try:
        return dict(_read(data))
    except (ValueError, IndexError, struct.error) as error:
        raise ProtlangError(
            f"{path} is no whole table of a checkpoint ({error}); fetch it again"
        ) from error


def write(path: Path | str, table: Mapping[bytes, bytes]) -> None:
    """Write a table as one block, atomically; equal tables give equal bytes."""
    data = bytearray()
    handle = _append(data, _block(sorted(table.items())))
    empty = _append(data, _block([]))
    index = _append(data, _block([(max(table), handle)]))
    data += (empty + index).ljust(_FOOTER - 8, b"\0") + struct.pack("<Q", _MAGIC)
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def varint(number: int) -> bytes:
    """A number in groups of seven bits, the lowest first."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def read_varint(data: bytes, place: int) -> tuple[int, int]:
    """The number at a place, and the place after it.

    Raises:
        IndexError: if the data end within it.
    """
    number = shift = 0
    while True:
        octet = data[place]
        number |= (octet & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if octet < 0x80:
            return number, place


def _read(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    footer = data[-_FOOTER:]
    if len(footer) < _FOOTER or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise ValueError("it does not end as one")
    place = 0
    for _ in range(2):
        _, place = read_varint(footer, place)
    for _, handle in _entries(_checked(data, footer[place:])):
        yield from _entries(_checked(data, handle))


def _checked(data: bytes, handle: bytes) -> bytes:
    """A block, given its offset and size."""
    offset, place = read_varint(handle, 0)
    end = offset + read_varint(handle, place)[0]
    kind, checksum = _TRAILER.unpack(data[end : end + _TRAILER.size])
    if mask(crc32c(data[offset : end + 1])) != checksum:
        raise ValueError(f"the checksum of its block at byte {offset} is wrong")
    if kind != _UNCOMPRESSED:
        raise ValueError(f"it is compressed in way {kind}, of which none can be read")
    return data[offset:end]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values; a key shares its beginning with the one before."""
    (restarts,) = struct.unpack("<I", block[-4:])
    end, place, key = len(block) - 4 * (restarts + 1), 0, b""
    while place < end:
        shared, place = read_varint(block, place)
        own, place = read_varint(block, place)
        size, place = read_varint(block, place)
        key = key[:shared] + block[place : place + own]
        place += own + size
        yield key, block[place - size : place]


def _block(entries: list[tuple[bytes, bytes]]) -> bytes:
    pieces = (
        varint(0) + varint(len(key)) + varint(len(value)) + key + value
        for key, value in entries
    )
    return b"".join(pieces) + _RESTARTS


def _append(data: bytearray, block: bytes) -> bytes:
    """Add a block; its offset and size."""
    handle = varint(len(data)) + varint(len(block))
    data += block
    checksum = mask(crc32c(block + bytes([_UNCOMPRESSED])))
    data += _TRAILER.pack(_UNCOMPRESSED, checksum)
    return handle
