"""Domains of SCOPe for the homology task: their levels, their split, their files.

SCOPe places a domain in a class, a fold, a superfamily and a family (`a.1.1.2`). The
level of a pair is how many of these its domains share, from the class on.

Test and development domains are held out by a hash of the sequence, so copies of a
sequence stay together. P-ELMo trained on 22,408 and tested on 5,602 domains of SCOPe
2.06 at 95 %, which is a fifth. Its second test set are the domains new in release 2.07.

Sources: Bepler and Berger 2019 (P-ELMo), "Results"; PLUS, Section 4.3.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from protlang.corpora.fasta_tokens import hash_all, reseeded
from protlang.errors import ProtlangError
from protlang.formats.astral import Domain
from protlang.parquet import read_table, write_table

LEVELS = ("none", "class", "fold", "superfamily", "family")
"""The most specific group that two domains share, by level."""

SPLITS = ("train", "development", "test")

TEST_SHARE = 0.2
"""P-ELMo's: 5,602 of 28,010 domains."""


class Domains(NamedTuple):
    """Domains of one split.

    Attributes:
        ids: ASTRAL's.
        sccs: class, fold, superfamily and family, e.g. `a.1.1.2`.
        sequences: letters of `RESIDUES`.
        provenance: where they are from.
    """

    ids: list[str]
    sccs: list[str]
    sequences: list[str]
    provenance: dict[str, Any]


def level(first: str, second: str) -> int:
    """Level of two domains, 0 to 4, from their places in the classification.

    Args:
        first: such as `a.1.1.2`.
        second: of the other domain.
    """
    shared = 0
    for one, other in zip(first.split("."), second.split("."), strict=True):
        if one != other:
            break
        shared += 1
    return shared


def split_domains(
    domains: Sequence[Domain],
    test_share: float,
    development_share: float,
    seed: int,
) -> dict[str, list[Domain]]:
    """Divide domains into `SPLITS`, each in the order given.

    Args:
        domains: all of a release.
        test_share: of all domains, rounded to whole ones; a few more are taken where
            copies of a sequence would be separated.
        development_share: likewise, of all domains.
        seed: of the split.

    Raises:
        ProtlangError: if an id occurs twice, or a split has fewer than two domains.
    """
    _check_ids(domains)
    hashes = reseeded(hash_all(d.sequence.encode() for d in domains), seed)
    order = np.argsort(hashes, kind="stable")
    ends = [0]
    for share in (test_share, development_share):
        ends.append(_end_of_copies(hashes[order], ends[-1] + share * len(domains)))
    part = np.zeros(len(domains), dtype=np.int64)  # of SPLITS
    part[order[ends[1] : ends[2]]] = SPLITS.index("development")
    part[order[: ends[1]]] = SPLITS.index("test")
    splits = {
        name: [d for d, own in zip(domains, part, strict=True) if own == number]
        for number, name in enumerate(SPLITS)
    }
    _check_sizes(splits)
    return splits


def new_domains(newer: Sequence[Domain], older: Collection[Domain]) -> list[Domain]:
    """Domains of a release that an older one has neither by id nor by sequence.

    Raises:
        ProtlangError: if there are fewer than two.
    """
    _check_ids(newer)
    ids = {domain.id for domain in older}
    sequences = {domain.sequence for domain in older}
    new = [d for d in newer if d.id not in ids and d.sequence not in sequences]
    if len(new) < 2:
        raise ProtlangError(
            f"the newer release of SCOPe has {len(new)} domains that the older one "
            "lacks, but two make a pair; are the two releases in the right order?"
        )
    return new


def write_domains(
    path: Path | str, domains: Sequence[Domain], provenance: Mapping[str, Any]
) -> None:
    """Write domains as Parquet, atomically: columns `id`, `sccs` and `sequence`."""
    columns = {
        "id": [domain.id for domain in domains],
        "sccs": [domain.sccs for domain in domains],
        "sequence": [domain.sequence for domain in domains],
    }
    write_table(path, columns, provenance)


def read_domains(path: Path | str) -> Domains:
    """Read what `write_domains` wrote.

    Raises:
        ProtlangError: if the file is missing or is not such a file.
    """
    table, provenance = read_table(path, ("id", "sccs", "sequence"))
    ids, sccs, sequences = table.to_pydict().values()
    return Domains(ids, sccs, sequences, provenance)


def _end_of_copies(ordered: np.ndarray, wanted: float) -> int:
    """The first place from the wanted one on that does not separate copies."""
    end = min(round(wanted), len(ordered))
    while 0 < end < len(ordered) and ordered[end] == ordered[end - 1]:
        end += 1
    return end


def _check_ids(domains: Sequence[Domain]) -> None:
    seen: set[str] = set()
    for domain in domains:
        if domain.id in seen:
            raise ProtlangError(f"domain {domain.id} occurs twice; remove one of them")
        seen.add(domain.id)


def _check_sizes(splits: Mapping[str, Sequence[Domain]]) -> None:
    for name, domains in splits.items():
        if len(domains) < 2:
            raise ProtlangError(
                f"the {name} part of SCOPe has {len(domains)} domains, but two make a "
                "pair; take more domains or another share"
            )
