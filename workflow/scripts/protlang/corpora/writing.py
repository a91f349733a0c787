"""Files of a token store: hashed on the way, on the disk once they are closed."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import numpy as np

_HANDED_OVER = 1 << 20
"""Bytes written at a time: a thread that is woken more often holds its caller up."""


class GrowingFile:
    """A file that is written and hashed piece by piece, in a thread beside the caller.

    A piece that cannot be written is reported by a later call.

    Attributes:
        bytes: of all pieces.
    """

    def __init__(self, path: Path) -> None:
        self.bytes = 0
        self._stream = open(path, "wb")  # noqa: SIM115 (closed by `close`)
        self._hash = hashlib.sha256()
        self._beside = ThreadPoolExecutor(1)
        self._pieces: list[bytes] = []
        self._held = 0
        self._last: Future[None] | None = None

    def write(self, piece: bytes) -> None:
        """Add a piece at the end."""
        self._pieces.append(piece)
        self._held += len(piece)
        self.bytes += len(piece)
        if self._held >= _HANDED_OVER:
            self._hand_over()

    def close(self) -> None:
        """Wait until everything is on the disk."""
        with self._beside, self._stream:
            self._hand_over()
            self._wait()
            close_synced(self._stream)

    @property
    def sha256(self) -> str:
        """Hexadecimal digest of all pieces, once the file is closed."""
        return self._hash.hexdigest()

    def _hand_over(self) -> None:
        pieces, self._pieces, self._held = self._pieces, [], 0
        self._wait()
        self._last = self._beside.submit(self._write, pieces)

    def _wait(self) -> None:
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def _write(self, pieces: Sequence[bytes]) -> None:
        joined = b"".join(pieces)
        self._stream.write(joined)
        self._hash.update(joined)


class GrowingArray:
    """A one-dimensional .npy file that is written piece by piece."""

    def __init__(self, path: Path, dtype: type[np.generic]) -> None:
        self._stream = open(path, "wb")  # noqa: SIM115 (closed by `close`)
        self._dtype = np.dtype(dtype)
        self._length = 0
        self._write_header()

    def append(self, values: np.ndarray) -> None:
        """Add values at the end."""
        self._stream.write(values.astype(self._dtype, copy=False).tobytes())
        self._length += len(values)

    def close(self) -> None:
        """Write the final length; NumPy pads headers so that it fits."""
        self._stream.seek(0)
        self._write_header()
        close_synced(self._stream)

    def _write_header(self) -> None:
        header = {
            "descr": self._dtype.str,
            "fortran_order": False,
            "shape": (self._length,),
        }
        np.lib.format.write_array_header_1_0(self._stream, header)


def close_synced(stream: IO[Any]) -> None:
    """Close a file that was written, on the disk."""
    with stream:
        stream.flush()
        os.fsync(stream.fileno())
