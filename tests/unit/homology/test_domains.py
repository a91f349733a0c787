"""SCOPe's domains for the homology task: levels, split, new domains, files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from protlang.alphabet import AMINO_ACIDS
from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats.astral import Domain, Region
from protlang.homology.domains import (
    level,
    new_domains,
    read_domains,
    split_domains,
    write_domains,
)


def make_domain(name: str, sequence: str = "ACD", sccs: str = "a.1.1.1") -> Domain:
    return Domain(name, sccs, (Region("A"),), "", "", None, sequence)


def make_domains(count: int, seed: int = 0) -> list[Domain]:
    rng = np.random.default_rng(seed)
    letters = rng.choice(list(AMINO_ACIDS), (count, 30))
    return [make_domain(f"d{i:05d}", "".join(row)) for i, row in enumerate(letters)]


def ids(domains: Sequence[Domain]) -> set[str]:
    return {domain.id for domain in domains}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a.1.1.1", "b.1.1.1", 0),
        ("a.1.1.1", "a.2.1.1", 1),
        ("a.1.1.1", "a.1.2.1", 2),
        ("a.1.1.1", "a.1.1.11", 3),
        ("a.1.10.1", "a.1.10.1", 4),
    ],
)
def test_the_level_is_what_two_domains_share_from_the_class_on(
    first: str, second: str, expected: int
) -> None:
    assert level(first, second) == level(second, first) == expected


def test_a_fifth_of_28010_domains_are_the_papers_5602() -> None:
    splits = split_domains(make_domains(28_010), 0.2, 0.05, seed=0)
    assert {name: len(part) for name, part in splits.items()} == {
        "train": 28_010 - 5_602 - 1_400,
        "development": 1_400,
        "test": 5_602,
    }


def test_every_domain_is_in_one_split_and_in_its_old_place() -> None:
    domains = make_domains(50)
    splits = split_domains(domains, 0.2, 0.1, seed=1)
    assert sum(map(len, splits.values())) == 50
    assert set.union(*map(ids, splits.values())) == ids(domains)
    for part in splits.values():
        assert part == sorted(part, key=domains.index)


def test_copies_of_a_sequence_stay_together() -> None:
    names = [f"d{i:03d}" for i in range(60)]
    domains = [make_domain(name, "ACDEFGHI"[i % 6 :]) for i, name in enumerate(names)]
    for seed in range(20):
        splits = split_domains(domains, 0.25, 0.25, seed)
        held = [{domain.sequence for domain in part} for part in splits.values()]
        assert sum(map(len, held)) == 6


def test_the_split_follows_from_sequences_and_seed_alone() -> None:
    domains = make_domains(50)
    splits = split_domains(domains, 0.2, 0.1, seed=1)
    turned = split_domains(domains[::-1], 0.2, 0.1, seed=1)
    assert {name: ids(part) for name, part in splits.items()} == {
        name: ids(part) for name, part in turned.items()
    }
    other = split_domains(domains, 0.2, 0.1, seed=2)
    assert ids(other["test"]) != ids(splits["test"])


def test_a_split_without_pairs_is_an_error() -> None:
    with pytest.raises(ProtlangError, match="the development part of SCOPe has 1"):
        split_domains(make_domains(10), 0.3, 0.1, seed=0)


def test_an_id_that_occurs_twice_is_an_error() -> None:
    domains = [*make_domains(10), make_domain("d00003", "WWW")]
    with pytest.raises(ProtlangError, match="domain d00003 occurs twice"):
        split_domains(domains, 0.3, 0.3, seed=0)


def test_new_domains_are_new_by_id_and_by_sequence() -> None:
    older = [make_domain("d1", "AAA"), make_domain("d2", "CCC")]
    newer = [
        make_domain("d1", "AAAA"),  # revised
        make_domain("d3", "CCC"),  # named anew
        make_domain("d4", "DDD"),
        make_domain("d5", "EEE"),
    ]
    assert ids(new_domains(newer, older)) == {"d4", "d5"}
    with pytest.raises(ProtlangError, match="in the right order"):
        new_domains(older, newer)


def test_what_is_written_is_read_back_and_equal_domains_give_equal_bytes(
    tmp_path: Path,
) -> None:
    domains = [make_domain("d1", "ACX", "a.1.1.2"), make_domain("d2", "W", "b.1.1.1")]
    for name in ("one", "other"):
        write_domains(tmp_path / name, domains, {"release": "2.06"})
    read = read_domains(tmp_path / "one")
    assert read == (["d1", "d2"], ["a.1.1.2", "b.1.1.1"], ["ACX", "W"], read.provenance)
    assert read.provenance == {"release": "2.06"}
    assert file_hash(tmp_path / "one") == file_hash(tmp_path / "other")
