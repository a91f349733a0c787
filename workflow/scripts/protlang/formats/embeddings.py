"""Embeddings on disk: HDF5 files with one data set of vectors per protein.

A data set stands under a key made from the protein's id (`protlang.files.hdf5_key`), in
the order of the keys, with the id itself in the attribute `original_id`; bio_embeddings
and biotrainer read such files. Attributes of the file describe how they were made.
Equal contents give equal bytes: there are no timestamps.
"""

import csv
import heapq
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

import h5py
import numpy as np

from protlang import __version__
from protlang.errors import ProtlangError
from protlang.files import atomic_path, hdf5_key, require_file

logger = logging.getLogger("protlang")

FORMAT_VERSION = 1
"""Of these files; a change makes unfinished runs start anew."""

STORAGE = ("float32", "float16")
"""Types that numbers can be stored as."""

INDEX_FILE = "index.csv"
"""In a folder of shards: which shard holds which protein."""

OF_MACHINES = ("device", "torch_version", "kernel")
"""Attributes in which files that are merged may differ: several computers worked."""

PART_BYTES = 256 * 2**20
PART_SECONDS = 60.0
"""A part is written once it has so many bytes, or is so old: what a kill can cost."""


class Embeddings(Mapping[str, h5py.Dataset]):
    """Embeddings by protein id, read when they are indexed: `embeddings[id][()]`.

    Attributes:
        facts: what made the vectors, from the attributes of the (first) file.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._files = [_opened(path) for path in paths]
        self.facts = dict(self._files[0].attrs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files; data sets cannot be read any more."""
        for file in self._files:
            file.close()

    def __getitem__(self, identifier: str) -> h5py.Dataset:
        key = hdf5_key(identifier)
        for file in self._files:
            if key in file:
                return file[key]
        raise KeyError(identifier)

    def __iter__(self) -> Iterator[str]:
        return (unquote(key) for file in self._files for key in file)

    def __len__(self) -> int:
        return sum(map(len, self._files))


def open_embeddings(path: Path | str) -> Embeddings:
    """Open a file of embeddings, or a folder of shards and their index.

    Raises:
        ProtlangError: if it is neither.
    """
    path = Path(path)
    if not path.is_dir():
        return Embeddings([path])
    index = require_file(path / INDEX_FILE, "run the target embed with gather=index")
    with open(index, encoding="utf-8", newline="") as stream:
        shards = {row["file"] for row in csv.DictReader(stream)}
    return Embeddings([path / shard for shard in sorted(shards)])


def write_embeddings(
    path: Path | str,
    entries: Iterable[tuple[str, np.ndarray]],
    facts: Mapping[str, Any],
) -> None:
    """Write a file of embeddings, atomically.

    Args:
        path: of the file.
        entries: ids and vectors, sorted by `hdf5_key` of the ids.
        facts: attributes of the file.
    """
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs.update(sorted(facts.items()))
        for identifier, vectors in entries:
            entry = file.create_dataset(hdf5_key(identifier), data=vectors)
            entry.attrs["original_id"] = identifier


def merge_embeddings(paths: Sequence[Path | str], output: Path | str) -> None:
    """Put several files, which have no protein in common, into one.

    The result has the same bytes however the proteins were spread over the files.

    Raises:
        ProtlangError: if the files were made in different ways.
    """
    files = [_opened(path) for path in paths]
    try:
        facts = _common_facts(files)
        keys = heapq.merge(*(_keys_of(number, f) for number, f in enumerate(files)))
        entries = ((unquote(key), files[number][key][()]) for key, number in keys)
        write_embeddings(output, entries, facts)
    finally:
        for file in files:
            file.close()


def write_index(paths: Sequence[Path | str], output: Path | str) -> None:
    """Write which of several files, all in the folder of `output`, holds which protein.

    Columns: id, file (its name), key (of the data set).

    Raises:
        ProtlangError: if the files were made in different ways.
    """
    files = [_opened(path) for path in paths]
    try:
        _common_facts(files)
        keys = heapq.merge(*(_keys_of(number, f) for number, f in enumerate(files)))
        with (
            atomic_path(output) as temporary,
            open(temporary, "w", encoding="utf-8", newline="") as stream,
        ):
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["id", "file", "key"])
            for key, number in keys:
                writer.writerow([unquote(key), Path(paths[number]).name, key])
    finally:
        for file in files:
            file.close()


