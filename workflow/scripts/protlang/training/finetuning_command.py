"""The command that fine-tunes a model and scores it; started by `python` or `torchrun`.

All processes train. When they are done the first one predicts and scores, however long
it takes, while no other waits for it. What was trained is kept in folders named by all
that determines it, so other test data cost no new training.

Exits with status 75 if it was asked to stop (SIGTERM, SIGUSR1): it has saved then, and
the same command goes on from there.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from protlang.logs import logged
from protlang.training.distributed import Process, process_group, wait_for_all
from protlang.training.signals import EXIT_INTERRUPTED, StopRequest, stop_requests


@dataclass(frozen=True)
class Job:
    """What is to be done.

    Attributes:
        settings: what determines the training besides its inputs.
        inputs: paths by what they are; of several of a kind, a list or mapping.
        encoder: its `name`, and the `row` of the tables that it fills as pre-trained.
        row: of the tables that the model fills.
        deviation: of the data from the paper's, as declared; empty if there is none.
        runs: folder of all runs.
        folder: receives what the job makes.
    """

    settings: Mapping[str, Any]
    inputs: Mapping[str, Any]
    encoder: Mapping[str, str]
    row: str
    deviation: str
    runs: Path
    folder: Path


T = TypeVar("T")


def run_command(
    train: Callable[[Job, Process, StopRequest], T | None],
    finish: Callable[[Job, T, Process], None],
) -> int:
    """Run the command; returns its exit status.

    Args:
        train: given the job, this process and the stop request, trains and returns
            what was trained, or None if it was asked to stop.
        finish: given the job, that, and the first process, writes all results.
    """
    job, job_log = _arguments()
    with process_group() as process, stop_requests() as stop:
        log = job_log if process.is_main else Path("/dev/null")
        with logged(log, resumes=True):
            trained = train(job, process, stop)
            wait_for_all(process)
    if trained is None:
        return EXIT_INTERRUPTED
    if process.is_main:
        with logged(job_log, resumes=True):
            finish(job, trained, process)
    return 0


def _arguments() -> tuple[Job, Path]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", type=json.loads, required=True, help="JSON")
    parser.add_argument("--runs", type=Path, required=True, help="folder of all runs")
    parser.add_argument("--folder", type=Path, required=True, help="folder to write")
    parser.add_argument("--job-log", type=Path, required=True)
    arguments = parser.parse_args()
    job = Job(**arguments.job, runs=arguments.runs, folder=arguments.folder)
    return job, arguments.job_log
