"""Training on an endless, numbered list: a number is all that a resumed run needs."""

from collections.abc import Mapping
from typing import Any


class Position:
    """Where a process stands in the numbered list that all processes share.

    Args:
        rank: of this process.
        processes: how many take turns.
        batch: entries that each takes at once.
    """

    def __init__(self, rank: int, processes: int, batch: int) -> None:
        self.taken = 0
        self._rank, self._processes, self._batch = rank, processes, batch

    def take(self) -> int:
        """Number of the first entry of this process's next batch."""
        start = self.taken + self._rank * self._batch
        self.taken += self._processes * self._batch
        return start

    def last(self) -> range:
        """Numbers of the batch that was taken last."""
        start = self.taken - (self._processes - self._rank) * self._batch
        return range(start, start + self._batch)


class NumberedTask:
    """What tasks have in common whose batches follow from a position alone.

    Args:
        position: of this process.
    """

    def __init__(self, position: Position) -> None:
        self._position = position

    def summarise(self, means: Mapping[str, float]) -> dict[str, float]:
        """All means."""
        return dict(means)

    def state(self) -> dict[str, Any]:
        """How many entries all processes have taken."""
        return {"taken": self._position.taken}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` returned."""
        self._position.taken = state["taken"]
