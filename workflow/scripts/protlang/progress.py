"""Progress for the person who waits: on a terminal or in a log file."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

from protlang.jobs import logger


class LoggedProgress:
    """Progress for a log file: a line every 10 % or 30 seconds.

    Lines are at least 2 seconds apart, so that a small file leaves none.
    """

    def __init__(
        self,
        label: str,
        total: int | None,
        done: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label, self._total, self._clock = label, total, clock
        self._done = self._first = self._done_at_line = done
        self._start = self._line = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to close: a log needs no last line, the caller says how it ended."""

    def update(self, count: int) -> None:
        """Count `count` more bytes, and log a line if one is due."""
        self._done += count
        silence = self._clock() - self._line
        advance = (self._done - self._done_at_line) / (self._total or float("inf"))
        if silence >= 30 or (silence >= 2 and advance >= 0.1):
            logger.info("%s: %s", self._label, self._describe())
            self._line, self._done_at_line = self._clock(), self._done

    def _describe(self) -> str:
        rate = (self._done - self._first) / (self._clock() - self._start)
        text = f"{in_bytes(self._done)}, {in_bytes(rate)}/s"
        if not self._total:
            return text
        left = tqdm.format_interval((self._total - self._done) / rate)
        share = f"{self._done / self._total:.0%} of {in_bytes(self._total)}"
        return f"{share}, {text}, {left} left"


def byte_progress(
    label: str, total: int | None, done: int
) -> "LoggedProgress | tqdm[Any]":
    """Progress of a transfer: a bar on a terminal, lines in the log otherwise."""
    if not sys.stderr.isatty():
        return LoggedProgress(label, total, done)
    return tqdm(desc=label, total=total, initial=done, unit="B", unit_scale=True)


def in_bytes(count: float) -> str:
    """A number of bytes for people, e.g. `1.21MB`."""
    return f"{tqdm.format_sizeof(count)}B"
