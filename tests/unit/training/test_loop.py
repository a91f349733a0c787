"""Training loops: updates, resumption, and the selection of weights."""

import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from protlang.errors import ProtlangError
from protlang.training import loop
from protlang.training.checkpoint import load_checkpoint, newest_checkpoint
from protlang.training.distributed import Process
from protlang.training.lock import owned
from protlang.training.loop import LoopSettings, Selection, Trainer, Training, Validate
from protlang.training.signals import StopRequest
from protlang.training.task import Batch
from support.jobs import ALONE, metrics, validations


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
        return Batch(2 * loss, {"loss": loss.detach(), "noise": noise}, 10)

    def describe_batch(self) -> str:
        return f"record {self.read}"

    def summarise(self, means: Mapping[str, float]) -> dict[str, float]:
        return {"loss": means["loss"], "twice_the_noise": 2 * means["noise"]}

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


def trainer(
    task: Walk,
    folder: Path,
    steps: int = 10,
    validate: Validate | None = None,
    **settings: Any,
) -> Trainer:
    optimizer = torch.optim.Adam(task.network.parameters(), lr=0.1)
    loop = LoopSettings(steps, **{"checkpoint_every": 3, "report_every": 4, **settings})
    return Trainer(Training(task, optimizer, loop, validate), folder, ALONE)


def losses_of_training(folder: Path) -> dict[int, float]:
    """By update."""
    return {line["step"]: line["loss"] for line in metrics(folder) if "loss" in line}


def newest(folder: Path) -> Path:
    found = newest_checkpoint(folder / "checkpoints")
    assert found is not None
    return found


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
    cut, uninterrupted = (tmp_path / name for name in ("cut", "whole"))
    assert losses_of_training(cut) == losses_of_training(uninterrupted)


def test_what_was_reported_after_the_last_checkpoint_is_undone(tmp_path: Path) -> None:
    crashed = Walk(wrong_at=5)
    with pytest.raises(ProtlangError):
        trainer(crashed, tmp_path).run(StopRequest())
    assert [*losses_of_training(tmp_path)] == [4]
    with open(tmp_path / "metrics.jsonl", "a") as stream:
        stream.write('{"step": 8, "lo')
    assert trainer(Walk(), tmp_path).run(StopRequest())
    assert [*losses_of_training(tmp_path)] == [4, 8, 10]


