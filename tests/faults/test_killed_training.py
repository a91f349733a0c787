"""Pre-training that is killed at any moment and started again ends in the same bits."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest

from protlang.corpora.build import HeldOut, build_token_store
from protlang.formats.pfam import PFAM
from protlang.sources.catalogue import Source
from protlang.training.signals import EXIT_INTERRUPTED
from support.checkout import REPOSITORY

SCRIPTS = REPOSITORY / "workflow" / "scripts"
ALL = {"seed": 1, "threads": 1}
STEPS = 60
LOOP = {"steps": STEPS, "checkpoint_every": 1, "report_every": 10}
PLUS = {
    **ALL,
    "selection": {"smallest_family": 2, "development": 0.2},
    "pairs": {"development": 8},
    "training": {"batch": 2, "learning_rate": 0.01},
    "loop": {**LOOP, "validate_every": 7},
}
RUNS: dict[str, dict[str, Any]] = {
    "elmo": {
        **ALL,
        "model": {
            "character_dim": 4,
            "filters": [[1, 8], [3, 8]],
            "highway_layers": 1,
            "projection": 16,
            "lstm_dim": 32,
        },
        "training": {"rows": 4, "unroll": 20},
        "loop": LOOP,
    },
    "plus-rnn": {
        **PLUS,
        "architecture": "plus-rnn",
        "model": {"hidden_dim": 8, "layers": 2, "projection": 4},
    },
    "plus-tfm": {
        **PLUS,
        "architecture": "plus-tfm",
        "model": {
            "hidden_dim": 8,
            "layers": 2,
            "heads": 2,
            "feed_forward_dim": 8,
            "dropout": 0.2,
        },
    },
}
"""Settings by architecture."""

STARTING_UP = 60  # seconds at most, on a busy machine


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small token store of random domains."""
    folder = tmp_path_factory.mktemp("corpus")
    letters = random.Random(1)  # noqa: S311
    records = [
        f">p{number}/1-50 x.1 PF{number % 4}.1;f{number % 4};\n"
        f"{''.join(letters.choices('ACDEFGHIKLMNPQRSTVWY', k=50))}\n"
        for number in range(100)
    ]
    fasta = folder / "domains.fasta"
    fasta.write_text("".join(records))
    source = Source("domains", "Random", "1", PFAM, {}, "CC0", "nobody", True)
    build_token_store(folder / "store", [(source, fasta)], HeldOut(0.1, 1))
    return folder / "store"


@pytest.fixture(scope="module")
def whole(
    corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, int], "Training"]:
    """Finished runs that nobody disturbed, by architecture and number of processes."""

    @cache
    def run(name: str, processes: int) -> Training:
        training = Training(corpus, tmp_path_factory.mktemp("whole"), processes, name)
        training.finish()
        return training

    return run


class Training:
    """One run, started as often as it takes."""

    def __init__(
        self, corpus: Path, folder: Path, processes: int, name: str = "elmo"
    ) -> None:
        self.folder = folder
        self.checkpoints = folder / "runs"
        job = {
            "architecture": name,
            "settings": RUNS[name],
            "corpus": str(corpus),
            "encoder": str(folder / "encoder"),
            "runs": str(self.checkpoints),
            "log": str(folder / "log.txt"),
        }
        file = folder / "job.json"
        file.write_text(json.dumps(job))
        script = str(SCRIPTS / "pretrain.py")
        self.command = [*launcher(processes), script, "--job", str(file)]

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and leave it running."""
        return subprocess.Popen(
            self.command,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def finish(self) -> None:
        """Run to the end."""
        assert self.start().wait(timeout=300) == 0, (
            self.folder / "log.txt"
        ).read_text()

    @property
    def weights(self) -> bytes:
        """The bytes of a finished run's weights."""
        return (self.folder / "encoder" / "model.safetensors").read_bytes()

    def results(self) -> list[dict[str, float]]:
        """What a finished run recorded, but for what its speed was."""
        text = (self.folder / "encoder" / "metrics.jsonl").read_text()
        lines = [json.loads(line) for line in text.splitlines()]
        for line in lines:
            for measured in ("tokens_per_second", "memory_gib"):
                line.pop(measured, None)
        return lines

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


@pytest.mark.parametrize(
    ("name", "processes", "kills"),
    [
        ("elmo", 1, 3),
        ("elmo", 2, 3),
        ("elmo", 4, 3),
        ("plus-rnn", 1, 1),
        ("plus-rnn", 2, 1),
        ("plus-tfm", 1, 1),
    ],
)
def test_killed_at_any_moment_and_resumed_to_the_same_bits(
    corpus: Path,
    tmp_path: Path,
    whole: Callable[[str, int], Training],
    name: str,
    processes: int,
    kills: int,
) -> None:
    """Every update saves, so that many of the kills hit a save."""
    killed = Training(corpus, tmp_path, processes, name)
    moment = random.Random(f"{name}-{processes}")  # noqa: S311
    steps = [""]
    for _ in range(kills):
        job = killed.start()
        killed.wait_for_progress(steps[-1])
        time.sleep(moment.uniform(0, 0.3))
        kill(job)
        steps.append(killed.newest_step())
    assert steps == sorted(set(steps))
    assert steps[-1] < f"step-{STEPS:09d}", "killed too late"
    killed.finish()
    assert killed.weights == whole(name, processes).weights
    assert killed.results() == whole(name, processes).results()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_requested_to_stop_it_saves_and_can_be_resumed(
    corpus: Path,
    tmp_path: Path,
    whole: Callable[[str, int], Training],
    number: signal.Signals,
) -> None:
    stopped = Training(corpus, tmp_path, 1)
    job = stopped.start()
    stopped.wait_for_progress("")
    job.send_signal(number)
    assert job.wait(timeout=60) == EXIT_INTERRUPTED
    assert "as asked" in (tmp_path / "log.txt").read_text()
    stopped.finish()
    assert stopped.weights == whole("elmo", 1).weights


def test_a_second_job_in_the_same_folder_stops_and_names_the_owner(
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
