"""Checkpoints of a training run: whole or absent, and enough for the same bits.

A checkpoint is a folder `step-000001250` with one file per process, `rank-0.pt` and so
on. Each process writes and syncs its own file into a folder with a temporary name,
which is renamed when all are there. So a folder of the final name is always complete.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Any

import torch

from protlang.errors import ProtlangError
from protlang.files import sync
from protlang.training.distributed import Process, wait_for_all

FORMAT_VERSION = 3
"""Of the state that is saved, and of the results of runs; belongs into the name of a
run, whose older checkpoints or results could not be read any more."""

_NAME = re.compile(r"step-(\d{9})")


def save_checkpoint(
    folder: Path, step: int, state: dict[str, Any], process: Process, keep: int
) -> Path:
    """Write a checkpoint of all processes and delete all but the `keep` newest.

    Args:
        folder: of all checkpoints of the run.
        step: updates done.
        state: of this process: tensors, numbers, texts, lists and dictionaries.
        process: this one.
        keep: how many checkpoints stay.

    Returns:
        The checkpoint's folder.
    """
    final = folder / f"step-{step:09d}"
    temporary = folder / f".{final.name}"
    if process.is_main:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
    wait_for_all(process)
    _write(temporary / _file_name(process), state)
    wait_for_all(process)
    if process.is_main:
        if not final.exists():
            os.replace(temporary, final)
            sync(folder)
        _delete_old(folder, keep)
    wait_for_all(process)
    return final


def newest_checkpoint(folder: Path) -> Path | None:
    """The checkpoint with the most updates, or None."""
    return max(_checkpoints(folder), default=None)


def load_checkpoint(checkpoint: Path, process: Process) -> dict[str, Any]:
    """This process's part of a checkpoint; nothing in it is executed.

    Raises:
        ProtlangError: if it was written by another number of processes or is damaged.
    """
    written = len(list(checkpoint.glob("rank-*.pt")))
    if written != process.size:
        raise ProtlangError(
            f"{checkpoint} was written by {written} processes but {process.size} are "
            f"running; run with {written}, or delete the folder above it to start over"
        )
    path = checkpoint / _file_name(process)
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise ProtlangError(
            f"{path} is damaged ({error}); delete {checkpoint} to resume from the one "
            "before it"
        ) from error
    return state


def step_of(checkpoint: Path) -> int:
    """Updates done when a checkpoint was written."""
    match = _NAME.fullmatch(checkpoint.name)
    if match is None:
        raise ValueError(f"{checkpoint} is no checkpoint")
    return int(match[1])


def _checkpoints(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def _file_name(process: Process) -> str:
    return f"rank-{process.rank}.pt"


def _write(path: Path, state: dict[str, Any]) -> None:
    with open(path, "wb") as stream:
        torch.save(state, stream)
        stream.flush()
        os.fsync(stream.fileno())


def _delete_old(folder: Path, keep: int) -> None:
    for checkpoint in _checkpoints(folder)[:-keep]:
        shutil.rmtree(checkpoint)
