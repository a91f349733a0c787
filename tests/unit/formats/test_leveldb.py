from pathlib import Path

import pytest

from protlang.formats import leveldb
from support.errors import complaint

TABLE = {b"": b"first", b"a": b"", b"long" * 100: b"value" * 300}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    leveldb.write(tmp_path / "table.index", TABLE)
    return tmp_path / "table.index"


def test_a_table_comes_back_sorted(path: Path) -> None:
    assert list(leveldb.read(path).items()) == sorted(TABLE.items())


def test_equal_tables_give_equal_bytes(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    leveldb.write(other, dict(reversed(TABLE.items())))
    assert other.read_bytes() == path.read_bytes()


def test_keys_that_share_their_beginning(tmp_path: Path) -> None:
    """Written by hand, as LevelDB compresses keys within a block."""
    entries = b"\x00\x03\x01abcA" + b"\x02\x01\x01dB"
    found = dict(leveldb._entries(entries + b"\0\0\0\0\x01\0\0\0"))
    assert found == {b"abc": b"A", b"abd": b"B"}


@pytest.mark.parametrize("number", [0, 127, 128, 300, 2**40])
def test_numbers_of_any_length(number: int) -> None:
    data = leveldb.varint(number)
    assert leveldb.read_varint(b"x" + data, 1) == (number, 1 + len(data))


def test_a_changed_byte_is_noticed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)
    assert "the checksum of its block at byte 0 is wrong" in complaint(
        leveldb.read, path
    )


@pytest.mark.parametrize("size", [1, 40, 700])
def test_a_file_that_is_cut_short_is_named(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    message = complaint(leveldb.read, path)
    assert str(path) in message
    assert "does not end as one" in message


def test_a_compressed_block_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leveldb, "_UNCOMPRESSED", 1)
    leveldb.write(path, TABLE)
    monkeypatch.undo()
    assert "compressed in way 1" in complaint(leveldb.read, path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "fetch it again" in complaint(leveldb.read, tmp_path / "none.index")
