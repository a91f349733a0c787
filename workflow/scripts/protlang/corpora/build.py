"""Building a token store: FASTA files in, one pass, bounded memory, all or nothing."""

import csv
import hashlib
import json
import os
import shutil
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from itertools import compress
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from protlang import __version__
from protlang.alphabet import RESIDUES
from protlang.corpora.description import length_distribution, log_description
from protlang.corpora.fasta_tokens import (
    Batch,
    RecordPolicy,
    below,
    composition,
    hash_all,
    read_batches,
    reseeded,
)
from protlang.corpora.overlap_log import OverlapLog
from protlang.corpora.token_store import (
    FAMILIES,
    FILES,
    FORMAT,
    OPTIONAL_FILES,
    OVERLAPS,
    among,
    has_families,
    slices,
    unigram_perplexity,
)
from protlang.corpora.writing import GrowingArray, GrowingFile
from protlang.errors import ProtlangError
from protlang.files import file_hash, write_text
from protlang.formats.pfam import FamilyNumbers
from protlang.formats.uniref import ARCHIVE, level_of
from protlang.logs import logger
from protlang.proteins import Protein
from protlang.sources.catalogue import Source


@dataclass(frozen=True)
class HeldOut:
    """The choice of proteins that are held out of training.

    A protein is held out if a seeded hash of its id or of its sequence, as a number in
    [0, 1), is below `share`, independently of the order of the files and of the other
    proteins. By id (the hash of `<seed>:<id>`), all proteins with the very sequence of
    one that is held out are held out, too: in a corpus of many copies, far more than
    `share`. By sequence (`reseeded` of its hash), copies stay together from the start.

    Attributes:
        share: of proteins, in [0, 1).
        seed: another one gives another choice.
        by: what is hashed.
    """

    share: float
    seed: int
    by: Literal["id", "sequence"] = "id"

    def hashes(self, ids: Iterable[bytes]) -> np.ndarray:
        """The seeded hashes of some ids, uint64."""
        prefix = b"%d:" % self.seed
        return hash_all(prefix + identifier for identifier in ids)

    def chosen(self, ids: np.ndarray, sequences: np.ndarray) -> np.ndarray:
        """Which proteins are chosen by their hashes, bool (proteins,).

        Args:
            ids: of `hashes`, uint64 (proteins,).
            sequences: of `hash_all`, uint64 (proteins,).
        """
        chosen = np.empty(len(ids), dtype=bool)
        for part in slices(len(ids)):
            hashes = ids[part]
            if self.by == "sequence":
                hashes = reseeded(sequences[part], self.seed)
            chosen[part] = below(hashes, self.share)
        return chosen


