"""Checkpoints of TensorFlow in their second form: `<name>.index` and `<name>.data-…`.

The index is a table of LevelDB; each value is a protocol buffer that says where in the
data an array lies. Read here without TensorFlow: float32 arrays, little-endian, in one
or several data files, each array with its checksum. Checked with TensorFlow 2.21: it
reads what `write` wrote, and `read` what it wrote, in one data file and in two;
variables that it had partitioned are refused.

Source: TensorFlow, core/protobuf/tensor_bundle.proto and core/util/tensor_bundle.
"""

import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file
from protlang.formats import leveldb
from protlang.formats.crc32c import crc32c, mask
from protlang.formats.leveldb import read_varint, varint

_FLOAT = 1
"""Of TensorFlow's types."""

_HEADER = b""
"""Key of the entry that describes the whole."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Protocol buffers' kinds of fields."""


@dataclass(frozen=True)
class _Entry:
    """Where an array lies.

    Attributes:
        dtype: a number of TensorFlow's.
        shape: of the array.
        shard: number of the data file.
        offset: in it, in bytes.
        size: in bytes.
        checksum: masked CRC-32C.
        is_partitioned: whether the array lies in pieces under other names.
    """

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    is_partitioned: bool


def read(index: Path | str, names: Collection[str]) -> dict[str, np.ndarray]:
    """Arrays of a checkpoint by name, those that it has.

    Args:
        index: its file `<name>.index`; the data files lie beside it.
        names: of the arrays that are wanted; others are not read.

    Raises:
        ProtlangError: if a file is missing, cut short or damaged, or an array is in
            pieces, or not float32.
    """
    index = Path(index)
    table = leveldb.read(index)
    try:
        header = _fields(table.pop(_HEADER))
        entries = {
            name: _entry(table[name.encode()])
            for name in names
            if name.encode() in table
        }
    except (KeyError, IndexError, ValueError, struct.error) as error:
        raise ProtlangError(
            f"{index} is no index of a TensorFlow checkpoint ({error!r}); fetch it "
            "again"
        ) from error
    if header.get(2):
        raise ProtlangError(f"{index} is of a big-endian machine; convert it there")
    shards = header.get(1, [1])[0]
    return {
        name: _array(name, entry, _data_file(index, entry.shard, shards))
        for name, entry in entries.items()
    }


def write(index: Path | str, arrays: Mapping[str, np.ndarray]) -> None:
    """Write float32 arrays as a checkpoint with one data file, the index last.

    Equal arrays give equal bytes.
    """
    index = Path(index)
    version = _field(1, 1)
    table = {_HEADER: _field(1, 1) + _field(3, version)}
    offset = 0
    with atomic_path(_data_file(index, 0, 1)) as temporary, temporary.open("wb") as out:
        for name in sorted(arrays):
            data = np.asarray(arrays[name], "<f4", order="C")
            out.write(data.tobytes())
            table[name.encode()] = _packed(data, offset)
            offset += data.nbytes
    leveldb.write(index, table)


def _data_file(index: Path, shard: int, shards: int) -> Path:
    return index.with_name(f"{index.stem}.data-{shard:05d}-of-{shards:05d}")


def _array(name: str, entry: _Entry, path: Path) -> np.ndarray:
    require_file(path, "put it beside the index")
    if entry.is_partitioned:
        raise ProtlangError(f"{path}: {name!r} is in pieces; save it as a whole")
    if entry.dtype != _FLOAT:
        raise ProtlangError(
            f"{path}: {name!r} is of TensorFlow's type {entry.dtype}, not float32"
        )
    with path.open("rb") as stream:
        stream.seek(entry.offset)
        data = bytearray(stream.read(entry.size))
    if len(data) != entry.size:
        raise ProtlangError(f"{path} ends within {name!r}; fetch it again")
    if mask(crc32c(data)) != entry.checksum:
        raise ProtlangError(
            f"{path}: the checksum of {name!r} is wrong; fetch it again"
        )
    array = np.frombuffer(data, "<f4")
    if array.size != np.prod(entry.shape, dtype=int):
        raise ProtlangError(f"{path}: {name!r} is not of its shape; fetch it again")
    return array.reshape(entry.shape)


def _entry(value: bytes) -> _Entry:
    found = _fields(value)

    def number(field: int) -> int:
        return int(found.get(field, [0])[0])

    shape = found.get(2, [b""])[0]
    sizes = (_fields(part).get(1, [0])[0] for part in _fields(shape).get(2, []))
    return _Entry(
        dtype=number(1),
        shape=tuple(sizes),
        shard=number(3),
        offset=number(4),
        size=number(5),
        checksum=number(6),
        is_partitioned=7 in found,
    )


def _packed(array: np.ndarray, offset: int) -> bytes:
    shape = b"".join(_field(2, _field(1, size)) for size in array.shape)
    checksum = struct.pack("<I", mask(crc32c(array.tobytes())))
    return b"".join(
        (
            _field(1, _FLOAT),
            _field(2, shape),
            _field(4, offset),
            _field(5, array.nbytes),
            varint(6 << 3 | _FIXED32) + checksum,
        )
    )


def _field(number: int, value: int | bytes) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3 | _VARINT) + varint(value)
    return varint(number << 3 | _BYTES) + varint(len(value)) + value


def _fields(message: bytes) -> dict[int, list[Any]]:
    """Values of a protocol buffer by the number of their field."""
    found: dict[int, list[Any]] = {}
    for number, value in _parsed(message):
        found.setdefault(number, []).append(value)
    return found


def _parsed(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    place = 0
    while place < len(message):
        tag, place = read_varint(message, place)
        kind = tag & 7
        if kind == _VARINT:
            value, place = read_varint(message, place)
            yield tag >> 3, value
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind)
        if size is None and kind != _BYTES:
            raise ValueError(f"a field is of the unknown kind {kind}")
        if size is None:
            size, place = read_varint(message, place)
        data = message[place : place + size]
        place += size
        yield tag >> 3, data if kind == _BYTES else int.from_bytes(data, "little")