def test_a_loss_that_is_no_number_names_records_and_checkpoint(
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
        losses.append([value.item() for value in batch.values.values()])
        return batch

    task.next_batch = remember  # type: ignore[method-assign]
    trainer(task, tmp_path, steps=8).run(StopRequest())
    first, second = (torch.tensor(part).double() for part in (losses[:4], losses[4:]))
    for record, part in zip(metrics(tmp_path), (first, second), strict=True):
        loss, noise = part.mean(dim=0).tolist()
        assert record["loss"] == pytest.approx(loss)
        assert record["twice_the_noise"] == pytest.approx(2 * noise)
    assert [record["step"] for record in metrics(tmp_path)] == [4, 8]


def test_accumulated_batches_count_as_one_update(tmp_path: Path) -> None:
    task = Walk()
    running = trainer(task, tmp_path, steps=4, accumulate=3)
    assert running.run(StopRequest())
    assert (running.step, task.read, running.tokens) == (4, 12, 120)


def test_only_the_newest_checkpoints_stay(tmp_path: Path) -> None:
    trainer(Walk(), tmp_path, checkpoint_every=1, checkpoints=2).run(StopRequest())
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["step-000000009", "step-000000010"]


def test_another_number_of_processes_is_refused(tmp_path: Path) -> None:
    trainer(Walk(), tmp_path).run(StopRequest())
    with pytest.raises(ProtlangError, match="written by 1 processes but 2 are running"):
        load_checkpoint(newest(tmp_path), Process(0, 2, torch.device("cpu")))


def test_a_damaged_checkpoint_raises(tmp_path: Path) -> None:
    trainer(Walk(), tmp_path).run(StopRequest())
    part = newest(tmp_path) / "rank-0.pt"
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(ProtlangError, match="is damaged"):
        trainer(Walk(), tmp_path).run(StopRequest())


def test_a_half_written_checkpoint_is_not_used(tmp_path: Path) -> None:
    trainer(Walk(), tmp_path).run(StopRequest())
    (tmp_path / "checkpoints" / ".step-000000011").mkdir()
    assert newest(tmp_path).name == "step-000000010"


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


class Course:
    """A validation whose losses are given; it notes the weight that it measured."""

    def __init__(self, task: Walk, losses: Mapping[int, float]) -> None:
        self.task, self.losses = task, losses
        self.weights: dict[int, float] = {}
        self.modes: list[bool] = []

    def __call__(self) -> Mapping[str, float]:
        step = self.task.read
        self.weights[step] = self.task.network.weight.item()
        self.modes.append(self.task.network.training)
        return {"loss": self.losses[step], "share": step / 10}


LOSSES = {2: 5.0, 4: 3.0, 6: 3.0, 8: 4.0, 10: 3.5}


def test_the_weights_of_the_lowest_validation_loss_are_selected(tmp_path: Path) -> None:
    task = Walk()
    course = Course(task, LOSSES)
    running = trainer(task, tmp_path, validate=course, validate_every=2)
    assert running.run(StopRequest())
    assert running.selection.step == 4  # of equal losses, the first
    assert task.network.weight.item() == course.weights[4]
    assert len(set(course.weights.values())) == 5
    assert validations(tmp_path) == LOSSES
    shares = validations(tmp_path, "share")
    assert [*shares.values()] == [0.2, 0.4, 0.6, 0.8, 1.0]


def test_it_is_measured_in_evaluation_mode_and_learns_on_in_training_mode(
    tmp_path: Path,
) -> None:
    task = Walk()
    course = Course(task, LOSSES)
    modes = []
    compute = task.next_batch

    def remember() -> Batch:
        modes.append(task.network.training)
        return compute()

    task.next_batch = remember  # type: ignore[method-assign]
    trainer(task, tmp_path, validate=course, validate_every=2).run(StopRequest())
    assert course.modes == [False] * 5
    assert modes == [True] * 10


def test_the_last_update_is_validated_whatever_the_interval(tmp_path: Path) -> None:
    task = Walk()
    course = Course(task, {7: 2.0, 10: 1.0})
    trainer(task, tmp_path, validate=course, validate_every=7).run(StopRequest())
    assert [*validations(tmp_path)] == [7, 10]


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_validation_loss_that_is_not_finite_raises(
    tmp_path: Path, loss: float
) -> None:
    task = Walk()
    course = Course(task, {**LOSSES, 6: loss})
    running = trainer(
        task, tmp_path, validate=course, validate_every=2, checkpoint_every=1
    )
    with pytest.raises(ProtlangError) as caught:
        running.run(StopRequest())
    assert str(caught.value) == (
        f"the validation loss is {loss} after update 6; lower the learning rate"
    )
    assert validations(tmp_path) == {2: 5.0, 4: 3.0}
    assert running.selection.step == 4
    assert newest(tmp_path).name == "step-000000005"  # training again reports it again


def test_without_validation_the_last_weights_are_selected(tmp_path: Path) -> None:
    task = Walk()
    running = trainer(task, tmp_path, validate_every=2)
    assert running.run(StopRequest())
    assert running.selection.step == 0
    last = load_checkpoint(newest(tmp_path), ALONE)["network"]["weight"]
    assert torch.equal(task.network.weight, last)


def test_training_stops_when_patience_runs_out(tmp_path: Path) -> None:
    task = Walk()
    course = Course(task, LOSSES)
    running = trainer(task, tmp_path, validate=course, validate_every=2, patience=2)
    assert running.run(StopRequest())
    assert (running.step, task.read) == (8, 8)  # none better after updates 6 and 8
    assert task.network.weight.item() == course.weights[4]
    assert [*validations(tmp_path)] == [2, 4, 6, 8]
    again = Walk()
    course = Course(again, {})
    resumed = trainer(again, tmp_path, validate=course, validate_every=2, patience=2)
    assert resumed.run(StopRequest())  # which has nothing left to do
    assert torch.equal(again.network.weight, task.network.weight)


@pytest.mark.parametrize("patience", [None, 2])
@pytest.mark.parametrize("update", range(1, 8))
def test_a_selection_ends_like_uninterrupted_wherever_it_is_stopped(
    tmp_path: Path, update: int, patience: int | None
) -> None:
    settings: dict[str, Any] = {"validate_every": 2, "patience": patience}
    whole = Walk()
    trainer(whole, tmp_path / "a", validate=Course(whole, LOSSES), **settings).run(
        StopRequest()
    )
    first = Walk()
    assert not trainer(
        first, tmp_path / "b", validate=Course(first, LOSSES), **settings
    ).run(StopAfter(first, update))
    torch.manual_seed(99)
    second = Walk()
    resumed = trainer(
        second, tmp_path / "b", validate=Course(second, LOSSES), **settings
    )
    assert resumed.run(StopRequest())
    assert torch.equal(second.network.weight, whole.network.weight)
    assert torch.equal(second.network.bias, whole.network.bias)
    assert resumed.selection.step == 4
    for read in (losses_of_training, validations):
        assert read(tmp_path / "b") == read(tmp_path / "a")


class Slope:
    """A task whose gradients are known: 3 of one weight, 4 of the other."""

    def __init__(self) -> None:
        self.network = nn.ParameterList([torch.zeros(1), torch.zeros(1)])

    def next_batch(self) -> Batch:
        objective = 3 * self.network[0].sum() + 4 * self.network[1].sum()
        return Batch(objective, {"loss": objective.detach()}, 1)

    def describe_batch(self) -> str:
        return ""

    def summarise(self, means: Mapping[str, float]) -> dict[str, float]:
        return dict(means)

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        pass


def moves(folder: Path, *groups: dict[str, Any], **settings: Any) -> list[float]:
    """How far one update moves both weights of `Slope`, by groups of the optimizer."""
    task = Slope()
    weights = list(task.network)
    parts = [[weight] for weight in weights] if groups else [weights]
    described = zip(parts, groups or [{}], strict=True)
    optimizer = torch.optim.SGD([{"params": p, **group} for p, group in described], 1.0)
    loop = LoopSettings(1, **settings)
    assert Trainer(Training(task, optimizer, loop), folder, ALONE).run(StopRequest())
    return [-weight.item() for weight in weights]


@pytest.mark.parametrize(
    ("settings", "steps"),
    [
        ({"gradient_norm": 10.0}, (3.0, 4.0)),
        ({"gradient_norm": 1.0}, (0.6, 0.8)),
        ({"gradient_norm": 1.0, "clip": "each"}, (1.0, 1.0)),
        ({"gradient_norm": 3.5, "clip": "each"}, (3.0, 3.5)),
        ({"gradient_norm": 1.0, "clip": "none"}, (3.0, 4.0)),
        ({"gradient_norm": 1.0, "clip": "groups"}, (0.6, 0.8)),
        ({"gradient_norm": 1.0, "accumulate": 3}, (0.6, 0.8)),
        ({"gradient_norm": 10.0, "accumulate": 3}, (3.0, 4.0)),
    ],
)
def test_gradients_are_clipped_together_or_each(
    tmp_path: Path, settings: dict[str, Any], steps: tuple[float, float]
) -> None:
    assert moves(tmp_path, **settings) == pytest.approx(steps, rel=1e-5)


@pytest.mark.parametrize(
    ("groups", "steps"),
    [
        (({}, {}), (2.0, 2.0)),
        (({"clip": False}, {}), (3.0, 2.0)),
        (({"clip": True}, {"clip": False}), (2.0, 4.0)),
    ],
)
def test_gradients_are_clipped_by_group_of_the_optimizer(
    tmp_path: Path, groups: tuple[dict[str, bool], ...], steps: tuple[float, float]
) -> None:
    found = moves(tmp_path, *groups, gradient_norm=2.0, clip="groups")
    assert found == pytest.approx(steps, rel=1e-5)


def network(weight: float) -> nn.Linear:
    layer = nn.Linear(1, 1)
    nn.init.constant_(layer.weight, weight)
    return layer


def consider(selection: Selection, *losses: float) -> None:
    """Report losses of a network whose weight is the number of the update."""
    learning = network(0)
    for step, loss in enumerate(losses, start=1):
        nn.init.constant_(learning.weight, step)
        selection.consider(loss, step, learning)


def selected(selection: Selection) -> float:
    chosen = network(-1)
    selection.apply(chosen)
    return chosen.weight.item()


def test_the_selected_weights_do_not_follow_the_network() -> None:
    selection = Selection(None)
    consider(selection, 5, 3, 4, 3, 6)
    assert (selection.step, selection.loss) == (2, 3)
    assert selected(selection) == 2


def test_without_validation_a_network_stays_as_it_is() -> None:
    assert selected(Selection(3)) == -1
    assert Selection(3).loss == math.inf


@pytest.mark.parametrize(
    ("losses", "exhausted"),
    [
        ([1], False),
        ([2, 2], False),
        ([2, 2, 2], True),
        ([2, 3, 1, 3], False),
        ([2, 3, 1, 3, 1], True),
        ([math.nan, math.nan], True),
    ],
)
def test_patience_counts_validations_since_the_best(
    losses: list[float], exhausted: bool
) -> None:
    selection = Selection(2)
    consider(selection, *losses)
    assert selection.exhausted is exhausted


def test_without_a_limit_patience_never_runs_out() -> None:
    selection = Selection(None)
    consider(selection, *([1.0] * 100))
    assert not selection.exhausted


@pytest.mark.parametrize("cut", range(7))
def test_restored_from_a_file_it_goes_on_the_same(cut: int) -> None:
    losses = [5.0, 3.0, 4.0, 3.0, 2.0, 2.0]
    whole, first, second = Selection(3), Selection(3), Selection(3)
    consider(whole, *losses)
    consider(first, *losses[:cut])
    file = io.BytesIO()
    torch.save(first.state(), file)
    file.seek(0)
    second.restore(torch.load(file, weights_only=True))
    learning = network(0)
    for step, loss in enumerate(losses[cut:], start=cut + 1):
        nn.init.constant_(learning.weight, step)
        second.consider(loss, step, learning)
    assert (second.step, second.loss) == (whole.step, whole.loss) == (5, 2)
    assert selected(second) == selected(whole) == 5
    for selection in (whole, second):
        assert not selection.exhausted
        for _ in range(2):
            selection.consider(9, 9, learning)
        assert selection.exhausted


def test_the_speed_is_that_since_the_last_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 2.0, 12.0])
    monkeypatch.setattr(loop.time, "monotonic", lambda: next(clock))
    meter = loop._Meter(0, 0)
    assert [meter.rate(100), meter.rate(200)] == [50, 10]
