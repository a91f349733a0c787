"""What a training loop trains: a network, its data and its loss."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from torch import Tensor, nn

from protlang.training.distributed import Process


class Batch(NamedTuple):
    """The outcome of one batch.

    Attributes:
        objective: scalar to differentiate.
        values: scalars to report by name, detached, the same names in every batch; one
            is the `loss`.
        tokens: predicted in this process.
    """

    objective: Tensor
    values: Mapping[str, Tensor]
    tokens: int


class Task(Protocol):
    """What is trained: a network, its data and its loss."""

    @property
    def network(self) -> nn.Module:
        """What learns."""

    def next_batch(self) -> Batch:
        """Compute the next batch; the data position moves on."""

    def describe_batch(self) -> str:
        """Which records the last batch held, for an error message."""

    def summarise(self, means: Mapping[str, float]) -> dict[str, float]:
        """What to report of `Batch.values`, given their means since the last report."""

    def state(self) -> dict[str, Any]:
        """This process's data position and whatever is carried between batches."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` returned."""


class NumberedTask:
    """State of tasks whose batches are an endless, numbered list.

    A batch follows from its number alone, so the position is all that a resumed
    training needs. Processes take turns.

    Args:
        process: this one.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._turns = 0

    def next_number(self) -> int:
        """Number of this process's next batch; the position moves on."""
        self._turns += 1
        return self.last_number()

    def last_number(self) -> int:
        """Number of the batch that this process took last."""
        return (self._turns - 1) * self._process.size + self._process.rank

    def next_entries(self, batch: int) -> range:
        """Numbers of the entries in this process's next batch, of `batch` entries."""
        number = self.next_number()
        return range(number * batch, (number + 1) * batch)

    def last_entries(self, batch: int) -> range:
        """Numbers of the entries in the batch that this process took last."""
        number = self.last_number()
        return range(number * batch, (number + 1) * batch)

    def summarise(self, means: Mapping[str, float]) -> dict[str, float]:
        """All means."""
        return dict(means)

    def state(self) -> dict[str, Any]:
        """How many batches each process has taken."""
        return {"turns": self._turns}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` returned."""
        self._turns = state["turns"]
