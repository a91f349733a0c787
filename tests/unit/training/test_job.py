"""Jobs that train: their file, exit status and log, and which process concludes."""

import json
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from protlang.errors import ProtlangError
from protlang.training import job as job_module
from protlang.training.distributed import Process
from protlang.training.job import (
    TrainingJob,
    carry_out,
    read_job,
    start,
    start_all,
)
from protlang.training.run import Run
from protlang.training.signals import EXIT_INTERRUPTED, StopRequest


@dataclass(frozen=True)
class Recipe:
    seed: int = 1
    threads: int = 1


@dataclass(frozen=True)
class Part:
    proteins: Path
    vectors: Path | None = None


@dataclass(frozen=True)
class Count(TrainingJob):
    """Counts to `numbers`, one training for each, and concludes with their sum.

    Attributes:
        raises: part of the job that fails.
        signals: received while it trains.
    """

    numbers: Sequence[int]
    folder: Path
    inputs: Mapping[str, Path]
    part: Part | None = None
    settings: Mapping[str, Any] | None = None
    raises: str = ""
    signals: Sequence[int] | None = None

    def trainings(self) -> Sequence[Run[Any]]:
        for number in self.signals or ():
            os.kill(os.getpid(), number)
        self._fail("trainings")
        return [
            Run(Recipe(number), {}, lambda _: Counted(), self._save)
            for number in self.numbers
        ]

    def conclude(self, finished: Sequence[Path], process: Process) -> None:
        self._fail("conclude")
        assert process.is_main
        found = [(folder / "number").read_text() for folder in finished]
        (self.folder / "result").write_text(" ".join(found))

    def _save(self, result: str, folder: Path) -> None:
        (folder / "number").write_text(result)

    def _fail(self, part: str) -> None:
        if self.raises == part:
            raise ProtlangError("the data are unexpected; correct them")


class Counted:
    def run(self, folder: Path, _: Process, stop: StopRequest) -> str | None:
        return None if stop else folder.name


@pytest.fixture
def job(tmp_path: Path) -> Count:
    """Two trainings."""
    return Count(
        tmp_path / "runs",
        tmp_path / "logs" / "job.log",
        [1, 2],
        tmp_path,
        {"It's": Path("a b.parquet")},
        settings={"model": {"dim": 1}},
    )


def test_a_job_read_from_its_file_is_the_same(job: Count, tmp_path: Path) -> None:
    file = tmp_path / "job.json"
    assert start(job, file, "python", "unused.py") == 0
    assert read_job(file, Count) == job
    complete = replace(job, part=Part(Path("x")), settings=None)
    start(complete, file, "python", "unused.py")
    assert read_job(file, Count) == complete
    assert json.loads(file.read_text())["inputs"] == {"It's": "a b.parquet"}


def test_a_launcher_replaces_the_process(
    job: Count, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def execvp(file: str, arguments: list[str]) -> None:
        commands.append(arguments)
        raise SystemExit

    monkeypatch.setattr(os, "execvp", execvp)
    file = tmp_path / "a job.json"
    with pytest.raises(SystemExit):
        start(job, file, "torchrun --nproc-per-node=$N", "train it.py")
    (command,) = commands
    assert command == [
        *("bash", "-c"),
        f"exec torchrun --nproc-per-node=$N 'train it.py' --job '{file}'",
    ]
    assert read_job(file, Count) == job
    assert not job.log.exists()


def test_all_trainings_are_concluded_together(job: Count, tmp_path: Path) -> None:
    assert carry_out(job) == 0
    first, second = (tmp_path / "result").read_text().split()
    assert first != second


def test_several_jobs_follow_each_other_until_one_is_interrupted(
    job: Count, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    first, stopped, last = (
        replace(job, runs=folder, folder=folder, signals=signals)
        for folder, signals in zip(folders, (None, [signal.SIGTERM], None), strict=True)
    )
    files = [str(folder / "job.json") for folder in folders]
    assert start_all([first, last], files[::2], "python", "job.py") == 0
    assert all((folders[place] / "result").exists() for place in (0, 2))
    jobs = [stopped, replace(last, folder=folders[1])]
    assert start_all(jobs, files[1:], "python", "job.py") == EXIT_INTERRUPTED
    assert not (folders[1] / "result").exists()


def test_a_job_without_trainings_is_concluded(job: Count, tmp_path: Path) -> None:
    assert carry_out(replace(job, numbers=[])) == 0
    assert (tmp_path / "result").read_text() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_ends_it_with_status_75_and_nothing_concluded(
    job: Count, tmp_path: Path, number: signal.Signals
) -> None:
    assert carry_out(replace(job, signals=[number])) == EXIT_INTERRUPTED == 75
    assert not (tmp_path / "result").exists()


@pytest.mark.parametrize("part", ["trainings", "conclude"])
def test_an_error_of_the_users_is_one_line_of_the_log(job: Count, part: str) -> None:
    job.log.parent.mkdir()
    job.log.write_text("before\n")
    with pytest.raises(SystemExit) as caught:
        carry_out(replace(job, raises=part))
    assert caught.value.code == 1
    first, last = job.log.read_text().splitlines()
    assert first == "before"
    assert last.endswith("ERROR the data are unexpected; correct them")


def test_only_the_first_process_concludes_and_writes_the_log(
    job: Count, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []

    @contextmanager
    def second(_: bool) -> Iterator[Process]:
        yield Process(1, 2, torch.device("cpu"))

    monkeypatch.setattr(job_module, "process_group", second)
    monkeypatch.setattr(
        job_module, "wait_for_all", lambda process: waited.append(process.rank)
    )
    assert carry_out(replace(job, numbers=[])) == 0
    assert waited == [1]
    assert not (tmp_path / "result").exists()
    assert not job.log.exists()


def test_a_job_for_the_cpu_touches_no_gpu(
    job: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "set_device", devices.append)
    carry_out(replace(job, numbers=[]))
    assert devices == [torch.device("cuda", 0)]
    monkeypatch.setattr(Count, "uses_gpu", False)
    carry_out(replace(job, numbers=[]))
    assert len(devices) == 1
