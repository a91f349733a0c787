"""A run cut short and started again gives the same bytes as an undisturbed one."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import yaml

from support.checkout import DEMO, Run, copy_checkout

pytestmark = pytest.mark.workflow

CONFIG_FILE = "small.yaml"
COMMAND = (
    "seqvec_table1",
    *DEMO,
    *("--configfile", CONFIG_FILE),
)
TABLE = Path("results/small/tables/seqvec_table1.csv")
PATIENCE = 300
"""Seconds after which an event that does not come is a failure."""

Event = Callable[[Path], bool]


def small_checkout(folder: Path) -> Path:
    """A copy of the checkout with the demo shrunk to one test set and one network."""
    copy = copy_checkout(folder)
    config = yaml.safe_load((copy / "config" / "demo.yaml").read_text())
    config["run"] = "small"
    config["downloads"] = "results/small/downloads"
    config["mirror"] = "results/small/mirror"
    config["simulation"] |= {
        "proteins": {"train": 60, "cb513": 12, "ts115": 8, "casp12": 6},
        "length": [30, 60],
        "homologues": [3, 10],
    }
    config["datasets"]["netsurfp2"]["validation"]["proteins"] = 8
    settings = config["per_residue"]
    settings["test_sets"] = {"CASP12": "casp12"}
    settings["predictors"] = {"DeepProf": {"features": ["profile"]}}
    # Tiny, but long enough (a second or more) to be caught in the act.
    settings["training"] |= {"max_epochs": 60, "patience": 60, "seeds": [1]}
    (copy / CONFIG_FILE).write_text(yaml.safe_dump(config, sort_keys=False))
    return copy


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all runs start from, whatever happens to the checkout meanwhile."""
    return small_checkout(tmp_path_factory.mktemp("untouched"))


@pytest.fixture(scope="module")
def finished(
    untouched: Path, tmp_path_factory: pytest.TempPathFactory, run_snakemake: Run
) -> Path:
    """A run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("finished") / "checkout"
    shutil.copytree(untouched, folder, symlinks=True)
    process = run_snakemake(folder, *COMMAND)
    assert process.returncode == 0, process.stdout
    return folder


@pytest.fixture
def folder(untouched: Path, tmp_path: Path) -> Path:
    """A place for a run that is going to be disturbed."""
    return shutil.copytree(untouched, tmp_path / "checkout", symlinks=True)


@pytest.fixture
def untrained(finished: Path, tmp_path: Path) -> Path:
    """A run about to train its network: the finished one without what follows."""
    folder = tmp_path / "checkout"
    shutil.copytree(finished, folder, symlinks=True)
    for name in ("heads", "per_residue", "tables"):
        shutil.rmtree(folder / "results" / "small" / name)
    shutil.rmtree(folder / "logs" / "small" / "train_per_residue")
    return folder


def files_are_being_downloaded(folder: Path) -> bool:
    return (folder / "logs/small/download").exists()


def data_sets_are_being_built(folder: Path) -> bool:
    return (folder / "logs/small/build_training_set/netsurfp2.log").exists()


def networks_are_being_trained(folder: Path) -> bool:
    logs = (folder / "logs/small/train_per_residue").rglob("*.log")
    return any("validation_loss" in log.read_text() for log in logs)


def heed_ctrl_c() -> None:
    """What runs in the background ignores it, and so would what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(
    folder: Path, command: list[str], environment: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Snakemake in a process group of its own, as a shell would start it."""
    with (
        (folder / "screen.txt").open("wb") as screen,
        subprocess.Popen(
            [*command, *COMMAND],
            cwd=folder,
            env=environment,
            stdout=screen,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=heed_ctrl_c,
        ) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def wait_until(event: Event, folder: Path, process: "subprocess.Popen[bytes]") -> None:
    """Wait for an event of a run that is still going on when it comes."""
    give_up = time.monotonic() + PATIENCE
    while not event(folder):
        assert process.poll() is None, (folder / "screen.txt").read_text()
        assert time.monotonic() < give_up
        time.sleep(0.01)


def jobs_of(process: "subprocess.Popen[bytes]", script: str) -> list[psutil.Process]:
    """The running jobs of one script."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if script in " ".join(child.cmdline())]


def assert_finishes_with_the_same_bytes(
    folder: Path, finished: Path, run_snakemake: Run
) -> str:
    """Run the same command again; returns what it printed."""
    process = run_snakemake(folder, *COMMAND)
    assert process.returncode == 0, process.stdout
    assert (folder / TABLE).read_bytes() == (finished / TABLE).read_bytes()
    return process.stdout


def hidden_files(folder: Path) -> list[Path]:
    """Temporary files among the results; locks of training runs stay."""
    hidden = (folder / "results").rglob(".*")
    return [path for path in hidden if path.name != ".lock"]


@pytest.mark.parametrize(
    ("place", "event"),
    [
        ("folder", files_are_being_downloaded),
        ("untrained", networks_are_being_trained),
    ],
)
def test_a_run_stopped_with_ctrl_c_goes_on(
    finished: Path,
    run_snakemake: Run,
    snakemake_command: list[str],
    snakemake_environment: dict[str, str],
    request: pytest.FixtureRequest,
    place: str,
    event: Event,
) -> None:
    folder: Path = request.getfixturevalue(place)
    with started(folder, snakemake_command, snakemake_environment) as process:
        wait_until(event, folder, process)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE) != 0
    assert not (folder / TABLE).exists()
    assert hidden_files(folder) == []
    again = assert_finishes_with_the_same_bytes(folder, finished, run_snakemake)
    assert "rule simulate:" not in again