def build_token_store(
    folder: Path | str,
    files: Sequence[tuple[Source, Path]],
    held_out: HeldOut,
    test_sets: Mapping[str, Iterable[Protein]] | None = None,
    simulated: bool = False,
) -> None:
    """Build a token store from FASTA files, in one pass and in bounded memory.

    At most about 24 bytes per protein are held besides a constant.
    `corpora.fasta_tokens` describes the treatment of each kind of record; the numbers
    go to `meta.json`. Records whose id or sequence occurred before are accepted and
    counted: sources overlap, and a later version of a protein is another training
    example.

    Args:
        folder: of the store; an older one in it is replaced once this one is whole.
        files: in the order of the corpus, each with the source it belongs to.
        held_out: which proteins to keep out of training.
        test_sets: proteins by test set; records with their sequence are left out and
            listed in `overlaps.csv`. Without any, there is no such file.
        simulated: whether the run simulates its sources.

    Raises:
        ProtlangError: if a file is damaged or not FASTA, if it has no usable protein,
            if only some sources have families, or if the store cannot be written.
    """
    families = FamilyNumbers() if has_families([of for of, _ in files]) else None
    folder = Path(folder)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        overlaps = OverlapLog(partial / OVERLAPS, test_sets) if test_sets else None
        with _Builder(partial, held_out, overlaps, families) as builder:
            for source, path in files:
                builder.add_file(source, path)
        _finish(partial, builder, simulated)
        _publish(partial, folder)
    except OSError as error:
        raise ProtlangError(
            f"{folder} could not be written: {error}; make room or correct the "
            "permissions, and run again"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class _Builder:
    """Appends the accepted proteins of each file to a store, and counts them."""

    def __init__(
        self,
        folder: Path,
        held_out: HeldOut,
        overlaps: OverlapLog | None,
        families: FamilyNumbers | None,
    ) -> None:
        self.held_out = held_out
        self.policy = RecordPolicy(families)
        self.families = families
        self.families_of: dict[str, set[int]] = {}
        self.overlaps = overlaps
        self.sources: dict[str, dict[str, Any]] = {}
        self.is_simulated = False
        self.proteins = self.residues = 0
        self.composition = np.zeros(len(RESIDUES), dtype=np.int64)
        self.lengths: Counter[int] = Counter()
        self.id_hashes = array("Q")
        self._open = ExitStack()
        if overlaps is not None:
            self._open.enter_context(closing(overlaps))
        self.texts = {
            name: self._open.enter_context(closing(GrowingFile(folder / name)))
            for name in ("tokens.bin", "ids.txt")
        }
        self._offsets = self._growing(folder / "offsets.npy", np.int64)
        self._id_offsets = self._growing(folder / "id_offsets.npy", np.int64)
        self._hashes = self._growing(folder / "sequence_hashes.npy", np.uint64)
        if families is not None:
            self._families = self._growing(folder / FAMILIES, np.int32)
        for offsets in (self._offsets, self._id_offsets):
            offsets.append(np.zeros(1, dtype=np.int64))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add_file(self, source: Source, path: Path) -> None:
        """Append the accepted proteins of one file of a source.

        Raises:
            ProtlangError: if it is damaged, not FASTA, or has no usable protein.
        """
        before = self._counts()
        level = level_of(source.name) if source.distribution == ARCHIVE else None
        digest = hashlib.sha256()
        batches = read_batches(path, self.policy, level=level, digest=digest)
        for batch, is_simulated in batches:
            self._append(batch, source.name)
            self.is_simulated |= is_simulated
        counts = {name: count - before[name] for name, count in self._counts().items()}
        if not counts["proteins"]:
            raise ProtlangError(
                f"{path} holds no protein that can be used, of {counts['records']} "
                "records; correct it, or remove it from the corpus"
            )
        logger.info(
            "%s: %d records, %d proteins, %d residues", path.name, *counts.values()
        )
        facts = self.sources.setdefault(source.name, _facts_of(source))
        file = {"name": path.name, "bytes": path.stat().st_size}
        facts["files"].append({**file, "sha256": digest.hexdigest(), **counts})

    def _counts(self) -> dict[str, int]:
        return {
            "records": self.policy.records,
            "proteins": self.proteins,
            "residues": self.residues,
        }

    def _append(self, batch: Batch, source: str) -> None:
        hashes = hash_all(batch.sequences)
        if self.overlaps is not None:
            accepted = self.overlaps.report(batch, hashes)
            for identifier in compress(batch.ids, ~accepted):
                self.policy.leave_out("overlap", identifier)
            batch, hashes = batch.only(accepted), hashes[accepted]
        self._hashes.append(hashes)
        self.id_hashes.frombytes(self.held_out.hashes(batch.ids).tobytes())
        self._append_ids(batch.ids)
        self._append_tokens(batch.sequences)
        if self.families is not None:
            self._families.append(np.array(batch.families, dtype=np.int32))
            self.families_of.setdefault(source, set()).update(batch.families)

    def _append_ids(self, ids: Sequence[bytes]) -> None:
        ids_file = self.texts["ids.txt"]
        sizes = np.array(list(map(len, ids)), dtype=np.int64) + 1
        self._id_offsets.append(ids_file.bytes + np.cumsum(sizes))
        ids_file.write(b"\n".join([*ids, b""]))

    def _append_tokens(self, sequences: Sequence[bytes]) -> None:
        tokens = b"".join(sequences)
        lengths = list(map(len, sequences))
        self._offsets.append(self.residues + np.cumsum(lengths, dtype=np.int64))
        self.texts["tokens.bin"].write(tokens)
        self.lengths.update(lengths)
        self.composition += composition(tokens)
        self.proteins += len(sequences)
        self.residues += len(tokens)

    def _growing(self, path: Path, dtype: type[np.generic]) -> "GrowingArray":
        return self._open.enter_context(closing(GrowingArray(path, dtype)))


def _facts_of(source: Source) -> dict[str, Any]:
    return {
        "name": source.name,
        "title": source.title,
        "release": source.release,
        "licence": source.licence,
        "citation": source.citation,
        "invariants": dict(source.invariants),
        "files": [],
    }


def _finish(folder: Path, builder: _Builder, simulated: bool) -> None:
    """Write `held_out.npy`, `families.csv` and `meta.json`."""
    split = _split(folder, builder)
    _complete_sources(builder)
    meta = {
        **_meta(builder),
        **split,
        **_write_families(folder, builder.families),
        "simulated": simulated or builder.is_simulated,
        "files": _facts_of_files(folder, builder.texts),
    }
    write_text(folder / "meta.json", json.dumps(meta, indent=1) + "\n")
    log_description(meta)


def _split(folder: Path, builder: _Builder) -> dict[str, Any]:
    """Write which proteins are held out; sizes, and what occurs more than once."""
    id_hashes = np.frombuffer(builder.id_hashes, dtype=np.uint64)
    mapped = np.load(folder / "sequence_hashes.npy", mmap_mode="r")
    held_out = builder.held_out.chosen(id_hashes, mapped)
    chosen = int(held_out.sum())
    repeated_ids = _repeats(id_hashes)
    # 8 bytes per protein go before 8 others come.
    del id_hashes
    builder.id_hashes = array("Q")
    sequence_hashes = np.load(folder / "sequence_hashes.npy")
    _hold_out_duplicates(held_out, sequence_hashes)
    with closing(GrowingArray(folder / "held_out.npy", np.bool_)) as file:
        file.append(held_out)
    sizes = _size_of(held_out, np.load(folder / "offsets.npy", mmap_mode="r"))
    return {
        "repeated": {"ids": repeated_ids, "sequences": _repeats(sequence_hashes)},
        "held_out": {
            **asdict(builder.held_out),
            **sizes,
            "twins": sizes["proteins"] - chosen,
        },
    }


def _repeats(hashes: np.ndarray) -> int:
    """How many of the values occurred before; sorts them in place."""
    hashes.sort()
    return int(np.count_nonzero(hashes[1:] == hashes[:-1]))


def _hold_out_duplicates(held_out: np.ndarray, sequence_hashes: np.ndarray) -> None:
    """Mark all proteins that have the sequence of a marked one."""
    known = np.sort(sequence_hashes[held_out])
    for part in slices(len(held_out)):
        held_out[part] |= among(sequence_hashes[part], known)


def _size_of(chosen: np.ndarray, offsets: np.ndarray) -> dict[str, int]:
    """Proteins and residues of a choice, (proteins,) bool."""
    residues = 0
    for part in slices(len(chosen)):
        lengths = np.diff(offsets[part.start : part.stop + 1])
        residues += int(lengths[chosen[part]].sum())
    return {"proteins": int(chosen.sum()), "residues": residues}


def _write_families(folder: Path, numbers: FamilyNumbers | None) -> dict[str, Any]:
    """Write `families.csv`, if there are families; their entry in `meta.json`."""
    if numbers is None:
        return {}
    proteins, residues = _sizes_of_families(folder, len(numbers.families))
    with open(folder / "families.csv", "w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["number", "accession", "name", "proteins", "residues"])
        for number, family in enumerate(numbers.families):
            accession = ".".join(filter(None, (family.accession, family.version)))
            counts = (proteins[number], residues[number])
            table.writerow([number, accession, family.name, *counts])
        stream.flush()
        os.fsync(stream.fileno())
    return {
        "families": {
            "families": len(numbers.families),
            "in_several_versions": len(numbers.in_several_versions),
            "largest": int(proteins.max()),
            "median": float(np.median(proteins)),
        }
    }


def _sizes_of_families(folder: Path, count: int) -> np.ndarray:
    """Proteins and residues of each family, int64 (2, families)."""
    families = np.load(folder / FAMILIES, mmap_mode="r")
    offsets = np.load(folder / "offsets.npy", mmap_mode="r")
    sizes = np.zeros((2, count), dtype=np.int64)
    for part in slices(len(families)):
        lengths = np.diff(offsets[part.start : part.stop + 1])
        sizes[0] += np.bincount(families[part], minlength=count)
        # Sums of float64 are exact here: a slice has fewer than 2^53 residues.
        weighted = np.bincount(families[part], lengths, minlength=count)
        sizes[1] += weighted.astype(np.int64)
    return sizes


def _complete_sources(builder: _Builder) -> None:
    """Sum each source's files, and compare the sums with its declaration."""
    for name, facts in builder.sources.items():
        for unit in ("proteins", "residues"):
            facts[unit] = sum(file[unit] for file in facts["files"])
        if name in builder.families_of:
            facts["families"] = len(builder.families_of[name])
        declared = {
            unit: count for unit, count in facts["invariants"].items() if unit in facts
        }
        facts["as_declared"] = (
            all(facts[unit] == declared[unit] for unit in declared)
            if declared
            else None
        )
        for unit, count in declared.items():
            if facts[unit] != count:
                logger.warning(
                    "%s has %d %s in this release, not the declared %d",
                    *(name, facts[unit], unit, count),
                )


def _meta(builder: _Builder) -> dict[str, Any]:
    """The entries of `meta.json` that follow from all files together."""
    policy = builder.policy
    composition = dict(zip(RESIDUES, builder.composition.tolist(), strict=True))
    return {
        "format": FORMAT,
        "protlang": __version__,
        "vocabulary": RESIDUES,
        "records": policy.records,
        "proteins": builder.proteins,
        "residues": builder.residues,
        "left_out": dict(policy.left_out),
        "changed": dict(policy.changed),
        "j_residues": policy.j_residues,
        "examples": {reason: ids for reason, ids in policy.examples.items() if ids},
        "composition": composition,
        "unigram_perplexity": unigram_perplexity(composition),
        "lengths": length_distribution(builder.lengths),
        **({"overlaps": builder.overlaps.summary} if builder.overlaps else {}),
        "sources": list(builder.sources.values()),
    }


def _facts_of_files(
    folder: Path, texts: Mapping[str, GrowingFile]
) -> dict[str, dict[str, Any]]:
    """Size and SHA-256 of each file, to recognise a store that is not whole."""
    return {
        name: {
            "bytes": (folder / name).stat().st_size,
            "sha256": texts[name].sha256 if name in texts else file_hash(folder / name),
        }
        for name in _written(folder)
        if name != "meta.json"
    }


def _written(folder: Path) -> list[str]:
    """Names of a finished store's files, `meta.json` last."""
    optional = [name for name in OPTIONAL_FILES if (folder / name).exists()]
    return [*optional, *FILES]


def _publish(partial: Path, folder: Path) -> None:
    """Move a finished store into place, so that it never looks whole before it is."""
    folder.mkdir(exist_ok=True)
    for name in ("meta.json", *OPTIONAL_FILES):
        (folder / name).unlink(missing_ok=True)
    for name in _written(partial):
        os.replace(partial / name, folder / name)
