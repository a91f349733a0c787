"""Snakemake's command line in a process that need not import Snakemake first.

Importing takes as long as planning a run does. A server of each test process has done
it; a run is a fork of that, with working directory, environment and output of its own.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

SERVER = multiprocessing.get_context("forkserver")
# What the rules import of protlang comes from the checkout of each run.
SERVER.set_forkserver_preload(["snakemake.cli", "jsonschema", "pyarrow.parquet"])

TIMEOUT = 600
"""Seconds that a run may take."""


def run_forked(
    folder: Path, arguments: Sequence[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run `snakemake` with arguments in a folder.

    Returns:
        The finished run; stdout holds stderr, too.
    """
    with NamedTemporaryFile("r") as screen:
        settings = (folder, list(arguments), dict(environment), screen.name)
        process = SERVER.Process(target=_snakemake, args=settings)
        process.start()
        process.join(TIMEOUT)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(["snakemake", *arguments], TIMEOUT)
        return subprocess.CompletedProcess(
            ["snakemake", *arguments], process.exitcode, screen.read()
        )


def _snakemake(
    folder: Path, arguments: list[str], environment: dict[str, str], screen: str
) -> None:
    """In the new process: become the command."""
    from snakemake.cli import main

    with Path(screen).open("wb") as output:
        for descriptor in (1, 2):
            os.dup2(output.fileno(), descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["snakemake", *arguments]
    main()
