"""Damage of compressed and binary files, reported in one sentence."""

import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protlang.errors import ProtlangError

_ERRORS = (EOFError, OSError, zlib.error, lzma.LZMAError)

_NAMES = {"IsalError", "ZstdError"}
"""Which package decompresses gzip and zstd, and hence the class of its errors, depends
on the machine and the Python version."""


@contextmanager
def damage_reported(
    path: Path | str, others: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Report a file as damaged if reading it fails in the block.

    Args:
        path: of the file, or its name for messages.
        others: further classes of errors that its content may raise.

    Raises:
        ProtlangError: instead of the reading package's own error.
    """
    try:
        yield
    except Exception as error:
        known = isinstance(error, (*_ERRORS, *others))
        if not known and type(error).__name__ not in _NAMES:
            raise
        reason = " ".join(str(error).split())
        raise ProtlangError(
            f"{path} is cut short or damaged, or not of this format ({reason}); delete "
            "it and fetch it again"
        ) from error