def as_stored(vectors: np.ndarray, storage: str, identifier: str) -> np.ndarray:
    """Vectors in the type that they are stored as.

    Raises:
        ProtlangError: if a number does not fit, or is none, naming the protein.
    """
    if not np.isfinite(vectors).all():
        raise ProtlangError(
            f"the vectors of protein {identifier} hold numbers that are not finite; "
            "the weights of the encoder are damaged: copy them again or train again"
        )
    with np.errstate(over="ignore"):
        stored = vectors.astype(storage)
    if not np.isfinite(stored).all():
        raise ProtlangError(
            f"the vectors of protein {identifier} reach {np.abs(vectors).max():.6g}, "
            f"which does not fit {storage}; run again with storage=float32"
        )
    return stored


class Parts:
    """What an unfinished run has computed so far, in a folder of whole files.

    Args:
        folder: of the parts; made if it is missing.
        clock: seconds, for tests.
    """

    def __init__(
        self, folder: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._clock = folder, clock
        self._places: dict[str, Path] = {}
        self._waiting: dict[str, np.ndarray] = {}
        self._waiting_bytes = 0
        self._next, self._written_at = 0, clock()
        for path in sorted(folder.glob("part-*.h5")):
            self._read(path)

    def __contains__(self, name: str) -> bool:
        return name in self._places or name in self._waiting

    def __getitem__(self, name: str) -> np.ndarray:
        if name in self._waiting:
            return self._waiting[name]
        with h5py.File(self._places[name], "r") as file:
            vectors: np.ndarray = file[name][()]
        return vectors

    def add(self, name: str, vectors: np.ndarray) -> None:
        """Add vectors under a name; they are on disk after `write`, or before."""
        self._waiting[name] = vectors
        self._waiting_bytes += vectors.nbytes
        age = self._clock() - self._written_at
        if self._waiting_bytes >= PART_BYTES or age >= PART_SECONDS:
            self.write()

    def write(self) -> None:
        """Write to disk whatever is not there yet."""
        self._written_at = self._clock()
        if not self._waiting:
            return
        path = self._folder / f"part-{self._next:06d}.h5"
        with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
            for name, vectors in self._waiting.items():
                file[name] = vectors
        self._places |= dict.fromkeys(self._waiting, path)
        self._waiting.clear()
        self._waiting_bytes = 0
        self._next += 1

    def _read(self, path: Path) -> None:
        self._next = int(path.stem.removeprefix("part-")) + 1
        try:
            with h5py.File(path, "r") as file:
                self._places |= dict.fromkeys(file, path)
        except OSError as error:
            logger.warning("%s is damaged (%s); computing it again", path, error)
            path.unlink()


def file_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a file: these, and what wrote it."""
    return {
        **facts,
        "protlang_version": __version__,
        "format_version": FORMAT_VERSION,
    }


def _opened(path: Path | str) -> h5py.File:
    require_file(path, "run the target embed, or correct the path")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise ProtlangError(
            f"{path} is no HDF5 file or damaged ({error}); make it again"
        ) from error


def _keys_of(number: int, file: h5py.File) -> Iterator[tuple[str, int]]:
    return ((key, number) for key in file)


def _common_facts(files: Sequence[h5py.File]) -> dict[str, Any]:
    """Attributes of all files together."""
    common = dict(files[0].attrs)
    for file in files[1:]:
        for name in common.keys() | file.attrs.keys():
            if common.get(name) != file.attrs.get(name) and name not in OF_MACHINES:
                raise ProtlangError(
                    f"{files[0].filename} and {file.filename} differ in {name} "
                    f"({common.get(name)} and {file.attrs.get(name)}), so they do not "
                    "belong together; make both again"
                )
    for name in OF_MACHINES:
        values = sorted({str(file.attrs[name]) for file in files if name in file.attrs})
        if len(values) > 1:
            logger.warning(
                "%s differs between shards (%s); last digits may, too",
                name,
                json.dumps(values),
            )
        common |= {name: "; ".join(values)} if values else {}
    return common
