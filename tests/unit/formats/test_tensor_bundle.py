import shutil
from pathlib import Path

import numpy as np
import pytest

from protlang.formats import leveldb, tensor_bundle
from support.errors import complaint

ARRAYS = {
    "lm/kernel": np.arange(12, dtype=np.float32).reshape(3, 4),
    "lm/bias": np.float32([0.5, -1.5]),
    "global_step": np.float32(7).reshape(()),
}
DATA = "model.ckpt-3.data-00000-of-00001"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    tensor_bundle.write(tmp_path / "model.ckpt-3.index", ARRAYS)
    return tmp_path / "model.ckpt-3.index"


def change_entry(index: Path, name: str, before: bytes, after: bytes) -> None:
    table = leveldb.read(index)
    assert table[name.encode()].count(before) == 1
    table[name.encode()] = table[name.encode()].replace(before, after)
    leveldb.write(index, table)


def test_arrays_come_back_bit_by_bit(index: Path) -> None:
    found = tensor_bundle.read(index, ARRAYS)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_only_what_is_wanted_is_read(index: Path) -> None:
    found = tensor_bundle.read(index, ["lm/bias", "lm/other"])
    assert list(found) == ["lm/bias"]


def test_the_bytes_are_tensorflows(index: Path) -> None:
    """An entry as TensorFlow 2.21 writes it: type, shape, offset, size, checksum."""
    entry = leveldb.read(index)[b"lm/bias"]
    assert entry[:12].hex(" ") == "08 01 12 04 12 02 08 02 20 04 28 08"
    assert entry[12:13] == b"\x35"
    assert len(entry) == 17


def test_arrays_lie_in_several_files(index: Path) -> None:
    """Of two data files; the entry's third field is the number of its own."""
    first, second = (
        index.with_name(f"model.ckpt-3.data-0000{i}-of-00002") for i in range(2)
    )
    shutil.copy(index.with_name(DATA), second)
    index.with_name(DATA).rename(first)
    change_entry(index, "", b"\x08\x01\x1a", b"\x08\x02\x1a")
    change_entry(index, "lm/bias", b"\x20\x04", b"\x18\x01\x20\x04")
    first.write_bytes(bytes(len(second.read_bytes())))
    assert tensor_bundle.read(index, ["lm/bias"])["lm/bias"].tolist() == [0.5, -1.5]
    assert "checksum of 'lm/kernel'" in complaint(
        tensor_bundle.read, index, ["lm/kernel"]
    )


def test_a_changed_byte_is_noticed(index: Path) -> None:
    path = index.with_name(DATA)
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(data)
    message = complaint(tensor_bundle.read, index, ARRAYS)
    assert "the checksum of 'lm/bias' is wrong; fetch it again" in message


def test_data_that_are_cut_short_are_named(index: Path) -> None:
    path = index.with_name(DATA)
    path.write_bytes(path.read_bytes()[:-1])
    message = complaint(tensor_bundle.read, index, ARRAYS)
    assert f"{path} ends within 'lm/kernel'" in message


def test_missing_data_are_named(index: Path) -> None:
    index.with_name(DATA).unlink()
    assert "put it beside the index" in complaint(tensor_bundle.read, index, ARRAYS)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (b"\x08\x01\x12", b"\x08\x09\x12", "of TensorFlow's type 9, not float32"),
        (b"\x20\x04", b"\x20\x04\x3a\x00", "is in pieces"),
        (b"\x12\x02\x08\x02", b"\x12\x02\x08\x03", "is not of its shape"),
        (b"\x12\x04", b"\x13\x04", "no index of a TensorFlow checkpoint"),
    ],
)
def test_other_entries_are_refused(
    index: Path, before: bytes, after: bytes, words: str
) -> None:
    change_entry(index, "lm/bias", before, after)
    assert words in complaint(tensor_bundle.read, index, ["lm/bias"])


def test_another_table_is_no_index(index: Path) -> None:
    leveldb.write(index, {b"a": b"b"})
    assert "no index of a TensorFlow checkpoint" in complaint(
        tensor_bundle.read, index, ARRAYS
    )


def test_big_endian_files_are_refused(index: Path) -> None:
    change_entry(index, "", b"\x08\x01\x1a", b"\x08\x01\x10\x01\x1a")
    assert "big-endian" in complaint(tensor_bundle.read, index, ARRAYS)
