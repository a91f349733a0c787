"""Files of token stores as they are written."""

from pathlib import Path

import numpy as np
import pytest

from protlang.corpora import writing
from protlang.corpora.writing import GrowingArray, GrowingFile
from protlang.files import file_hash


@pytest.mark.parametrize("handed_over", [1, 5, 1 << 20])
def test_pieces_are_written_in_order_and_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handed_over: int
) -> None:
    monkeypatch.setattr(writing, "_HANDED_OVER", handed_over)
    path = tmp_path / "tokens.bin"
    file = GrowingFile(path)
    for piece in (b"abc", b"", b"defgh", b"i"):
        file.write(piece)
    assert file.bytes == 9
    file.close()
    assert path.read_bytes() == b"abcdefghi"
    assert file.sha256 == file_hash(path)


def test_a_piece_that_cannot_be_written_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writing, "_HANDED_OVER", 1)
    file = GrowingFile(Path("/dev/full"))
    file.write(b"a" * 100_000)
    with pytest.raises(OSError, match="No space left"):
        file.close()


def test_an_array_grows_into_what_numpy_reads(tmp_path: Path) -> None:
    array = GrowingArray(tmp_path / "a.npy", np.int32)
    for part in ([1, 2], [], [3]):
        array.append(np.array(part, dtype=np.int64))
    array.close()
    assert np.load(tmp_path / "a.npy").tolist() == [1, 2, 3]
