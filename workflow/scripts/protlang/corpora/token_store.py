"""Corpora as token stores: proteins end to end in one file, read without copying.

A token store is a folder. `tokens.bin` holds one byte per residue, its place in
`RESIDUES`, without separators; protein i is `tokens[offsets[i]:offsets[i + 1]]`.

| file | content |
|---|---|
| `tokens.bin` | uint8 (residues,) |
| `offsets.npy` | int64 (proteins + 1,) |
| `ids.txt` | an id per line |
| `id_offsets.npy` | int64 (proteins + 1,), bytes, where the lines begin |
| `sequence_hashes.npy` | uint64 (proteins,), of `corpora.fasta_tokens.hash_all` |
| `held_out.npy` | bool (proteins,), whether a protein is held out of training |
| `overlaps.csv` | if requested: records with the very sequence of a test protein |
| `families.npy` | of Pfam only: int32 (proteins,), the family of each protein |
| `families.csv` | of Pfam only: number, accession, name, proteins, residues of each |
| `meta.json` | vocabulary, counts, composition, lengths, sources; written last |

A store is built in a folder beside it and moved into place file by file, `meta.json`
last: without it, or if sizes of files differ from those in it, there is no store.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from protlang.alphabet import RESIDUES, decode, encode
from protlang.corpora.fasta_tokens import as_text, hash_all
from protlang.errors import ProtlangError
from protlang.formats.pfam import PFAM
from protlang.formats.uniref import ARCHIVE, level_of
from protlang.proteins import Protein
from protlang.sources.catalogue import Source

FORMAT = "protlang token store 1"

ARRAYS = ("offsets.npy", "id_offsets.npy", "sequence_hashes.npy", "held_out.npy")

OVERLAPS = "overlaps.csv"
"""Test proteins in the corpus; no part of it, as other test sets change it."""

FILES = ("tokens.bin", "ids.txt", *ARRAYS, "meta.json")
"""All files of a store without families."""

FAMILIES = "families.npy"

FAMILY_FILES = (FAMILIES, "families.csv")
"""Files of a store with families besides."""

OPTIONAL_FILES = (OVERLAPS, *FAMILY_FILES)

DISTRIBUTIONS = ("uniref-fasta", "uniprot-fasta", "fasta", ARCHIVE, PFAM)
"""Of sources that corpora can be made of."""

_REMEDY = "build it with the rule build_corpus"

_SLICE = 1 << 20
"""Proteins handled at a time where a temporary array is needed."""


def check_corpora(
    corpora: Mapping[str, Mapping[str, Any]], sources: Mapping[str, Source]
) -> None:
    """Make sure that corpora are made of declared sources of a form that is read.

    Args:
        corpora: the section of that name of a validated configuration.
        sources: by name.

    Raises:
        ProtlangError: naming the corpus and the source.
    """
    for corpus, settings in corpora.items():
        for name in settings["sources"]:
            where = f"corpora.{corpus}.sources names {name!r}, which"
            if name not in sources:
                raise ProtlangError(
                    f"{where} the file of sources does not declare; add it there or "
                    "correct the name"
                )
            if sources[name].distribution not in DISTRIBUTIONS:
                raise ProtlangError(
                    f"{where} is published as {sources[name].distribution!r}; choose a "
                    f"source published as one of {', '.join(DISTRIBUTIONS)}"
                )
            if sources[name].distribution == ARCHIVE:
                level_of(name)
        has_families([sources[name] for name in settings["sources"]])


def has_families(sources: Sequence[Source]) -> bool:
    """Whether the sources of a corpus assign each protein to a family.

    Raises:
        ProtlangError: if some do and some do not.
    """
    answers = {source.distribution == PFAM: source.name for source in sources}
    if len(answers) > 1:
        raise ProtlangError(
            f"a corpus has sources with families ({answers[True]}) and without "
            f"({answers[False]}); make two corpora of them"
        )
    return True in answers


class TokenStore:
    """A corpus, memory-mapped: opening it reads next to nothing.

    `store[i]` is the protein's tokens, uint8 (length,), a read-only view of the file.

    Attributes:
        folder: where it lies.
        meta: the content of `meta.json`.
        tokens: of all proteins, uint8 (residues,).
        offsets: where each protein begins, and the end, int64 (proteins + 1,).
        sequence_hashes: uint64 (proteins,).
        families: int32 (proteins,), or None if the corpus has none.
    """

    def __init__(self, folder: Path | str) -> None:
        """Open a store.

        Raises:
            ProtlangError: if it is absent, unfinished, damaged or of another format.
        """
        self.folder = Path(folder)
        self.meta = read_meta(self.folder)
        self.tokens = _mapped(self.folder / "tokens.bin")
        self.offsets = _mapped(self.folder / "offsets.npy")
        self.sequence_hashes = _mapped(self.folder / "sequence_hashes.npy")
        self._held_out = _mapped(self.folder / "held_out.npy")
        self._id_offsets = _mapped(self.folder / "id_offsets.npy")
        families = self.folder / FAMILIES
        self.families = _mapped(families) if families.exists() else None
        self._check()

    def __len__(self) -> int:
        """How many proteins there are."""
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> np.ndarray:
        index = range(len(self))[index]
        return self.tokens[self.offsets[index] : self.offsets[index + 1]]

    @property
    def content(self) -> dict[str, str]:
        """Hashes of all files that hold proteins, which determine what is learned."""
        files = self.meta["files"]
        return {name: files[name]["sha256"] for name in files if name != OVERLAPS}

    @property
    def residues(self) -> int:
        """Residues of all proteins."""
        return len(self.tokens)

    @property
    def lengths(self) -> np.ndarray:
        """Residues of each protein, int64 (proteins,)."""
        return np.diff(self.offsets)

    def training_indices(self) -> np.ndarray:
        """Proteins to train on, in the order of the store, int64."""
        return np.flatnonzero(~self._held_out)

    def held_out_indices(self) -> np.ndarray:
        """Proteins held out of training, in the order of the store, int64."""
        return np.flatnonzero(self._held_out)

    def id(self, index: int) -> str:
        """The id of a protein in its source."""
        index = range(len(self))[index]
        start, end = (int(offset) for offset in self._id_offsets[index : index + 2])
        with open(self.folder / "ids.txt", "rb") as stream:
            stream.seek(start)
            return as_text(stream.read(end - start - 1))

    def shard(self, number: int, shards: int) -> Iterator[tuple[str, str]]:
        """Yield name and sequence of each protein in one of several equal parts.

        Ids may repeat in a corpus, so the name is the protein's place in it, a space
        and its id.

        Args:
            number: of the part, from 1.
            shards: how many parts there are.

        Raises:
            ProtlangError: if there is no such part.
        """
        if not 1 <= number <= shards <= len(self):
            raise ProtlangError(
                f"{self.folder} has {len(self):,} proteins, so there is no shard "
                f"{number} of {shards}; request fewer shards"
            )
        bounds = [len(self) * place // shards for place in (number - 1, number)]
        for index in range(*bounds):
            yield f"{index} {self.id(index)}", decode(self[index].tobytes())

    def _check(self) -> None:
        """Compare types and lengths of the arrays, which sizes of files do not show."""
        proteins = self.meta["proteins"]
        shapes = {
            "offsets.npy": (self.offsets, np.int64, proteins + 1),
            "id_offsets.npy": (self._id_offsets, np.int64, proteins + 1),
            "sequence_hashes.npy": (self.sequence_hashes, np.uint64, proteins),
            "held_out.npy": (self._held_out, np.bool_, proteins),
        }
        if self.families is not None:
            shapes[FAMILIES] = (self.families, np.int32, proteins)
        for name, (found, dtype, length) in shapes.items():
            if found.dtype != dtype or found.shape != (length,):
                raise _damaged(
                    self.folder, f"{name} is no {dtype.__name__} ({length},)"
                )
        if self.offsets[0] != 0 or self.offsets[-1] != len(self.tokens):
            raise _damaged(self.folder, "offsets.npy does not span tokens.bin")


class Overlap(NamedTuple):
    """A protein of a corpus that has the sequence of a test protein."""

    test_set: str
    test_id: str
    corpus_id: str


def overlaps(
    store: TokenStore, test_sets: Mapping[str, Iterable[Protein]]
) -> list[Overlap]:
    """Proteins of a corpus with exactly the sequence of a test protein.

    Sequences are compared by 64-bit hashes: among 33 million proteins and 20,000
    others, 4e-8 pairs are expected to be equal by chance.

    Args:
        store: the corpus.
        test_sets: proteins by test set.
    """
    wanted = KnownSequences(test_sets)
    found = []
    for part in slices(len(store)):
        hashes = store.sequence_hashes[part]
        for place in np.flatnonzero(among(hashes, wanted.hashes)):
            corpus_id = store.id(part.start + int(place))
            names = wanted.names[int(hashes[place])]
            found += [Overlap(*name, corpus_id) for name in names]
    return found


class KnownSequences:
    """Sequences of test proteins, by their hashes.

    Attributes:
        hashes: distinct and ascending, uint64.
        names: (test set, id) of the proteins behind each hash.
    """

    def __init__(self, test_sets: Mapping[str, Iterable[Protein]]) -> None:
        self.names: dict[int, list[tuple[str, str]]] = {}
        for test_set, proteins in test_sets.items():
            for protein in proteins:
                key = int(hash_all([encode(protein.sequence)])[0])
                self.names.setdefault(key, []).append((test_set, protein.id))
        self.hashes = np.array(sorted(self.names), dtype=np.uint64)


def among(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Whether each value is one of the `known` ones, which are in ascending order."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    places = np.searchsorted(known, values)
    found: np.ndarray = known[np.minimum(places, len(known) - 1)] == values
    return found


def unigram_perplexity(composition: Mapping[str, int]) -> float:
    """exp(entropy) of the letters: the perplexity of a model without context.

    Args:
        composition: residues by letter.
    """
    counts = np.array([count for count in composition.values() if count], dtype=float)
    shares = counts / counts.sum()
    return math.exp(-(shares * np.log(shares)).sum())


def slices(proteins: int) -> Iterator[slice]:
    """Yield slices of the proteins, for temporary arrays that stay small."""
    for start in range(0, proteins, _SLICE):
        yield slice(start, min(start + _SLICE, proteins))


def read_meta(folder: Path | str) -> dict[str, Any]:
    """The content of `meta.json`, after checking that all files are whole.

    Raises:
        ProtlangError: if it is absent, unfinished, damaged or of another format.
    """
    folder = Path(folder)
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProtlangError(
            f"{folder} holds no finished corpus: it has no meta.json; {_REMEDY}"
        ) from None
    except ValueError as error:
        raise _damaged(folder, f"meta.json cannot be read ({error})") from error
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise _damaged(folder, f"meta.json is not that of a {FORMAT!r}")
    if meta["vocabulary"] != RESIDUES:
        raise _damaged(folder, f"its letters are {meta['vocabulary']}, not {RESIDUES}")
    _check_sizes(folder, meta["files"])
    return meta


def _check_sizes(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
    for name, facts in files.items():
        path = folder / name
        size = path.stat().st_size if path.is_file() else None
        if size is None:
            raise _damaged(folder, f"{name} is missing")
        if size != facts["bytes"]:
            raise _damaged(folder, f"{name} has {size:,} bytes, not {facts['bytes']:,}")


def _mapped(path: Path) -> np.ndarray:
    """A file's array without reading it; plain, since views of memmaps are slow."""
    try:
        if path.suffix == ".npy":
            mapped = np.load(path, mmap_mode="r")
        else:
            mapped = np.memmap(path, dtype=np.uint8, mode="r")
    except (ValueError, EOFError, OSError) as error:
        raise _damaged(path.parent, f"{path.name} cannot be read ({error})") from error
    plain: np.ndarray = mapped.view(np.ndarray)
    return plain


def _damaged(folder: Path, fault: str) -> ProtlangError:
    return ProtlangError(f"{folder} is no whole corpus: {fault}; {_REMEDY}")
