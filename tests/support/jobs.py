"""Jobs that are stopped or killed at any moment and started again."""

import json
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import psutil
import torch

from protlang.training.distributed import Process
from protlang.training.job import TrainingJob, train_all
from protlang.training.signals import EXIT_INTERRUPTED, StopRequest

ALONE = Process(0, 1, torch.device("cpu"))

STARTING_UP = 60
"""Seconds until a job saves something for the first time, on a busy machine."""


class Job(ABC):
    """One job, started as often as it takes; it logs to `log.txt` in its folder.

    Attributes:
        folder: of its log and outputs.
        command: starts it, or continues it.
        environment: variables besides those of the tests.
    """

    def __init__(self, folder: Path, command: list[str], **environment: str) -> None:
        self.folder, self.command = folder, command
        self.environment = {"OMP_NUM_THREADS": "1", **environment}

    @abstractmethod
    def progress(self) -> str:
        """Empty before anything is saved, greater after each save."""

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and leave it running."""
        return subprocess.Popen(
            self.command,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def finish(self) -> None:
        """Run to the end."""
        assert self.start().wait(timeout=300) == 0, self.log

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text()

    def wait_for_progress(self, since: str = "") -> None:
        """Wait until something is saved beyond `since`."""
        end = time.monotonic() + STARTING_UP
        while self.progress() <= since:
            assert time.monotonic() < end, "nothing saved in time"
            time.sleep(0.005)

    def killed_repeatedly(self, delays: list[float]) -> str:
        """Start and kill it after each delay, every time beyond the last save.

        Returns:
            The progress after the last kill.
        """
        saved = [""]
        for delay in delays:
            process = self.start()
            self.wait_for_progress(saved[-1])
            time.sleep(delay)
            kill(process)
            saved.append(self.progress())
        assert saved == sorted(set(saved)), "something saved was lost"
        return saved[-1]

    def stop(self, number: signal.Signals) -> None:
        """Send a signal after the first save; it has to stop and be resumable."""
        process = self.start()
        self.wait_for_progress()
        process.send_signal(number)
        assert process.wait(timeout=60) == EXIT_INTERRUPTED
        assert "Traceback" not in self.log

    def assert_second_is_refused(self, reason: str) -> None:
        """Start it twice at a time: the second stops and names the first."""
        process = self.start()
        try:
            self.wait_for_progress()
            process.send_signal(signal.SIGSTOP)  # still there when the second starts
            assert self.start().wait(timeout=60) == 1
            (refusal,) = [line for line in self.log.splitlines() if "ERROR" in line]
            assert reason in refusal
            assert f'"pid": "{process.pid}"' in refusal
        finally:
            kill(process)


def kill(job: "subprocess.Popen[bytes]") -> None:
    """Kill a job and all processes that it started, wherever they are."""
    children = psutil.Process(job.pid).children(recursive=True)
    processes = [psutil.Process(job.pid), *children]
    for process in processes:
        process.kill()
    psutil.wait_procs(processes)
    job.wait()


class StopAt(StopRequest):
    """A stop request that comes after so many looks."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    def __bool__(self) -> bool:
        self.looks -= 1
        return self.looks <= 0


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder by their path in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def train(job: TrainingJob, stop: StopRequest | None = None) -> list[Path] | None:
    """Folders of a job's finished trainings, or None if it was stopped."""
    return train_all(job, ALONE, StopRequest() if stop is None else stop)


def do(job: TrainingJob) -> list[Path]:
    """Train and conclude."""
    finished = train(job)
    assert finished is not None
    job.conclude(finished, ALONE)
    return finished


def metrics(folder: Path) -> list[dict[str, Any]]:
    """What a run reported, line by line."""
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def validations(folder: Path, name: str = "loss") -> dict[int, float]:
    """Values of a run's validations, by update."""
    key = f"validation_{name}"
    return {line["step"]: line[key] for line in metrics(folder) if key in line}


def times_of_models(folder: Path) -> dict[str, int]:
    """When the models of all finished runs were written."""
    return {
        str(path): path.stat().st_mtime_ns for path in folder.rglob("*.safetensors")
    }
