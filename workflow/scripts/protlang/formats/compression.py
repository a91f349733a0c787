"""Damage of compressed files, told in a sentence whatever decompresses them."""

import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protlang.errors import ProtlangError

_ERRORS = (EOFError, OSError, zlib.error, lzma.LZMAError)

_NAMES = {"IsalError", "ZstdError"}
"""Which package decompresses gzip and zstd, and hence the class of its errors, depends
on the machine and the Python."""


@contextmanager
def damage_told(
    path: Path | str, others: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Tell of a file that it is damaged if reading it fails in the block.

    Args:
        path: of the file, or a name that people know.
        others: classes of errors that its content may raise.

    Raises:
        ProtlangError: instead of the decompressing package's own error.
    """
    try:
        yield
    except Exception as error:
        known = isinstance(error, (*_ERRORS, *others))
        if not known and type(error).__name__ not in _NAMES:
            raise
        raise ProtlangError(
            f"{path} is cut short or damaged ({error}); delete it and fetch it again"
        ) from error
