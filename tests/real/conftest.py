"""Checks on real data run where the folder of PROTLANG_REAL_DATA is, and only there."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
def real_checkout(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which all real-data tests run, so that they share."""
    os.environ["PROTLANG_REAL_DATA"] = str(real_data)
    return copy_checkout(tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="session")
def make_target(real_checkout: Path) -> Callable[..., Path]:
    """Run the documented command for some targets; returns the folder of results.

    An overlay is a configuration of this folder on top of the first one.
    """

    def make(targets: str, overlay: str = "") -> Path:
        command = (
            f"snakemake {targets} --profile profiles/local "
            "--configfile tests/real/config.yaml"
        )
        if overlay:
            command += f" tests/real/{overlay}.yaml"
        subprocess.run(
            [sys.executable, "-m", *command.split()], cwd=real_checkout, check=True
        )
        return real_checkout / "results" / "real"

    return make
