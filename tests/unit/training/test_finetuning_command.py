"""The command that fine-tunes: its exit status, its log, and who finishes."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from protlang.errors import ProtlangError
from protlang.training import finetuning_command
from protlang.training.distributed import Process
from protlang.training.finetuning_command import Job, run_command
from protlang.training.signals import EXIT_INTERRUPTED, StopRequest

JOB: dict[str, Any] = {
    "settings": {"seeds": [1]},
    "inputs": {"train": "a b.parquet", "tests": {"It's": "c.parquet"}},
    "encoder": {"name": "mine", "row": "Mine"},
    "row": "PLUS-RNN BASE [w/o PT]",
    "deviation": "",
}


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log of a job that is given on the command line."""
    path = tmp_path / "logs" / "job.log"
    arguments = {
        "--job": json.dumps(JOB),
        "--runs": str(tmp_path / "runs"),
        "--folder": str(tmp_path / "folder"),
        "--job-log": str(path),
    }
    given = [part for pair in arguments.items() for part in pair]
    monkeypatch.setattr(sys, "argv", ["finetune_task.py", *given])
    return path


def never(job: Job, trained: str, process: Process) -> None:
    raise AssertionError("there is nothing to finish")


def last_line(log: Path) -> str:
    return log.read_text().splitlines()[-1]


def test_the_job_reaches_both_halves_with_what_was_trained(
    log: Path, tmp_path: Path
) -> None:
    job = Job(**JOB, runs=tmp_path / "runs", folder=tmp_path / "folder")
    seen: list[tuple[Job, str]] = []

    def train(job: Job, process: Process, stop: StopRequest) -> str:
        assert process.is_main
        assert not stop
        seen.append((job, "train"))
        return "the model"

    def finish(job: Job, trained: str, process: Process) -> None:
        seen.append((job, trained))

    assert run_command(train, finish) == 0
    assert seen == [(job, "train"), (job, "the model")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_ends_it_with_status_75_and_nothing_finished(
    log: Path, number: signal.Signals
) -> None:
    def train(job: Job, process: Process, stop: StopRequest) -> str | None:
        os.kill(os.getpid(), number)
        return None if stop else "the model"

    assert run_command(train, never) == EXIT_INTERRUPTED == 75


def test_what_was_trained_to_the_end_is_finished_even_if_it_is_nothing_much(
    log: Path,
) -> None:
    """An empty list is no interruption."""
    finished: list[list[int]] = []

    def train(job: Job, process: Process, stop: StopRequest) -> list[int]:
        return []

    def finish(job: Job, trained: list[int], process: Process) -> None:
        finished.append(trained)

    assert run_command(train, finish) == 0
    assert finished == [[]]


@pytest.mark.parametrize("half", ["train", "finish"])
def test_an_error_of_the_users_is_one_line_of_the_log(log: Path, half: str) -> None:
    def fail() -> None:
        raise ProtlangError("the data are odd; correct them")

    def train(job: Job, process: Process, stop: StopRequest) -> str:
        if half == "train":
            fail()
        return "the model"

    def finish(job: Job, trained: str, process: Process) -> None:
        fail()

    with pytest.raises(SystemExit) as caught:
        run_command(train, finish)
    assert caught.value.code == 1
    assert last_line(log).endswith("ERROR the data are odd; correct them")
    assert "Traceback" not in log.read_text()


def test_a_job_that_goes_on_keeps_the_lines_of_the_first(log: Path) -> None:
    log.parent.mkdir()
    log.write_text("before\n")

    def fail(job: Job, process: Process, stop: StopRequest) -> str:
        raise ProtlangError("again")

    with pytest.raises(SystemExit):
        run_command(fail, never)
    first, second = log.read_text().splitlines()
    assert first == "before"
    assert second.endswith("ERROR again")


def test_only_the_first_process_finishes_and_writes_the_log(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []

    @contextmanager
    def second() -> Iterator[Process]:
        yield Process(1, 2, torch.device("cpu"))

    def wait(process: Process) -> None:
        waited.append(process.rank)

    monkeypatch.setattr(finetuning_command, "process_group", second)
    monkeypatch.setattr(finetuning_command, "wait_for_all", wait)

    def train(job: Job, process: Process, stop: StopRequest) -> str:
        return "the model"

    assert run_command(train, never) == 0
    assert waited == [1]
    assert not log.exists()
