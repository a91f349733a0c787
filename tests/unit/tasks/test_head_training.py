"""The job that trains a head: resumable, and found again by what it is made from."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from protlang.datasets.splits import write_split
from protlang.proteins import Protein
from protlang.tasks.head_files import HEADS, load_head
from protlang.tasks.head_training import HeadJob
from protlang.training.job import carry_out
from protlang.training.run import run_name
from support.checkout import REPOSITORY
from support.jobs import contents
from support.proteins import random_classified, random_proteins

STARTING_UP = 60  # seconds at most, on a busy machine
FEATURES = {"per_residue": "profile", "per_protein": "composition"}
PROGRAM = """
import sys
sys.path.insert(0, "workflow/scripts")
from protlang.tasks.head_training import HeadJob
from protlang.training.job import started
sys.exit(started(HeadJob))
"""


def proteins_of(head: str, number: int, seed: int) -> list[Protein]:
    make = random_proteins if head == "per_residue" else random_classified
    return make(number, seed)


def job(
    folder: Path,
    head: str = "per_protein",
    epochs: int = 3,
    seeds: Sequence[int] = (1,),
) -> HeadJob:
    """A job whose files are in `folder/data`; they are written if they are missing."""
    files = {
        name: folder / "data" / f"{name}.parquet" for name in ("train", "validation")
    }
    for seed, path in enumerate(files.values()):
        if not path.exists():
            write_split(
                path, proteins_of(head, 10 - 4 * seed, seed), {"source": "none"}
            )
    return HeadJob(
        runs=folder / "runs",
        log=folder / "log.txt",
        head=head,
        features=[FEATURES[head]],
        settings={"batch_proteins": 2, "max_epochs": epochs, "patience": epochs},
        files=files,
        folders={str(seed): folder / f"seed{seed}" for seed in seeds},
    )


def embed(path: Path, proteins: list[Protein], value: float = 0.0) -> Path:
    """Vectors of whole proteins."""
    with h5py.File(path, "w") as file:
        for protein in proteins:
            stored = file.create_dataset(protein.id, data=np.full(3, value, np.float32))
            stored.attrs["original_id"] = protein.id
    return path


def trained(folder: Path) -> dict[str, bytes]:
    """What a job writes but for the speed."""
    found = contents(folder)
    del found["metrics.jsonl"]
    return found


def name_of_run(job: HeadJob) -> str:
    (run,) = job.trainings()
    return run_name(run.facts(processes=1))


@pytest.mark.parametrize("head", HEADS)
def test_a_trained_head_and_its_history_are_written(tmp_path: Path, head: str) -> None:
    assert carry_out(job(tmp_path, head)) == 0
    names = ["history.csv", "metrics.jsonl", "model.safetensors"]
    assert list(contents(tmp_path / "seed1")) == names
    trained = load_head(tmp_path / "seed1" / "model.safetensors", HEADS[head])
    assert trained.features == (FEATURES[head],)
    assert trained.provenance["source"] == "none"
    lines = (tmp_path / "seed1" / "history.csv").read_text().splitlines()
    assert lines[0] == "number,training_loss,validation_loss"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3"]
    assert all(float(repr(float(x))) == float(x) for x in lines[1].split(","))


@pytest.mark.parametrize("head", HEADS)
def test_killed_and_started_again_it_ends_in_the_same_bits(
    tmp_path: Path, head: str
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert carry_out(job(whole, head, epochs=120)) == 0
    again = job(killed, head, epochs=120)
    file = tmp_path / "job.json"
    description = {"kind": "HeadJob", **asdict(again)}
    file.write_text(json.dumps(description, default=str))
    command = [sys.executable, "-c", PROGRAM, "--job", str(file)]
    process = subprocess.Popen(command, cwd=REPOSITORY)
    until = time.monotonic() + STARTING_UP
    while not list(killed.glob("runs/*/checkpoints/step-*")):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not again.folders["1"].exists()
    assert carry_out(again) == 0
    assert "resuming after update" in again.log.read_text()
    for name in ("model.safetensors", "history.csv"):
        ours, theirs = (folder / "seed1" / name for folder in (killed, whole))
        assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize("head", HEADS)
def test_seeds_of_one_job_have_the_bits_of_jobs_of_their_own(
    tmp_path: Path, head: str
) -> None:
    together = job(tmp_path, head, seeds=[2, 1])
    assert carry_out(together) == 0
    for seed in ("1", "2"):
        alone = job(tmp_path / seed, head, seeds=[int(seed)])
        assert carry_out(alone) == 0
        assert trained(alone.folders[seed]) == trained(together.folders[seed])
    assert trained(together.folders["1"]) != trained(together.folders["2"])


def test_a_trained_head_is_found_again_wherever_its_files_are(tmp_path: Path) -> None:
    first = job(tmp_path)
    assert carry_out(first) == 0
    runs = contents(first.runs)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "data").rename(elsewhere / "data")
    again = replace(job(elsewhere), runs=first.runs)
    assert carry_out(again) == 0
    assert "nothing to train" in again.log.read_text()
    assert contents(first.runs) == runs
    assert contents(again.folders["1"]) == contents(first.folders["1"])


def test_other_contents_or_settings_make_another_run(tmp_path: Path) -> None:
    first = job(tmp_path)
    embeddings = {
        f"{name}_embeddings": embed(
            tmp_path / f"{name}.h5", proteins_of("per_protein", 10 - 4 * seed, seed)
        )
        for seed, name in enumerate(("train", "validation"))
    }
    embedded = replace(
        first, features=["embedding"], files={**first.files, **embeddings}
    )
    names = [name_of_run(each) for each in (first, job(tmp_path, seeds=[2]), embedded)]
    embed(embeddings["train_embeddings"], proteins_of("per_protein", 10, 0), value=1.0)
    names.append(name_of_run(embedded))
    write_split(first.files["validation"], random_classified(6, seed=9), {})
    names.append(name_of_run(first))
    assert len(set(names)) == len(names)


def test_profiles_belong_to_the_inputs_of_heads_that_read_them(tmp_path: Path) -> None:
    of_profiles = job(tmp_path, "per_residue")
    of_sequences = replace(of_profiles, features=["one_hot"])
    before = [name_of_run(each) for each in (of_profiles, of_sequences)]
    profiles = tmp_path / "data" / "train.profiles.h5"
    with h5py.File(profiles, "a") as file:
        file.attrs["changed"] = True
    after = [name_of_run(each) for each in (of_profiles, of_sequences)]
    assert before[0] != after[0]
    assert before[1] == after[1]
