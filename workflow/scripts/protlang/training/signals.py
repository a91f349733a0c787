"""Signals that stop a long run: it saves and ends at the next opportunity."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_INTERRUPTED = 75
"""Exit status of a run that saved and stopped; schedulers may start it again."""

_SIGNALS = (signal.SIGTERM, signal.SIGUSR1)


class StopRequest:
    """Set by SIGTERM (time-out, preemption, scancel) or SIGUSR1 (soon before one)."""

    def __init__(self) -> None:
        self.received: str | None = None

    def __bool__(self) -> bool:
        return self.received is not None

    def _receive(self, number: int, _: FrameType | None) -> None:
        self.received = signal.Signals(number).name


@contextmanager
def stop_requests(*others: signal.Signals) -> Iterator[StopRequest]:
    """Collect stop signals instead of dying from them, until the block ends.

    Args:
        others: more signals to collect.
    """
    request = StopRequest()
    numbers = (*_SIGNALS, *others)
    before = {number: signal.signal(number, request._receive) for number in numbers}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
