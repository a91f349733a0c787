"""Pre-training that is killed at any moment and started again ends in the same bits."""

import json
import random
import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from protlang.corpora.build import HeldOut, build_token_store
from protlang.formats.pfam import PFAM
from protlang.sources.catalogue import Source
from support.checkout import REPOSITORY
from support.jobs import Job

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


def launcher(processes: int) -> list[str]:
    if processes == 1:
        return [sys.executable]
    module = [sys.executable, "-m", "torch.distributed.run"]
    return [*module, "--standalone", f"--nproc-per-node={processes}"]


class Training(Job):
    """One run of pre-training."""

    def __init__(
        self, corpus: Path, folder: Path, processes: int, name: str = "elmo"
    ) -> None:
        job = {
            "kind": "PretrainingJob",
            "architecture": name,
            "settings": RUNS[name],
            "corpus": str(corpus),
            "encoder": str(folder / "encoder"),
            "runs": str(folder / "runs"),
            "log": str(folder / "log.txt"),
        }
        file = folder / "job.json"
        file.write_text(json.dumps(job))
        script = str(SCRIPTS / "pretrain.py")
        super().__init__(folder, [*launcher(processes), script, "--job", str(file)])

    def progress(self) -> str:
        """The newest checkpoint."""
        steps = self.folder.glob("runs/*/checkpoints/step-*")
        return max((path.name for path in steps), default="")

    @property
    def weights(self) -> bytes:
        """The bytes of a finished run's weights."""
        return (self.folder / "encoder" / "model.safetensors").read_bytes()

    def results(self) -> list[dict[str, float]]:
        """The metrics of a finished run without its speed."""
        text = (self.folder / "encoder" / "metrics.jsonl").read_text()
        lines = [json.loads(line) for line in text.splitlines()]
        for line in lines:
            for measured in ("tokens_per_second", "memory_gib"):
                line.pop(measured, None)
        return lines


@pytest.mark.parametrize(
    ("name", "processes", "kills"),
    [
        ("elmo", 1, 3),
        ("elmo", 2, 1),
        ("elmo", 4, 1),
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
    saved = killed.killed_repeatedly([moment.uniform(0, 0.3) for _ in range(kills)])
    assert saved < f"step-{STEPS:09d}", "killed too late"
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
    stopped.stop(number)
    assert "as requested" in stopped.log
    stopped.finish()
    assert stopped.weights == whole("elmo", 1).weights


def test_a_second_job_in_the_same_folder_stops_and_names_the_owner(
    corpus: Path, tmp_path: Path
) -> None:
    Training(corpus, tmp_path, 1).assert_second_is_refused("another job is training")
