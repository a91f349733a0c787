"""Embedding that is killed at any moment and started again ends in the same bytes."""

import random
import signal
import sys
from pathlib import Path

import pytest
import torch

from protlang.alphabet import RESIDUES
from protlang.embedding.user_sequences import read_records, write_records
from protlang.encoders.elmo import ElmoEncoder
from protlang.models.elmo import Elmo
from support.checkout import REPOSITORY
from support.elmo_models import TINY_ELMO
from support.jobs import Job

SCRIPTS = REPOSITORY / "workflow" / "scripts"
PROTEINS = 200

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
        settings={},
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
    ElmoEncoder(Elmo(TINY_ELMO, with_softmax=False)).save(folder / "tiny")
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


class Shard(Job):
    """Embedding of one shard."""

    def __init__(self, inputs: Path, folder: Path) -> None:
        files = inputs / "tiny", inputs / "proteins.parquet", SCRIPTS / "embed_shard.py"
        command = [sys.executable, "-c", JOB, str(folder), *map(str, files)]
        super().__init__(folder, command, PYTHONPATH=str(SCRIPTS))

    def progress(self) -> str:
        """The newest part."""
        parts = self.folder.glob("unfinished/*/parts/part-*.h5")
        return max((part.name for part in parts), default="")

    def embeddings(self) -> bytes:
        """The file that a run to the end makes."""
        self.finish()
        return (self.folder / "e.h5").read_bytes()


@pytest.fixture(scope="module")
def expected(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of an undisturbed run."""
    return Shard(inputs, tmp_path_factory.mktemp("whole")).embeddings()


def test_killed_at_any_moment_and_resumed_to_the_same_bytes(
    inputs: Path, tmp_path: Path, expected: bytes
) -> None:
    shard = Shard(inputs, tmp_path)
    moment = random.Random(2)  # noqa: S311
    shard.killed_repeatedly([moment.uniform(0, 0.1) for _ in range(3)])
    assert not (tmp_path / "e.h5").exists(), "killed too late"
    assert shard.embeddings() == expected
    assert ", 0 of them done before" not in shard.log
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["e.h5", "failed.csv", "log.txt"]


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1], ids=lambda n: n.name
)
def test_requested_to_stop_it_saves_what_is_done_and_can_be_resumed(
    inputs: Path, tmp_path: Path, expected: bytes, number: signal.Signals
) -> None:
    shard = Shard(inputs, tmp_path)
    shard.stop(number)
    assert "run the same command again to continue" in shard.log
    assert not (tmp_path / "e.h5").exists()
    assert shard.embeddings() == expected


def test_a_second_job_for_the_same_shard_stops_and_names_the_owner(
    inputs: Path, tmp_path: Path
) -> None:
    Shard(inputs, tmp_path).assert_second_is_refused("another job is embedding in")
