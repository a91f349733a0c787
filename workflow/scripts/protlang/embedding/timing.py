"""How long embedding takes (SeqVec, Results, "CPU/GPU time used").

Batches of similar lengths, evenly spread over a data set from its shortest proteins to
its longest, are embedded against the clock.
"""

import os
import platform
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from protlang.embedding.embed import next_batch
from protlang.embedding.user_sequences import by_length
from protlang.encoders.encoder import SUM, Encoder

COLUMNS = (
    "batch",
    "of",
    "proteins",
    "residues",
    "mean_length",
    "seconds",
    "seconds_per_protein",
    "residues_per_second",
)


def time_batches(
    encoder: Encoder,
    sequences: Iterable[str],
    batch_residues: int,
    batches: int,
    repeats: int,
    clock: Callable[[], float] = time.perf_counter,
) -> pd.DataFrame:
    """Time some batches of a data set.

    Args:
        encoder: prepared to embed.
        sequences: of the whole set.
        batch_residues: of a batch at most.
        batches: how many to time, the one with the shortest proteins and the one with
            the longest among them.
        repeats: of each batch; the fastest counts, others were disturbed.
        clock: seconds, for tests.

    Returns:
        One row per timed batch, `COLUMNS`: its place among all `of` batches of the set
        in the order of lengths, its proteins, their residues and mean length, and the
        seconds.
    """
    plan = _plan(sequences, batch_residues)
    places = np.unique(np.linspace(0, len(plan) - 1, batches).round().astype(int))
    encoder.embed(plan[0][:1], SUM)  # what is set up at first use does not count
    rows = []
    for place in places:
        batch = plan[place]
        seconds = min(_timed(encoder, batch, clock) for _ in range(repeats))
        proteins, residues = len(batch), sum(map(len, batch))
        rows.append(
            (
                *(int(place), len(plan), proteins, residues, residues / proteins),
                *(seconds, seconds / proteins, residues / seconds),
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def time_once(
    work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter
) -> float:
    """Seconds that some work takes."""
    start = clock()
    work()
    return clock() - start


def hardware(device: str, threads: int) -> str:
    """The processor in words, e.g. `Intel Xeon, 2 threads`.

    Args:
        device: `cpu` or `cuda`.
        threads: of PyTorch on a CPU.
    """
    if device == "cuda":
        return torch.cuda.get_device_name()
    return f"{_cpu_name()}, {threads} thread{'s' if threads > 1 else ''}"


def _plan(sequences: Iterable[str], batch_residues: int) -> list[list[str]]:
    waiting = deque(sorted(sequences, key=by_length))
    plan = []
    while waiting:
        plan.append(next_batch(waiting, batch_residues))
    return plan


def _timed(encoder: Encoder, batch: Sequence[str], clock: Callable[[], float]) -> float:
    return time_once(lambda: encoder.embed(batch, SUM), clock)


def _cpu_name() -> str:
    """The model's name where Linux reports it, else the architecture."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if "model name" in line)
    return next(names, f"{platform.machine()} with {os.cpu_count()} cores")
