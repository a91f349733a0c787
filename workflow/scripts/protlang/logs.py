"""Logs of jobs, errors in one sentence, and progress on a terminal or in a log."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tqdm import tqdm

from protlang.errors import ProtlangError

logger = logging.getLogger("protlang")


@contextmanager
def logged(log_file: Path | str, resumes: bool = False) -> Iterator[logging.Logger]:
    """Run one job of the workflow, logging to `log_file`.

    A `ProtlangError` becomes the last line of the log and exit status 1, without a
    traceback. Any other exception is a defect of protlang's: its traceback goes to
    the log and it is raised on.

    Args:
        log_file: of the job; missing folders are made.
        resumes: whether the job goes on where an earlier one stopped; then its lines
            come after that one's.

    Raises:
        SystemExit: with status 1 after a `ProtlangError`, 130 after an interrupt.
    """
    handler = _log_handler(log_file, "a" if resumes else "w")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield logger
    except ProtlangError as error:
        logger.error(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        logger.error("interrupted; run the same command again to continue")
        sys.exit(130)
    except Exception:
        logger.exception("unexpected error; please report it with this log")
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()


def _log_handler(log_file: Path | str, mode: str) -> logging.Handler:
    Path(log_file).parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(log_file, mode=mode, encoding="utf-8")
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")
    )
    return handler


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

    def __exit__(self, *_: object) -> None:
        """Nothing to close: logs need no last line, callers report the outcome."""

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
