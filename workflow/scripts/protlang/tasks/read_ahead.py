"""Batches that are prepared while the one before them is used."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class ReadAhead(Generic[T]):
    """Prepares numbered batches; the next one already in a thread of its own.

    A batch follows from its number alone, so nothing changes but the time at which it
    is prepared. At most two are held.

    Args:
        prepare: reads a batch; called in one thread at a time but for the first batch
            and those that are out of order.
    """

    def __init__(self, prepare: Callable[[int], T]) -> None:
        self._prepare = prepare
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._next: tuple[int, Future[T]] | None = None

    def __call__(self, number: int) -> T:
        """The batch of a number; the following number is prepared from now on."""
        batch = self._take(number)
        self._next = number + 1, self._thread.submit(self._prepare, number + 1)
        return batch

    def _take(self, number: int) -> T:
        if self._next is not None:
            expected, future = self._next
            if expected == number:
                return future.result()
            future.cancel()
        return self._prepare(number)
