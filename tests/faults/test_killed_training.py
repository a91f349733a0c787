"""Pre-training that is killed at any moment and started again ends in the same bits."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from checkout import REPOSITORY
from protlang.corpus_building import HeldOut, build_token_store
from protlang.sources import Source
from protlang.training.interruption import EXIT_INTERRUPTED

SCRIPT = REPOSITORY / "workflow" / "scripts" / "pretrain_elmo.py"
SETTINGS = {
    "model": {
        "character_dim": 4,
        "filters": [[1, 8], [3, 8]],
        "highway_layers": 1,
        "projection": 16,
        "lstm_dim": 32,
    },
    "training": {"rows": 4, "unroll": 20},
    "loop": {"steps": 60, "checkpoint_every": 1, "report_every": 10},
    "seed": 1,
    "threads": 1,
}
STARTING_UP = 60  # seconds at most, on a busy machine


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small token store of random proteins."""
    folder = tmp_path_factory.mktemp("corpus")
    letters = random.Random(1)  # noqa: S311
    records = [
        f">p{number}\n{''.join(letters.choices('ACDEFGHIKLMNPQRSTVWY', k=50))}\n"
        for number in range(100)
    ]
    fasta = folder / "proteins.fasta"
    fasta.write_text("".join(records))
    source = Source("proteins", "Random", "1", "fasta", {}, "CC0", "nobody", True)
    build_token_store(folder / "store", [(source, fasta)], HeldOut(0.1, 1))
    return folder / "store"


class Training:
    """One run, started as often as it takes."""

    def __init__(self, corpus: Path, folder: Path, processes: int) -> None:
        self.folder = folder
        self.checkpoints = folder / "runs"
        self.command = [
            *launcher(processes),
            str(SCRIPT),
            *("--corpus", str(corpus)),
            *("--settings", json.dumps(SETTINGS)),
            *("--runs", str(self.checkpoints)),
            *("--encoder", str(folder / "encoder")),
            *("--job-log", str(folder / "log.txt")),
        ]

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and leave it running."""
        return subprocess.Popen(
            self.command,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def finish(self) -> bytes:
        """Run to the end; returns the weights."""
        assert self.start().wait(timeout=300) == 0, (
            self.folder / "log.txt"
        ).read_text()
        return (self.folder / "encoder" / "model.safetensors").read_bytes()

    def newest_step(self) -> str:
        """Name of the newest checkpoint, or nothing."""
        return max(
            (p.name for p in self.checkpoints.glob("*/checkpoints/step-*")), default=""
        )

    def wait_for_progress(self, since: str) -> None:
        """Wait until there is a newer checkpoint than `since`."""
        end = time.monotonic() + STARTING_UP
        while self.newest_step() <= since:
            assert time.monotonic() < end, "no checkpoint in time"
            time.sleep(0.01)


def kill(job: subprocess.Popen[bytes]) -> None:
    """Kill a job and all processes that it started, wherever they are."""
    processes = [
        psutil.Process(job.pid),
        *psutil.Process(job.pid).children(recursive=True),
    ]
    for process in processes:
        process.kill()
    psutil.wait_procs(processes)
    job.wait()


def launcher(processes: int) -> list[str]:
    if processes == 1:
        return [sys.executable]
    module = [sys.executable, "-m", "torch.distributed.run"]
    return [*module, "--standalone", f"--nproc-per-node={processes}"]


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_killed_at_any_moment_and_resumed_to_the_same_bits(
    corpus: Path, tmp_path: Path, processes: int
) -> None:
    """Every update saves, so that many of the kills hit a save."""
    expected = Training(corpus, tmp_path / "whole", processes).finish()
    killed = Training(corpus, tmp_path / "killed", processes)
    moment = random.Random(processes)  # noqa: S311
    steps = [""]
    for _ in range(3):
        job = killed.start()
        killed.wait_for_progress(steps[-1])
        time.sleep(moment.uniform(0, 0.3))
        kill(job)
        steps.append(killed.newest_step())
    assert steps == sorted(set(steps))
    assert steps[-1] < f"step-{SETTINGS['loop']['steps']:09d}", "killed too late"
    assert killed.finish() == expected
    whole, resumed = (
        steps_of_metrics(run / "encoder" / "metrics.jsonl")
        for run in (tmp_path / "whole", tmp_path / "killed")
    )
    assert resumed == whole


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_asked_to_stop_it_saves_and_says_that_it_may_go_on(
    corpus: Path, tmp_path: Path, number: signal.Signals
) -> None:
    expected = Training(corpus, tmp_path / "whole", 1).finish()
    stopped = Training(corpus, tmp_path / "stopped", 1)
    job = stopped.start()
    stopped.wait_for_progress("")
    job.send_signal(number)
    assert job.wait(timeout=60) == EXIT_INTERRUPTED
    assert "as asked" in (tmp_path / "stopped" / "log.txt").read_text()
    assert stopped.finish() == expected


def test_a_second_job_in_the_same_folder_stops_and_says_who_is_there(
    corpus: Path, tmp_path: Path
) -> None:
    first = Training(corpus, tmp_path, 1)
    job = first.start()
    try:
        first.wait_for_progress("")
        job.send_signal(signal.SIGSTOP)  # it must not be done before the second is up
        assert first.start().wait(timeout=60) == 1
        log = (tmp_path / "log.txt").read_text().splitlines()
        (refusal,) = [line for line in log if "ERROR" in line]
        assert "another job is training" in refusal
        assert f'"pid": "{job.pid}"' in refusal
    finally:
        kill(job)


def steps_of_metrics(path: Path) -> list[tuple[int, float]]:
    """Updates and losses of a run's record."""
    records = [json.loads(line) for line in path.read_text().splitlines()]
    return [(record["step"], record["loss"]) for record in records]
