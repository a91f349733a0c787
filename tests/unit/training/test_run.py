"""Runs: trained once, found again by their hash, resumed where they were stopped."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from protlang.errors import ProtlangError
from protlang.training import run as run_module
from protlang.training.distributed import Process
from protlang.training.lock import owned
from protlang.training.loop import UNHASHED, LoopSettings, Result, Training
from protlang.training.run import Run, hashed_fields, publish, run_name, train
from protlang.training.signals import StopRequest
from protlang.training.task import Batch, NumberedTask
from support.jobs import ALONE, StopAt, contents

LOOP = LoopSettings(6, checkpoint_every=2, report_every=2)


@dataclass(frozen=True)
class Walk:
    """A recipe: a weight that follows noise."""

    seed: int = 1
    threads: int = 1
    loop: LoopSettings = LOOP
    sizes: Mapping[str, Any] = field(default_factory=lambda: {"filters": ((1, 2),)})
    comment: str = field(default="", metadata=UNHASHED)


class WalkTask(NumberedTask):
    """Noise from PyTorch's generator, and the number of the batch."""

    def __init__(self, process: Process) -> None:
        super().__init__(process)
        self.network = nn.Linear(1, 1)

    def next_batch(self) -> Batch:
        number = self.next_number()
        loss = (self.network.weight.sum() - number - torch.rand(())).square()
        return Batch(loss, {"loss": loss.detach()}, 1)

    def describe_batch(self) -> str:
        return str(self.last_number())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.txt"
    path.write_text("proteins")
    return path


def walk(data: Path, recipe: Walk | None = None, **options: Any) -> Run[Any]:
    """A run that writes its weight."""
    chosen = recipe or Walk()

    def build(process: Process) -> Training[WalkTask]:
        task = WalkTask(process)
        optimizer = torch.optim.SGD(task.network.parameters(), lr=0.1)
        return Training(task, optimizer, chosen.loop)

    def save(result: Result[WalkTask], folder: Path) -> None:
        assert not result.task.network.training
        weight = result.task.network.weight.item()
        (folder / "weight.json").write_text(json.dumps(weight))

    return Run(chosen, {"data": data}, build, save, **options)


def weight(finished: Path | None) -> float:
    assert finished is not None
    return float(json.loads((finished / "weight.json").read_text()))


def names(data: Path, *recipes: Walk, processes: int = 1) -> list[str]:
    return [run_name(walk(data, recipe).facts(processes)) for recipe in recipes]


def test_a_stopped_run_resumes_to_the_same_bits(data: Path, tmp_path: Path) -> None:
    whole = train(walk(data), tmp_path / "a", ALONE, StopRequest())
    for looks in (3, 2):
        assert train(walk(data), tmp_path / "b", ALONE, StopAt(looks)) is None
    assert weight(train(walk(data), tmp_path / "b", ALONE, StopRequest())) == weight(
        whole
    )


def test_a_finished_run_is_found_again_and_not_trained(
    data: Path, tmp_path: Path
) -> None:
    finished = train(walk(data), tmp_path, ALONE, StopRequest())
    assert finished is not None
    assert finished.parent.name == run_name(walk(data).facts(1))
    assert sorted(path.name for path in finished.iterdir()) == [
        *("metrics.jsonl", "weight.json")
    ]
    before = contents(finished.parent)
    assert not any(name.startswith("checkpoints") for name in before)

    def build(process: Process) -> Training[WalkTask]:
        raise AssertionError("there is nothing to train")

    again = replace(walk(data), build=build)
    torch.set_num_threads(2)
    assert train(again, tmp_path, ALONE, StopRequest()) == finished
    assert contents(finished.parent) == before
    # What is predicted with it afterwards has the same bits, too.
    assert torch.get_num_threads() == again.recipe.threads == 1


