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

    Args:
        label: what is in progress.
        total: how much there is in all, if that is known.
        done: how much was done before.
        clock: seconds, for tests.
        unit: what is counted.
    """

    def __init__(
        self,
        label: str,
        total: int | None,
        done: int,
        clock: Callable[[], float] = time.monotonic,
        unit: str = "B",
    ) -> None:
        self._label, self._total, self._clock = label, total, clock
        self._unit = unit
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
        """Count `count` more, and log a line if one is due."""
        self._done += count
        silence = self._clock() - self._line
        advance = (self._done - self._done_at_line) / (self._total or float("inf"))
        if silence >= 30 or (silence >= 2 and advance >= 0.1):
            logger.info("%s: %s", self._label, self._describe())
            self._line, self._done_at_line = self._clock(), self._done

    def _describe(self) -> str:
        rate = (self._done - self._first) / (self._clock() - self._start)
        text = f"{self._amount(self._done)}, {self._amount(rate)}/s"
        if not self._total or not rate:
            return text
        left = tqdm.format_interval((self._total - self._done) / rate)
        share = f"{self._done / self._total:.0%} of {self._amount(self._total)}"
        return f"{share}, {text}, {left} left"

    def _amount(self, count: float) -> str:
        return f"{tqdm.format_sizeof(count)}{self._unit}"


def byte_progress(
    label: str, total: int | None, done: int
) -> "LoggedProgress | tqdm[Any]":
    """Progress of a transfer: a bar on a terminal, lines in the log otherwise."""
    return progress(label, total, done, "B")


def progress(
    label: str, total: int | None, done: int, unit: str
) -> "LoggedProgress | tqdm[Any]":
    """Progress counted in units such as `" residues"`: a bar, or lines in the log."""
    if not sys.stderr.isatty():
        return LoggedProgress(label, total, done, unit=unit)
    return tqdm(desc=label, total=total, initial=done, unit=unit, unit_scale=True)


def in_bytes(count: float) -> str:
    """A number of bytes for people, e.g. `1.21MB`."""
    return f"{tqdm.format_sizeof(count)}B"
