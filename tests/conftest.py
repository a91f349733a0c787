"""Shared by all tests: their order, and Snakemake's runs in a copy of the checkout."""

import os
import sys
from pathlib import Path

import pytest

from support.checkout import Process, Run, copy_checkout
from support.snakemake_runs import run_forked


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process waits for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout for runs that make nothing (dry runs, lint).

    A copy, because paths in the configuration start from the working directory, so
    `--directory` elsewhere does not find them.
    """
    return copy_checkout(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="session")
def snakemake_command() -> list[str]:
    """Snakemake of the environment that runs the tests, activated or not."""
    return [str(Path(sys.executable).with_name("snakemake"))]


@pytest.fixture(scope="session")
def snakemake_environment() -> dict[str, str]:
    """The environment without what would choose a profile or real data."""
    foreign = ("SNAKEMAKE_PROFILE", "PROTLANG_REAL_DATA")
    return {key: value for key, value in os.environ.items() if key not in foreign}


@pytest.fixture(scope="session")
def run_snakemake(snakemake_environment: dict[str, str]) -> Run:
    """Run Snakemake in a folder; stdout and stderr come back together, as on screen."""

    def run(folder: Path, *arguments: str) -> Process:
        return run_forked(folder, arguments, snakemake_environment)

    return run
