"""Jobs that train: described by a file, started by `python` or by a launcher.

A rule's script builds a `TrainingJob`, writes it beside its results and starts it: in
the same process, or, with several GPUs or nodes, by `torchrun`, whose processes run the
script again with `--job`.

A job exits with status 75 if it was requested to stop (SIGTERM, SIGUSR1): it has saved
then, and the same job resumes from there.
"""

import argparse
import json
import os
import shlex
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from protlang.files import write_text
from protlang.logs import logged
from protlang.training.distributed import Process, process_group, wait_for_all
from protlang.training.run import Run, train
from protlang.training.signals import EXIT_INTERRUPTED, StopRequest, stop_requests


@dataclass(frozen=True)
class TrainingJob(ABC):
    """What one job does: trainings, and what follows from their results.

    Fields are JSON values, paths, dataclasses, tuples and mappings of them, or
    optional ones.

    Attributes:
        runs: folder of all runs.
        log: of the job.
    """

    runs: Path
    log: Path

    @property
    def uses_gpu(self) -> bool:
        """Whether it computes on GPUs where there are some."""
        return True

    @abstractmethod
    def trainings(self) -> Sequence[Run[Any]]:
        """What to train, in order."""

    @abstractmethod
    def conclude(self, finished: Sequence[Path], process: Process) -> None:
        """Write all results; called in the first process, while no other waits.

        Args:
            finished: folders with the results of the trainings.
            process: this one; its size is that of the trainings.
        """


J = TypeVar("J")


def start(job: TrainingJob, file: Path | str, launcher: str, script: str) -> int:
    """Write a job to its file and carry it out; returns its exit status.

    Args:
        job: what to do.
        file: for the job's description.
        launcher: `python` for this process; any other command replaces this process
            and starts the script in several.
        script: that calls `started` when it is given `--job`.
    """
    description = {"kind": type(job).__name__, **asdict(job)}
    write_text(file, json.dumps(description, indent=1, default=str) + "\n")
    if launcher != "python":
        # The command may hold variables of a shell on the node of the job.
        command = (
            f"exec {launcher} {shlex.quote(script)} --job {shlex.quote(str(file))}"
        )
        os.execvp("bash", ["bash", "-c", command])  # noqa: S606, S607
    return carry_out(job)


def start_all(
    jobs: Sequence[TrainingJob], files: Sequence[str], launcher: str, script: str
) -> int:
    """Start jobs one after the other; returns the first exit status that is not 0.

    Args:
        jobs: what to do; several only if the launcher is `python`.
        files: for their descriptions.
        launcher: see `start`.
        script: see `start`.
    """
    assert len(jobs) == 1 or launcher == "python"
    for job, file in zip(jobs, files, strict=True):
        status = start(job, file, launcher, script)
        if status:
            return status
    return 0


def started(*kinds: type[TrainingJob]) -> int:
    """Carry out the job whose file the command line names; returns its exit status.

    Args:
        kinds: classes that the job may be of.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--job", type=Path, required=True, help="file of the job")
    return carry_out(read_job(parser.parse_args().job, *kinds))


def read_job(file: Path, *kinds: type[TrainingJob]) -> TrainingJob:
    """Read what `start` wrote, a job of one of these classes."""
    values = json.loads(file.read_text(encoding="utf-8"))
    by_name = {kind.__name__: kind for kind in kinds}
    return typed(by_name[values.pop("kind")], values)


def typed(kind: type[J], values: Mapping[str, Any]) -> J:
    """A dataclass of JSON values by field, as those of a job."""
    hints = get_type_hints(kind)
    return kind(**{name: _typed(hints[name], value) for name, value in values.items()})


def carry_out(job: TrainingJob) -> int:
    """Train and conclude in this process, one of all; returns its exit status."""
    with process_group(job.uses_gpu) as process, stop_requests() as stop:
        log = job.log if process.is_main else Path("/dev/null")
        with logged(log, resumes=True):
            finished = train_all(job, process, stop)
            wait_for_all(process)
    if finished is None:
        return EXIT_INTERRUPTED
    if process.is_main:
        with logged(job.log, resumes=True):
            job.conclude(finished, process)
    return 0


def train_all(
    job: TrainingJob, process: Process, stop: StopRequest
) -> list[Path] | None:
    """Folders of a job's finished trainings, or None if a stop was requested."""
    finished = []
    for run in job.trainings():
        folder = train(run, job.runs, process, stop)
        if folder is None:
            return None
        finished.append(folder)
    return finished


def _typed(kind: Any, value: Any) -> Any:
    """A JSON value as the type of its field has it."""
    if value is None or kind is Path:
        return value and Path(value)
    if isinstance(kind, type) and is_dataclass(kind):
        return typed(kind, value)
    if get_origin(kind) is tuple:
        return tuple(_typed(get_args(kind)[0], one) for one in value)
    if get_origin(kind) is Mapping:
        return {key: _typed(get_args(kind)[1], one) for key, one in value.items()}
    options = [option for option in get_args(kind) if option is not type(None)]
    return _typed(options[0], value) if len(options) == 1 else value
