"""How long embedding takes (SeqVec, Results, "CPU/GPU time used").

Batches of similar lengths are embedded against the clock: those of a data set's
shortest and longest proteins, and one drawn from each of several equal parts in
between, which it stands for. So the mean over a set weighs a batch by how many are like
it.
"""

import os
import platform
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from protlang.alphabet import decode
from protlang.corpora.fasta_tokens import RecordPolicy, read_batches
from protlang.embedding.embed import next_batch
from protlang.embedding.user_sequences import by_length
from protlang.encoders.encoder import SUM, Encoder

COLUMNS = (
    "repeat",
    "batch",
    "of",
    "stands_for",
    "proteins",
    "residues",
    "mean_length",
    "seconds",
    "seconds_per_protein",
    "residues_per_second",
)

_SEED = 0
"""Of the batches that are drawn."""


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
        batches: how many to time, at least three; all if there are not more.
        repeats: how often, each time from the shortest proteins to the longest.
        clock: seconds, for tests.

    Returns:
        One row per repeat and timed batch, `COLUMNS`: its place among all `of` batches
        of the set in the order of lengths, how many of them it stands for, its
        proteins, their residues and mean length, and the seconds.
    """
    plan = _plan(sequences, batch_residues)
    sample = sampled_batches(len(plan), batches)
    encoder.embed(plan[0][:1], SUM)  # what is set up at first use does not count
    rows = []
    for repeat in range(1, repeats + 1):
        for place, stands_for in sample.items():
            seconds = _timed(encoder, plan[place], clock)
            proteins, residues = len(plan[place]), sum(map(len, plan[place]))
            rows.append(
                (
                    *(repeat, place, len(plan), stands_for),
                    *(proteins, residues, residues / proteins),
                    *(seconds, seconds / proteins, residues / seconds),
                )
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def sampled_batches(total: int, wanted: int) -> dict[int, int]:
    """Which batches of a set are timed, and how many each stands for.

    Args:
        total: batches of the set, in the order of lengths.
        wanted: how many to time, at least three.

    Returns:
        By place: 1 for the first and the last; those between are drawn at random, one
        of each of `wanted` - 2 parts of equal size, which they stand for.
    """
    if wanted >= total:
        return dict.fromkeys(range(total), 1)
    random = np.random.default_rng(_SEED)
    edges = np.linspace(1, total - 1, wanted - 1).round().astype(int)
    drawn = {
        int(random.integers(start, end)): int(end - start)
        for start, end in pairwise(edges)
    }
    return {0: 1, **drawn, total - 1: 1}


def read_sequences(path: Path) -> list[str]:
    """Sequences of a FASTA file, as corpora accept and repair them.

    Raises:
        ProtlangError: if the file is missing, empty, cut short, damaged or no FASTA.
    """
    return [
        decode(tokens)
        for batch, _ in read_batches(path, RecordPolicy())
        for tokens in batch.sequences
    ]


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
