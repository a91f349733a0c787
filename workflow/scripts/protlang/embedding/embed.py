"""Embedding proteins with any encoder, to the end, whatever happens on the way.

Each distinct sequence is computed once, in batches of similar lengths. What is done is
stored in parts on disk, so that a killed run continues from there; the file of
embeddings is put together at the end.
"""

import hashlib
import json
import logging
import shutil
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from math import prod
from pathlib import Path

import numpy as np
import torch

from protlang.embedding.user_sequences import by_length, sequence_hash
from protlang.encoders.encoder import Encoder
from protlang.encoders.settings import require_choice
from protlang.errors import ProtlangError
from protlang.files import hdf5_key
from protlang.formats.embeddings import (
    STORAGE,
    Parts,
    as_stored,
    file_facts,
    write_embeddings,
)
from protlang.logs import in_bytes, progress
from protlang.training.lock import owned
from protlang.training.signals import StopRequest

logger = logging.getLogger("protlang")

POOLING = ("residue", "protein")
"""One vector per residue, or their mean."""

BATCH_RESIDUES = 15_000
"""Source: SeqVec, Methods (single batches of at most 15,000 residues)."""

_ENTRY_BYTES = 1024
"""What HDF5 needs for one data set besides its numbers, generously."""


@dataclass(frozen=True)
class EmbeddingSettings:
    """Which vectors are stored, and how.

    Attributes:
        layers: `sum`, `all`, the number of one layer, or the name of a projection.
        pooling: one of `POOLING`.
        storage: type that numbers are stored as, one of `STORAGE`.
        batch_residues: that are computed at once; does not change the vectors.

    Raises:
        ProtlangError: if one of them is impossible.
    """

    layers: str = "sum"
    pooling: str = "residue"
    storage: str = "float32"
    batch_residues: int = BATCH_RESIDUES

    def __post_init__(self) -> None:
        require_choice("pooling", self.pooling, POOLING)
        require_choice("storage", self.storage, STORAGE)
        if self.batch_residues < 1:
            raise ProtlangError(
                f"the option batch_residues is {self.batch_residues}; at least 1"
            )

    def facts(self) -> dict[str, str]:
        """What determines the numbers that are stored."""
        facts = asdict(self)
        del facts["batch_residues"]
        return facts


@dataclass(frozen=True)
class Summary:
    """What came of a run.

    Attributes:
        done: proteins in the file.
        failed: reasons by id of those that are not.
        residues: computed in this run, not before it was interrupted.
        seconds: that computing took.
    """

    done: int
    residues: int
    seconds: float
    failed: Mapping[str, str] = field(default_factory=dict)


def embed_proteins(
    encoder: Encoder,
    proteins: Iterable[tuple[str, str]],
    output: Path,
    settings: EmbeddingSettings,
    parts: Path,
    stop: StopRequest | None = None,
    copies: int = 1,
) -> Summary | None:
    """Embed proteins into one file, or go on doing so.

    Args:
        encoder: prepared (`protlang.encoders.registry.prepared_encoder`).
        proteins: ids, all different, and sequences of letters of `RESIDUES`.
        output: the file of embeddings (`protlang.formats.embeddings`).
        settings: what is stored.
        parts: folder for unfinished runs. What is in it depends on the encoder and the
            settings and not on the proteins; it is removed at the end.
        stop: a request to stop between two batches.
        copies: of the output that will be needed on its disk, itself included.

    Returns:
        Its outcome; none if a stop was requested.

    Raises:
        ProtlangError: if an id repeats, the disk is too small, a number cannot be
            stored, or another process works in the same folder.
    """
    require_choice("layers", settings.layers, tuple(encoder.layers))
    sequences = _by_id(proteins)
    work = parts / run_digest(encoder, settings)
    with owned(work, "embedding"):
        run = _Run(encoder, settings, Parts(work / "parts"), sequences)
        run.require_disk(output, copies)
        if not run.compute(stop):
            return None
        run.write(output)
        summary = run.summary()
        shutil.rmtree(work)
    with suppress(OSError):  # runs with other settings may have parts there
        parts.rmdir()
    return summary


