from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.datasets.curation import LabelledSet, evaluation_split, training_splits
from protlang.datasets.similarity_split import (
    SHARED_WORDS,
    WORD,
    similar_groups,
    split_by_similarity,
)
from protlang.errors import ProtlangError
from protlang.proteins import Protein
from support.proteins import mutated, random_protein

SETTINGS = {"validation": 0.1, "test": 0.1, "seed": 2020}


def labelled(sequences: Sequence[str], split: str | None = None) -> LabelledSet:
    proteins = [
        Protein(f"P{n}", sequence, split=split) for n, sequence in enumerate(sequences)
    ]
    return LabelledSet(proteins, {"source": "s"}, "some file")


def families(number: int, members: int, seed: int = 0) -> list[str]:
    """Random proteins, each with relatives that differ in a tenth of their residues."""
    rng = np.random.default_rng(seed)
    ancestors = [random_protein(120, rng) for _ in range(number)]
    return [mutated(one, 0.1, rng) for one in ancestors for _ in range(members)]


def slow_groups(sequences: Sequence[str]) -> list[frozenset[int]]:
    """Groups by comparing all pairs and following the links."""

    def words(sequence: str) -> set[str]:
        starts = range(len(sequence) - WORD + 1)
        return {sequence[i : i + WORD] for i in starts} or {sequence}

    def similar(a: str, b: str) -> bool:
        first, second = words(a), words(b)
        fewer = min(len(first), len(second))
        return len(first & second) >= max(SHARED_WORDS * fewer, 1)

    groups: list[set[int]] = []
    for place, sequence in enumerate(sequences):
        linked = [g for g in groups if any(similar(sequence, sequences[i]) for i in g)]
        groups = [g for g in groups if g not in linked]
        groups.append({place}.union(*linked))
    return sorted(map(frozenset, groups), key=min)


def as_sets(numbers: Sequence[int]) -> list[frozenset[int]]:
    groups: dict[int, set[int]] = {}
    for place, number in enumerate(numbers):
        groups.setdefault(number, set()).add(place)
    return sorted(map(frozenset, groups.values()), key=min)


@given(st.lists(st.text("AC", min_size=1, max_size=14), min_size=1, max_size=9))
def test_groups_are_those_found_pair_by_pair(sequences: list[str]) -> None:
    assert as_sets(similar_groups(sequences)) == slow_groups(sequences)


def test_relatives_are_together_and_strangers_apart() -> None:
    groups = similar_groups(families(number=20, members=3))
    assert len(set(groups)) == 20
    assert groups == [number for number in groups[::3] for _ in range(3)]


def test_a_fragment_is_similar_to_the_whole_and_joins_others() -> None:
    rng = np.random.default_rng(1)
    first, second = random_protein(100, rng), random_protein(100, rng)
    fused = first[:60] + second[:60]
    assert similar_groups([first, second]) == [0, 1]
    assert len(set(similar_groups([first, second, fused, first[30:38]]))) == 1


def test_shares_are_met_and_no_family_is_torn_apart() -> None:
    split = split_by_similarity(labelled(families(100, 2)), SETTINGS)
    parts = [protein.split for protein in split.proteins]
    assert parts[::2] == parts[1::2]
    assert {part: parts.count(part) for part in parts} == {
        "train": 160,
        "validation": 20,
        "test": 20,
    }
    facts = split.provenance["split"]
    assert facts["groups"] == 100
    assert facts["proteins"] == {"train": 160, "validation": 20, "test": 20}
    assert facts["seed"] == 2020
    assert split.provenance["source"] == "s"


def test_a_family_larger_than_a_share_is_trained_on() -> None:
    sequences = families(1, 30) + families(20, 1, seed=1)
    split = split_by_similarity(labelled(sequences), SETTINGS)
    assert {protein.split for protein in split.proteins[:30]} == {"train"}
    assert sum(protein.split == "test" for protein in split.proteins) == 5


def test_the_split_depends_on_the_seed_and_not_on_the_order() -> None:
    whole = labelled(families(40, 2))
    first = split_by_similarity(whole, SETTINGS).proteins
    shuffled = LabelledSet(whole.proteins[::-1], {}, "some file")
    again = split_by_similarity(shuffled, SETTINGS).proteins[::-1]
    assert [p.split for p in first] == [p.split for p in again]
    other = split_by_similarity(whole, {**SETTINGS, "seed": 1}).proteins
    assert [p.split for p in first] != [p.split for p in other]


def test_its_parts_are_used_like_a_publishers() -> None:
    split = split_by_similarity(labelled(families(50, 1)), SETTINGS)
    training = training_splits(split.proteins, None, split.origin)
    test = evaluation_split(split.proteins, split.origin)
    sizes = {name: len(found) for name, found in (training | test).items()}
    assert sizes == {"train": 40, "validation": 5, "test": 5}


@pytest.mark.parametrize(
    ("sequences", "split", "settings", "expected"),
    [
        (families(9, 1), "train", {}, "some file is already split into train; remove"),
        (
            families(1, 9),
            None,
            {},
            "no protein would be in validation, because there ar",
        ),
        (families(4, 1), None, {}, "no protein would be in validation"),
        (families(10, 1), None, {"test": 0.5, "validation": 0.5}, "would be in train"),
    ],
)
def test_what_cannot_be_split_is_reported(
    sequences: list[str], split: str | None, settings: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ProtlangError, match=expected):
        split_by_similarity(labelled(sequences, split), {**SETTINGS, **settings})
