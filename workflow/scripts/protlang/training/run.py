"""One resumable training: recipe, hash, lock, train or resume, finish.

The folder of a run is named by a hash of everything that determines its bits: recipe,
contents of its inputs, number of processes, format of checkpoints. So changed settings
never continue an old run, and equal ones always do. It holds

- `recipe.json`: what the hash was computed from;
- `checkpoints/` and `metrics.jsonl` while the training lasts;
- `finished/` afterwards: what `Run.save` wrote, and the metrics; whole or absent.

A finished run is found again by its hash, whatever made Snakemake request it, and is
never trained a second time.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch

from protlang.files import atomic_folder, copy_file, file_hash, write_text
from protlang.training.checkpoint import FORMAT_VERSION
from protlang.training.determinism import make_deterministic
from protlang.training.distributed import Process, from_main, wait_for_all
from protlang.training.lock import owned
from protlang.training.loop import CHECKPOINTS, METRICS, UNHASHED
from protlang.training.memory import keep_freed_memory
from protlang.training.signals import StopRequest

logger = logging.getLogger(__name__)

RECIPE, FINISHED = "recipe.json", "finished"
"""Names in the folder of a run: what its hash covers, and its results."""

T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)


class Recipe(Protocol):
    """A frozen dataclass of all that determines a run besides its inputs.

    Fields whose metadata are `protlang.training.loop.UNHASHED`, such as the interval of
    checkpoints, do not change the bits and stay out of the name.
    """

    @property
    def seed(self) -> int:
        """Of weights, dropout and order."""

    @property
    def threads(self) -> int:
        """Of PyTorch on the CPU."""


class Trainable(Protocol[R_co]):
    """A training in one process, ready to start; `protlang.training.loop.Training`."""

    def run(self, folder: Path, process: Process, stop: StopRequest, /) -> R_co | None:
        """Train, resuming from what the folder holds; None if a stop was requested."""


@dataclass(frozen=True)
class Run(Generic[T]):
    """Everything about one training.

    Attributes:
        recipe: settings that determine the bits.
        inputs: what else determines the bits, by role: files, or folders of files, of
            which the contents count, or facts as JSON values.
        build: makes network, task and optimizer for a process, weights and all; weights
            start equal in every process.
        save: writes the result into a folder; called in the first process only.
        single_process: whether it never has more processes than one. Then dropout goes
            on with the random numbers that follow the initial weights; otherwise each
            process is seeded by itself after `build`.
    """

    recipe: Recipe
    inputs: Mapping[str, Path | Mapping[str, Any]]
    build: Callable[[Process], Trainable[T]]
    save: Callable[[T, Path], None]
    single_process: bool = False

    def facts(self, processes: int) -> dict[str, Any]:
        """All that determines the bits, as JSON values."""
        return {
            "recipe": hashed_fields(self.recipe),
            "inputs": {name: content_hash(data) for name, data in self.inputs.items()},
            "processes": processes,
            "checkpoints": FORMAT_VERSION,
        }


def train(run: Run[T], runs: Path, process: Process, stop: StopRequest) -> Path | None:
    """Train a run to its end, resuming it if it was interrupted; once.

    All processes call it.

    Args:
        run: what to train.
        runs: folder of all runs.
        process: this one.
        stop: requests to save and stop.

    Returns:
        The folder with the results, or None if a stop was requested before they were
        complete.

    Raises:
        ProtlangError: if another job trains this run, or the training fails.
    """
    facts = from_main(run.facts(process.size) if process.is_main else None, process)
    folder = runs / run_name(facts)
    finished = folder / FINISHED
    # Also for what follows a run that is found finished: predictions and scores.
    make_deterministic(run.recipe.seed, run.recipe.threads)
    keep_freed_memory()
    with owned(folder) if process.is_main else nullcontext():
        if from_main(finished.is_dir(), process):
            logger.info("%s is finished; nothing to train", folder)
        else:
            if process.is_main:
                write_text(folder / RECIPE, json.dumps(facts, indent=1) + "\n")
            result = _train(run, folder, process, stop)
            if result is None:
                return None
            if process.is_main:
                _finish(run, result, folder)
        if process.is_main:
            shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
        wait_for_all(process)
    return finished


def publish(finished: Path, folder: Path) -> None:
    """Copy the results of a run to where they were requested, each file atomically."""
    for path in sorted(finished.iterdir()):
        copy_file(path, folder / path.name)


def run_name(facts: Mapping[str, Any]) -> str:
    """Name of a run's folder, given `Run.facts`: 16 hexadecimal digits."""
    text = json.dumps(facts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def hashed_fields(value: Any) -> Any:
    """A recipe as JSON values, without the fields that do not change the bits."""
    if is_dataclass(value):
        return {
            field.name: hashed_fields(getattr(value, field.name))
            for field in fields(value)
            if field.metadata != UNHASHED
        }
    if isinstance(value, Mapping):
        return {key: hashed_fields(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [hashed_fields(one) for one in value]
    return value


def content_hash(path: Path | Mapping[str, Any]) -> Any:
    """Hash of a file, names and hashes of all files of a folder, or facts as such."""
    if isinstance(path, Mapping):
        return dict(path)
    if path.is_dir():
        return [f"{part.name} {file_hash(part)}" for part in sorted(path.iterdir())]
    return file_hash(path)


def _train(run: Run[T], folder: Path, process: Process, stop: StopRequest) -> T | None:
    training = run.build(process)
    if not run.single_process:
        torch.manual_seed(run.recipe.seed + 1 + process.rank)
    return training.run(folder, process, stop)


def _finish(run: Run[T], result: T, folder: Path) -> None:
    with atomic_folder(folder / FINISHED) as temporary:
        run.save(result, temporary)
        if (folder / METRICS).exists():
            copy_file(folder / METRICS, temporary / METRICS)