def embed_all(
    encoder: Encoder,
    proteins: Iterable[tuple[str, str]],
    output: Path,
    settings: EmbeddingSettings,
    parts: Path,
    stop: StopRequest | None = None,
) -> bool:
    """Embed proteins none of which may be missing; see `embed_proteins`.

    Returns:
        Whether it was finished, as no stop was requested.

    Raises:
        ProtlangError: also if a protein does not fit into the memory.
    """
    summary = embed_proteins(encoder, proteins, output, settings, parts, stop)
    if summary is not None and summary.failed:
        output.unlink()
        identifier, reason = next(iter(summary.failed.items()))
        raise ProtlangError(f"{identifier}: {reason}")
    return summary is not None


def run_digest(encoder: Encoder, settings: EmbeddingSettings) -> str:
    """Hash of everything that determines what is stored for a sequence."""
    facts = file_facts({**encoder.facts, **settings.facts()})
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def is_out_of_memory(error: Exception) -> bool:
    """Whether an exception means that memory did not suffice, on a GPU or off it."""
    on_host = isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
    return on_host or isinstance(error, MemoryError | torch.OutOfMemoryError)


def next_batch(waiting: "deque[str]", budget: int) -> list[str]:
    """Take sequences of at most `budget` residues together, but at least one."""
    batch = [waiting.popleft()]
    left = budget - len(batch[0])
    while waiting and len(waiting[0]) <= left:
        left -= len(waiting[0])
        batch.append(waiting.popleft())
    return batch


