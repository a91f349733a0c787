"""Embedding that is killed at any moment and started again ends in the same bytes."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from protlang.alphabet import RESIDUES
from protlang.embedding.user_sequences import read_records, write_records
from protlang.encoders.elmo import Encoder, save_encoder
from protlang.models.elmo import Elmo
from protlang.training.signals import EXIT_INTERRUPTED
from support.checkout import REPOSITORY
from support.tiny_elmo import TINY_ELMO

SCRIPTS = REPOSITORY / "workflow" / "scripts"
PROTEINS = 200
STARTING_UP = 60  # seconds at most, on a busy machine

# The rule's script, without Snakemake; every batch becomes a part, so that many of the
# kills hit the writing of one.
JOB = """
import runpy, sys
from types import SimpleNamespace as Some
from protlang.formats import embeddings
embeddings.PART_SECONDS = 0
folder, encoder, fasta, script = sys.argv[1:]
snakemake = Some(
    log=[f"{folder}/log.txt"],
    threads=1,
    input=Some(proteins=fasta, encoder=[f"{encoder}/config.json"]),
    output=Some(embeddings=f"{folder}/e.h5", failed=f"{folder}/failed.csv"),
    wildcards=Some(shard="1", shards="1"),
    config={"batch_residues": 60},
    params=Some(
        name="tiny",
        embedder={"device": "cpu"},
        kept={},
        unfinished=f"{folder}/unfinished",
        copies=1,
    ),
)
runpy.run_path(script, {"snakemake": snakemake})
"""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder and random proteins."""
    folder = tmp_path_factory.mktemp("inputs")
    torch.manual_seed(1)
    save_encoder(Encoder(Elmo(TINY_ELMO, with_softmax=False)), folder / "tiny")
    draw = random.Random(1)  # noqa: S311
    (folder / "my.fasta").write_text(
        "".join(
            f">p{number}\n{''.join(draw.choices(RESIDUES, k=draw.randint(1, 40)))}\n"
            for number in range(PROTEINS)
        )
    )
    records = read_records(folder / "my.fasta")
    write_records(folder / "proteins.parquet", records)
    return folder


class Job:
    """One shard, started as often as it takes."""

    def __init__(self, inputs: Path, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        files = inputs / "tiny", inputs / "proteins.parquet", SCRIPTS / "embed_shard.py"
        self.command = [sys.executable, "-c", JOB, str(folder), *map(str, files)]

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and leave it running."""
        return subprocess.Popen(
            self.command,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(SCRIPTS)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def finish(self) -> bytes:
        """Run to the end; returns the file of embeddings."""
        assert self.start().wait(timeout=300) == 0, self.log
        return (self.folder / "e.h5").read_bytes()

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text()

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return len(list(self.folder.glob("unfinished/*/parts/part-*.h5")))

    def wait_for_parts(self, since: int) -> None:
        """Wait until there are more parts than `since`."""
        end = time.monotonic() + STARTING_UP
        while self.parts <= since:
            assert time.monotonic() < end, "no part in time"
            time.sleep(0.005)


@pytest.fixture(scope="module")
def expected(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a run gives that nobody disturbs."""
    return Job(inputs, tmp_path_factory.mktemp("whole")).finish()


def test_killed_at_any_moment_and_resumed_to_the_same_bytes(
    inputs: Path, tmp_path: Path, expected: bytes
) -> None:
    job = Job(inputs, tmp_path)
    moment = random.Random(2)  # noqa: S311
    parts = [0]
    for _ in range(3):
        process = job.start()
        job.wait_for_parts(parts[-1])
        time.sleep(moment.uniform(0, 0.1))
        process.kill()
        process.wait()
        parts.append(job.parts)
    assert parts == sorted(set(parts)), "a part was lost"
    assert not (tmp_path / "e.h5").exists(), "killed too late"
    assert job.finish() == expected
    assert ", 0 of them done before" not in job.log
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "e.h5",
        "failed.csv",
        "log.txt",
    ]


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1], ids=lambda n: n.name
)
def test_requested_to_stop_it_saves_what_is_done_and_can_be_resumed(
    inputs: Path, tmp_path: Path, expected: bytes, number: signal.Signals
) -> None:
    job = Job(inputs, tmp_path)
    process = job.start()
    job.wait_for_parts(0)
    process.send_signal(number)
    assert process.wait(timeout=60) == EXIT_INTERRUPTED
    assert "run the same command again to go on" in job.log
    assert "Traceback" not in job.log
    assert not (tmp_path / "e.h5").exists()
    assert job.finish() == expected


def test_a_second_job_for_the_same_shard_stops_and_names_the_owner(
    inputs: Path, tmp_path: Path
) -> None:
    first = Job(inputs, tmp_path)
    process = first.start()
    try:
        first.wait_for_parts(0)
        process.send_signal(signal.SIGSTOP)  # not to be done before the second is up
        assert first.start().wait(timeout=60) == 1
        (refusal,) = [line for line in first.log.splitlines() if "ERROR" in line]
        assert "another job is embedding in" in refusal
        assert f'"pid": "{process.pid}"' in refusal
    finally:
        process.kill()
        process.wait()
