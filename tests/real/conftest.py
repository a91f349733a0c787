"""Checks on real data run where the folder of PROTLANG_REAL_DATA is, and only there."""

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from protlang.datasets.curation import LabelledSet, read_labelled_set
from protlang.sources.catalogue import Source, load_sources
from support.checkout import REPOSITORY, copy_checkout


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets."""
    default = REPOSITORY.parent / "shared" / "data"
    folder = Path(os.environ.get("PROTLANG_REAL_DATA", default)).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set PROTLANG_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def sources(real_data: Path) -> dict[str, Source]:
    """Sources whose files are in the folder of real data sets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROTLANG_REAL_DATA", str(real_data))
        return load_sources(REPOSITORY / "tests" / "real" / "sources.yaml")


@pytest.fixture(scope="session")
def read_source(sources: dict[str, Source]) -> Callable[[str], LabelledSet]:
    """Read a source's proteins; counts are compared with its invariants on reading."""

    def read(name: str) -> LabelledSet:
        files = {
            role: file.path for role, file in sources[name].files.items() if file.path
        }
        return read_labelled_set(sources[name], files, None, simulated=False)

    return read


@pytest.fixture(scope="session")
def real_checkout(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which all real-data tests run, so that they share."""
    os.environ["PROTLANG_REAL_DATA"] = str(real_data)
    return copy_checkout(tmp_path_factory.mktemp("real"))


def run_snakemake(
    checkout: Path, targets: str, overlay: str = ""
) -> "subprocess.CompletedProcess[bytes]":
    """Run the documented command for some targets."""
    command = (
        f"snakemake {targets} --profile profiles/local "
        "--configfile tests/real/config.yaml"
    )
    if overlay:
        command += f" tests/real/{overlay}.yaml"
    words = [sys.executable, "-m", *command.split()]
    return subprocess.run(words, cwd=checkout, check=False)


@pytest.fixture(scope="session")
def all_made(real_checkout: Path, request: pytest.FixtureRequest) -> None:
    """One run for what the chosen tests mark with `makes`, so that no core is idle.

    What fails in it fails again in the tests that need it.
    """
    marks = (item.iter_markers("makes") for item in request.session.items)
    targets = sorted({mark.args[0] for mark in chain.from_iterable(marks)})
    if targets:
        run_snakemake(real_checkout, " ".join(targets))


@pytest.fixture(scope="session")
def make_target(real_checkout: Path, all_made: None) -> Callable[..., Path]:
    """Run the documented command for some targets; returns the folder of results.

    An overlay is a configuration of this folder on top of the first one.
    """

    def make(targets: str, overlay: str = "") -> Path:
        run_snakemake(real_checkout, targets, overlay).check_returncode()
        return real_checkout / "results" / "real"

    return make