def test_a_killed_job_is_run_again(
    untrained: Path,
    finished: Path,
    run_snakemake: Run,
    snakemake_command: list[str],
    snakemake_environment: dict[str, str],
) -> None:
    with started(untrained, snakemake_command, snakemake_environment) as process:
        wait_until(networks_are_being_trained, untrained, process)
        jobs_of(process, "train_head.py")[0].kill()
        assert process.wait(PATIENCE) == 1
    assert "Error in rule train_per_residue" in (untrained / "screen.txt").read_text()
    assert not (untrained / TABLE).exists()
    again = assert_finishes_with_the_same_bytes(untrained, finished, run_snakemake)
    assert "rule train_per_residue:" in again
    assert "rule build_training_set:" not in again


def test_after_a_power_cut_one_instruction_leads_on(
    folder: Path,
    finished: Path,
    run_snakemake: Run,
    snakemake_command: list[str],
    snakemake_environment: dict[str, str],
) -> None:
    """Snakemake and its jobs killed outright; nobody unlocks but the user."""
    with started(folder, snakemake_command, snakemake_environment) as process:
        wait_until(data_sets_are_being_built, folder, process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
    refused = run_snakemake(folder, *COMMAND)
    assert refused.returncode != 0
    assert refused.stdout.count("It can be removed with the --unlock argument.") == 1
    assert "Traceback" not in refused.stdout
    assert not (folder / TABLE).exists()
    readme = (folder / "README.md").read_text()
    unlock = re.findall(r"(?m)^ +snakemake (.*--unlock.*)$", readme)[0].split()
    unlocked = run_snakemake(folder, *unlock)
    assert unlocked.returncode == 0, unlocked.stdout
    again = assert_finishes_with_the_same_bytes(folder, finished, run_snakemake)
    assert "rule simulate:" not in again


def test_a_finished_run_has_nothing_to_do(finished: Path, run_snakemake: Run) -> None:
    before = (finished / TABLE).stat().st_mtime_ns
    process = run_snakemake(finished, *COMMAND)
    assert process.returncode == 0
    assert "Nothing to be done" in process.stdout
    assert (finished / TABLE).stat().st_mtime_ns == before