def test_results_are_whole_or_absent(data: Path, tmp_path: Path) -> None:
    def fail(result: Result[WalkTask], folder: Path) -> None:
        (folder / "part").write_text("")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        train(replace(walk(data), save=fail), tmp_path / "b", ALONE, StopRequest())
    (folder,) = (tmp_path / "b").iterdir()
    assert not (folder / "finished").exists()
    assert list(folder.rglob("part")) == []
    whole = train(walk(data), tmp_path / "a", ALONE, StopRequest())
    resumed = train(walk(data), tmp_path / "b", ALONE, StopRequest())
    assert weight(resumed) == weight(whole)


def test_published_results_equal_the_finished_ones(data: Path, tmp_path: Path) -> None:
    finished = train(walk(data), tmp_path / "runs", ALONE, StopRequest())
    assert finished is not None
    publish(finished, tmp_path / "encoder")
    assert contents(tmp_path / "encoder") == contents(finished)


def test_random_numbers_after_the_initial_weights(data: Path, tmp_path: Path) -> None:
    """Each process has its own; those of a single process go on from the weights."""
    shared = train(walk(data), tmp_path / "a", ALONE, StopRequest())
    alone = walk(data, single_process=True)
    own = train(alone, tmp_path / "b", ALONE, StopRequest())
    torch.manual_seed(1)
    task = WalkTask(ALONE)
    optimizer = torch.optim.SGD(task.network.parameters(), lr=0.1)
    Training(task, optimizer, Walk().loop).run(tmp_path / "c", ALONE, StopRequest())
    assert weight(own) == task.network.weight.item() != weight(shared)


def test_a_run_has_one_owner_at_a_time(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / run_name(walk(data).facts(1))
    with owned(folder), pytest.raises(ProtlangError, match="another job is training"):
        train(walk(data), tmp_path, ALONE, StopRequest())


def test_the_recipe_is_written_beside_the_results(data: Path, tmp_path: Path) -> None:
    finished = train(walk(data), tmp_path, ALONE, StopRequest())
    assert finished is not None
    facts = json.loads((finished.parent / "recipe.json").read_text())
    assert run_name(facts) == finished.parent.name
    assert facts["recipe"]["loop"]["steps"] == 6


# Names


def test_equal_recipes_have_one_name_wherever_the_inputs_lie(data: Path) -> None:
    sizes = {"b": 1, "filters": ((1, 2),)}
    turned = dict(reversed(sizes.items()))
    (name,) = names(data, Walk(sizes=sizes))
    assert names(data, Walk(sizes=turned)) == [name]
    moved = data.rename(data.with_name("moved.txt"))
    assert names(moved, Walk(sizes=sizes)) == [name]
    assert len(name) == 16
    assert set(name) <= set("0123456789abcdef")


def test_intervals_of_reports_and_checkpoints_do_not_change_the_name(
    data: Path,
) -> None:
    often = LoopSettings(6, checkpoint_every=1, checkpoints=9, report_every=1)
    assert len(set(names(data, Walk(), Walk(loop=often, comment="again")))) == 1
    assert hashed_fields(often).keys() == {
        *("steps", "accumulate", "gradient_norm", "clip", "validate_every", "patience")
    }


def test_all_that_determines_the_bits_changes_the_name(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = names(
        data,
        Walk(),
        Walk(seed=2),
        Walk(threads=2),
        Walk(sizes={"filters": ((1, 3),)}),
        Walk(loop=LoopSettings(7)),
    )
    found += names(data, Walk(), processes=2)
    data.write_text("other proteins")
    found += names(data, Walk())
    monkeypatch.setattr(run_module, "FORMAT_VERSION", -1)
    found += names(data, Walk())
    assert len(set(found)) == len(found)


def test_a_folder_is_hashed_by_all_its_files(tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    shards.mkdir()
    for name in ("1.h5", "0.h5"):
        (shards / name).write_text(name)
    (before,) = names(shards, Walk())
    (shards / "1.h5").write_text("changed")
    assert names(shards, Walk()) != [before]