class _Run:
    """One run: what is to be done, and what came of it."""

    def __init__(
        self,
        encoder: Encoder,
        settings: EmbeddingSettings,
        parts: Parts,
        sequences: Mapping[str, str],
    ) -> None:
        self._encoder, self._settings, self._parts = encoder, settings, parts
        self._sequences = sequences
        self._ids: dict[str, list[str]] = defaultdict(list)
        for identifier, sequence in sequences.items():
            self._ids[sequence].append(identifier)
        hashes = {sequence: sequence_hash(sequence) for sequence in self._ids}
        self._hashes: Mapping[str, str] = hashes
        self._reasons: dict[str, str] = {}
        self._budget = settings.batch_residues
        self._residues, self._seconds = 0, 0.0

    def require_disk(self, output: Path, copies: int) -> None:
        """Make sure that the disk holds all that is still to be written."""
        missing = self._missing()
        written = sum(map(self._stored_bytes, self._sequences.values()))
        need = sum(map(self._stored_bytes, missing)) + copies * written
        output.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(output.parent).free
        logger.info(
            "%d proteins with %d different sequences, %d of them done before; "
            "%s of disk needed, %s free",
            *(len(self._sequences), len(self._ids), len(self._ids) - len(missing)),
            *(in_bytes(need), in_bytes(free)),
        )
        if need > free:
            raise ProtlangError(
                f"embeddings of {len(self._sequences):,} proteins need about "
                f"{in_bytes(need)} of disk, but {output.parent} has {in_bytes(free)} "
                "free; make room, choose another disk, or use storage=float16 or "
                "pooling=protein"
            )

    def compute(self, stop: StopRequest | None) -> bool:
        """Compute what is missing; whether it was finished before a stop request."""
        waiting = deque(self._missing())
        total = sum(map(len, self._ids))
        done = total - sum(map(len, waiting))
        begin = time.monotonic()
        with progress("embedding", total, done, " residues") as bar:
            while waiting and not stop:
                bar.update(self._advance(waiting))
        self._parts.write()
        self._seconds = time.monotonic() - begin
        if waiting:
            logger.info("stopped as requested; run the same command again to continue")
        return not waiting

    def write(self, output: Path) -> None:
        """Put the file together."""
        facts = file_facts({**self._encoder.facts, **self._settings.facts()})
        write_embeddings(output, self._entries(), facts)

    def summary(self) -> Summary:
        """What came of it."""
        failed = {
            identifier: reason
            for sequence, reason in self._reasons.items()
            for identifier in self._ids[sequence]
        }
        done = len(self._sequences) - len(failed)
        return Summary(done, self._residues, self._seconds, failed)

    def _missing(self) -> list[str]:
        """Sequences that no part holds, short ones first."""
        left = [text for text, name in self._hashes.items() if name not in self._parts]
        return sorted(left, key=by_length)

    def _advance(self, waiting: "deque[str]") -> int:
        """Compute the next batch, or let it be smaller; returns the residues done."""
        batch = next_batch(waiting, self._budget)
        residues = sum(map(len, batch))
        found = self._embedded(batch)
        if found is not None:
            for sequence, vectors in zip(batch, found, strict=True):
                self._keep(sequence, vectors)
            self._residues += residues
            return residues
        if len(batch) > 1:
            self._budget = max(residues // 2, 1)
            logger.info("memory is short; batches of %d residues now", self._budget)
            waiting.extendleft(reversed(batch))
            return 0
        self._give_up(batch[0])
        return residues

    def _embedded(self, batch: Sequence[str]) -> list[np.ndarray] | None:
        """Vectors of a batch, or none if memory does not suffice."""
        need = self._encoder.memory(sum(map(len, batch)), self._settings.layers)
        if self._encoder.device == "cpu" and need > free_memory():
            return None
        try:
            return self._encoder.embed(batch, self._settings.layers)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        # Out of the block above, the exception no longer holds the batch's tensors.
        if self._encoder.device == "cuda":
            torch.cuda.empty_cache()
        return None

    def _keep(self, sequence: str, vectors: np.ndarray) -> None:
        if self._settings.pooling == "protein":
            vectors = vectors.mean(axis=-2, dtype=np.float64)
        first = self._ids[sequence][0]
        stored = as_stored(vectors, self._settings.storage, first)
        self._parts.add(self._hashes[sequence], stored)

    def _give_up(self, sequence: str) -> None:
        need = self._encoder.memory(len(sequence), self._settings.layers)
        reason = (
            f"its {len(sequence):,} residues do not fit into the memory "
            f"({self._encoder.facts['device']}), of which they need {in_bytes(need)} "
            "or more: use a machine with more, or device=cpu"
        )
        self._reasons[sequence] = reason
        logger.warning("%s: %s", ", ".join(self._ids[sequence]), reason)

    def _entries(self) -> Iterator[tuple[str, np.ndarray]]:
        for identifier in sorted(self._sequences, key=hdf5_key):
            sequence = self._sequences[identifier]
            if sequence not in self._reasons:
                yield identifier, self._parts[self._hashes[sequence]]

    def _stored_bytes(self, sequence: str) -> int:
        numbers = prod(self._encoder.layers[self._settings.layers])
        rows = len(sequence) if self._settings.pooling == "residue" else 1
        number = np.dtype(self._settings.storage).itemsize
        return rows * numbers * number + _ENTRY_BYTES


def free_memory() -> float:
    """Bytes of memory that programs can still get; infinite where that is unknown.

    Linux promises more memory than there is and kills who uses it, so that a process
    cannot rely on an error.
    """
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return float("inf")
    facts = dict(line.split(":") for line in text.splitlines())
    return 1024.0 * int(facts["MemAvailable"].split()[0])


def _by_id(proteins: Iterable[tuple[str, str]]) -> dict[str, str]:
    sequences: dict[str, str] = {}
    for identifier, sequence in proteins:
        if identifier in sequences:
            raise ProtlangError(
                f"two proteins have the id {identifier!r}; give each one of its own"
            )
        sequences[identifier] = sequence
    return sequences
