"""Damaged sets fail their own job: its log ends in one sentence, nothing is left."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from faults.damaged_sets import DAMAGES, FILES, write_sound_set
from support.checkout import DEMO, Process, Run, copy_checkout

pytestmark = pytest.mark.workflow

NAMES = [
    "array-cut-short",
    "array-missing",
    "array-with-an-id-twice",
    "csv-empty",
    "csv-without-a-column",
    "flip-labels-one-shorter",
    "flip-unknown-letter",
]
SOUND = "sound"
PREDICTORS = {"DeepOneHot": {"features": ["one_hot"]}}
TRAINING = {
    "learning_rate": 0.001,
    "batch_proteins": 16,
    "max_epochs": 1,
    "patience": 1,
    "threads": 1,
    "seeds": [1],
}


def declared_source(name: str, distribution: str) -> dict[str, Any]:
    """An entry in the file of sources whose files are in the folder of that name."""
    files = FILES[distribution].items()
    return {
        "title": "A set for tests",
        "release": "1",
        "distribution": distribution,
        "files": {role: {"path": f"{name}/{file}"} for role, file in files},
        "licence": "CC0-1.0",
        "citation": "nobody",
        "verified": False,
    }


def configuration(sources: Path, names: list[str]) -> dict[str, Any]:
    """Declares one data set per name; the sound one is trained on and tested."""
    return {
        "run": "bad",
        "sources": str(sources),
        "downloads": "downloads",
        "datasets": {name: {"source": name} for name in names},
        "per_residue": {
            "training_sets": [{"dataset": SOUND, "labels": ["q3"]}],
            "test_sets": {"CASP12": SOUND},
            "predictors": PREDICTORS,
            "training": TRAINING,
        },
    }


def target(name: str) -> str:
    """What is built from the set of that name."""
    return f"results/bad/datasets/{name}/{DAMAGES[name].split}.parquet"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with a sound set, damaged ones and their configuration."""
    folder = copy_checkout(tmp_path_factory.mktemp("bad"))
    distributions = {name: DAMAGES[name].distribution for name in NAMES}
    distributions[SOUND] = "flip-secondary-structure"
    for name, distribution in distributions.items():
        write_sound_set(distribution, folder / "raw" / name)
        if name != SOUND:
            DAMAGES[name].spoil(folder / "raw" / name)
    sources = {
        name: declared_source(name, distribution)
        for name, distribution in distributions.items()
    }
    sources_file = folder / "sources.yaml"
    sources_file.write_text(yaml.safe_dump({"root": "raw", "sources": sources}))
    config = configuration(sources_file, list(sources))
    (folder / "bad.yaml").write_text(yaml.safe_dump(config))
    return folder


@pytest.fixture(scope="module")
def run(folder: Path, run_snakemake: Run) -> Process:
    """All sets in one run that goes on after a failure, as profiles/local does."""
    targets = [target(name) for name in NAMES]
    options = ("--profile", "profiles/local", "--configfile", "bad.yaml")
    return run_snakemake(folder, *targets, *options)


def log_of(name: str, folder: Path) -> Path:
    """The log of the job that has to fail."""
    damage = DAMAGES[name]
    if name.endswith("-missing"):
        return folder / "logs" / "bad" / "download" / name / f"{damage.file}.log"
    rule = "build_training_set" if damage.split == "train" else "build_test_set"
    return folder / "logs" / "bad" / rule / f"{name}.log"


@pytest.mark.parametrize("name", NAMES)
def test_the_log_ends_in_one_sentence(run: Process, folder: Path, name: str) -> None:
    damage = DAMAGES[name]
    log = log_of(name, folder).read_text()
    assert "Traceback" not in log
    last = log.splitlines()[-1]
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ERROR ", last)
    for detail in (damage.file, *damage.details):
        assert detail in last
    remedy = "place the file by hand" if name.endswith("-missing") else damage.remedy
    assert remedy in last


@pytest.mark.parametrize("name", NAMES)
def test_the_screen_shows_that_sentence(run: Process, folder: Path, name: str) -> None:
    assert log_of(name, folder).read_text().splitlines()[-1] in run.stdout


def test_the_run_fails_without_a_traceback(run: Process) -> None:
    assert run.returncode == 1
    assert "Traceback" not in run.stdout
    assert "Exiting because a job execution failed" in run.stdout


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_of_a_failed_job(run: Process, folder: Path, name: str) -> None:
    assert list((folder / "results" / "bad").rglob("datasets/*/*")) == []
    downloads = {path.name for path in (folder / "downloads" / name).glob("*")}
    files = set(FILES[DAMAGES[name].distribution].values())
    assert downloads == (set() if name.endswith("-missing") else files)


def test_after_following_the_message_the_same_command_works(
    folder: Path, run_snakemake: Run
) -> None:
    name, place = "flip-unknown-letter", "downloads/flip-unknown-letter/sequences.fasta"
    command = (
        target(name),
        *DEMO,
        *("--configfile", "bad.yaml"),
    )
    failed = run_snakemake(folder, *command)
    assert failed.returncode == 1
    assert place in failed.stdout
    text = (folder / place).read_text()
    (folder / place).write_text(text.replace("RSTJWY", "RSTVWY"))
    repaired = run_snakemake(folder, *command)
    assert repaired.returncode == 0, repaired.stdout
    assert (folder / target(name)).is_file()
