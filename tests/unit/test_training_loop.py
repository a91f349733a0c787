import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from protlang.errors import ProtlangError
from protlang.training.checkpoint import load_checkpoint, newest_checkpoint
from protlang.training.distributed import Process
from protlang.training.interruption import StopRequest
from protlang.training.loop import Batch, LoopSettings, Trainer
from protlang.training.ownership import owned

ALONE = Process(0, 1, torch.device("cpu"))


class Walk:
    """A task whose loss depends on the weight, random noise and how far it has read."""

    def __init__(self, wrong_at: int = -1) -> None:
        torch.manual_seed(1)
        self.network = nn.Linear(1, 1)
        self.read = 0
        self.wrong_at = wrong_at

    def next_batch(self) -> Batch:
        self.read += 1
        noise = (
            torch.rand(()) if self.read != self.wrong_at else torch.tensor(torch.nan)
        )
        loss = (self.network.weight.sum() - self.read - noise).square()
        return Batch(loss, loss.detach(), 10)

    def describe_batch(self) -> str:
        return f"record {self.read}"

    def state(self) -> dict[str, Any]:
        return {"read": self.read}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.read = state["read"]


class StopAfter(StopRequest):
    """A stop request that comes while the given update is computed."""

    def __init__(self, task: Walk, update: int) -> None:
        super().__init__()
        self.task, self.update = task, update

    def __bool__(self) -> bool:
        return self.task.read >= self.update


def trainer(task: Walk, folder: Path, steps: int = 10, **settings: Any) -> Trainer:
    optimizer = torch.optim.Adam(task.network.parameters(), lr=0.1)
    loop = LoopSettings(steps, **{"checkpoint_every": 3, "report_every": 4, **settings})
    return Trainer(task, optimizer, loop, folder, ALONE)


def metrics(folder: Path) -> list[tuple[int, float]]:
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [(record["step"], record["loss"]) for record in map(json.loads, lines)]


@pytest.mark.parametrize("update", [1, 4, 5, 9])
def test_stopped_and_resumed_it_ends_like_uninterrupted(
    tmp_path: Path, update: int
) -> None:
    whole = Walk()
    assert trainer(whole, tmp_path / "whole").run(StopRequest())
    first = Walk()
    assert not trainer(first, tmp_path / "cut").run(StopAfter(first, update))
    torch.manual_seed(99)  # a new process would have another random state
    second = Walk()
    assert trainer(second, tmp_path / "cut").run(StopRequest())
    assert torch.equal(second.network.weight, whole.network.weight)
    assert second.read == whole.read == 10
    assert metrics(tmp_path / "cut") == metrics(tmp_path / "whole")


def test_what_was_reported_after_the_last_checkpoint_is_undone(tmp_path: Path) -> None:
    crashed = Walk(wrong_at=5)
    with pytest.raises(ProtlangError):
        trainer(crashed, tmp_path).run(StopRequest())
    assert [step for step, _ in metrics(tmp_path)] == [4]
    with open(tmp_path / "metrics.jsonl", "a") as stream:
        stream.write('{"step": 8, "lo')
    assert trainer(Walk(), tmp_path).run(StopRequest())
    assert [step for step, _ in metrics(tmp_path)] == [4, 8, 10]


def test_a_loss_that_is_no_number_is_told_with_records_and_checkpoint(
    tmp_path: Path,
) -> None:
    with pytest.raises(ProtlangError) as caught:
        trainer(Walk(wrong_at=5), tmp_path).run(StopRequest())
    message = str(caught.value)
    assert "the loss is nan at update 5" in message
    assert "record 5" in message
    assert "step-000000003" in message


def test_reports_are_means_since_the_one_before(tmp_path: Path) -> None:
    task = Walk()
    losses = []
    compute = task.next_batch

    def remember() -> Batch:
        batch = compute()
        losses.append(batch.loss.item())
        return batch

    task.next_batch = remember  # type: ignore[method-assign]
    trainer(task, tmp_path, steps=8).run(StopRequest())
    expected = [(4, sum(losses[:4]) / 4), (8, sum(losses[4:]) / 4)]
    assert metrics(tmp_path) == expected


def test_accumulated_batches_count_as_one_update(tmp_path: Path) -> None:
    task = Walk()
    running = trainer(task, tmp_path, steps=4, accumulate=3)
    assert running.run(StopRequest())
    assert (running.step, task.read, running.tokens) == (4, 12, 120)


def test_only_the_newest_checkpoints_are_kept(tmp_path: Path) -> None:
    trainer(Walk(), tmp_path, checkpoint_every=1, checkpoints=2).run(StopRequest())
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["step-000000009", "step-000000010"]


def test_another_number_of_processes_is_refused(tmp_path: Path) -> None:
    trainer(Walk(), tmp_path).run(StopRequest())
    newest = newest_checkpoint(tmp_path / "checkpoints")
    assert newest is not None
    with pytest.raises(ProtlangError, match="written by 1 processes but 2 are running"):
        load_checkpoint(newest, Process(0, 2, torch.device("cpu")))


def test_a_damaged_checkpoint_is_told(tmp_path: Path) -> None:
    trainer(Walk(), tmp_path).run(StopRequest())
    newest = newest_checkpoint(tmp_path / "checkpoints")
    assert newest is not None
    part = newest / "rank-0.pt"
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(ProtlangError, match="is damaged"):
        trainer(Walk(), tmp_path).run(StopRequest())


def test_a_half_written_checkpoint_is_not_used(tmp_path: Path) -> None:
    trainer(Walk(), tmp_path).run(StopRequest())
    (tmp_path / "checkpoints" / ".step-000000011").mkdir()
    newest = newest_checkpoint(tmp_path / "checkpoints")
    assert newest is not None
    assert newest.name == "step-000000010"


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    with (
        owned(tmp_path),
        pytest.raises(ProtlangError, match="another job"),
        owned(tmp_path),
    ):
        pass
    with owned(tmp_path):
        assert (tmp_path / "owner.json").exists()
    assert not (tmp_path / "owner.json").exists()
