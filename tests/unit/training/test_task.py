"""Endless, numbered lists of batches, of which the processes take turns."""

import pytest
import torch

from protlang.training.distributed import Process
from protlang.training.task import NumberedTask


def tasks(processes: int) -> list[NumberedTask]:
    return [
        NumberedTask(Process(rank, processes, torch.device("cpu")))
        for rank in range(processes)
    ]


@pytest.mark.parametrize(("processes", "batch"), [(1, 5), (2, 3), (4, 1), (3, 7)])
def test_processes_read_every_entry_once(processes: int, batch: int) -> None:
    numbers: list[int] = []
    together = tasks(processes)
    for _ in range(4):
        for task in together:
            entries = task.next_entries(batch)
            assert task.last_entries(batch) == entries
            numbers += entries
    assert numbers == list(range(4 * processes * batch))


@pytest.mark.parametrize("processes", [1, 3])
def test_a_restored_task_continues_where_the_other_stopped(processes: int) -> None:
    for first, second in zip(tasks(processes), tasks(processes), strict=True):
        for _ in range(3):
            first.next_number()
        second.restore(first.state())
        assert second.last_number() == first.last_number()
        assert second.next_number() == first.next_number()
