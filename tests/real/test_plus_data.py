"""The readers on real sets of PLUS's tasks.

Expected numbers are those of the data folder's README, which were counted by others.
"""

from collections import Counter
from collections.abc import Callable
from itertools import product

import pytest

from protlang.datasets.curation import LabelledSet
from protlang.datasets.similarity_split import split_by_similarity
from protlang.proteins import Protein

pytestmark = pytest.mark.real


Read = Callable[[str], LabelledSet]


def lengths(proteins: list[Protein], part: str) -> set[int]:
    return {len(protein.sequence) for protein in proteins if protein.split == part}


def test_stability_is_tapes(read_source: Read) -> None:
    proteins = read_source("tape-stability").proteins
    assert lengths(proteins, "train") == {43, 50}
    assert lengths(proteins, "validation") == {50}
    assert lengths(proteins, "test") == {43, 46}
    train = [protein for protein in proteins if protein.split == "train"]
    assert len({protein.sequence for protein in train}) == 53_571
    assert train[0].values == {"stability": -0.209999993443489}


def test_fluorescence_is_tapes(read_source: Read) -> None:
    labelled = read_source("tape-fluorescence")
    wild_type = max(labelled.proteins, key=lambda protein: len(protein.sequence))
    assert len(wild_type.sequence) == 237
    lacking = [one for one in labelled.proteins if len(one.sequence) < 237]
    assert len(lacking) == 2_310  # a stop codon was left out of them
    values = [protein.values["fluorescence"] for protein in labelled.proteins]
    assert 1.28 < min(values) < max(values) < 4.13
    assert "changes" not in labelled.provenance


def test_secondary_structure_agrees_with_the_array_of_cb513(
    read_source: Read,
) -> None:
    proteins = read_source("tape-secondary-structure").proteins
    tape = {p.sequence: p.labels["q3"] for p in proteins if p.split == "cb513"}
    other = read_source("cb513-prottrans").proteins
    shared = [protein for protein in other if protein.sequence in tape]
    assert len(shared) >= 484
    differing = {p.id for p in shared if p.labels["q3"] != tape[p.sequence]}
    assert len(differing) <= 1


def test_plus_leaves_out_three_of_deepsols_proteins(read_source: Read) -> None:
    deepsol = read_source("deepsol").proteins
    plus = read_source("plus-solubility").proteins
    known = {one.sequence: one.classes["solubility"] for one in deepsol}
    for protein in plus:
        assert known.pop(protein.sequence) == protein.classes["solubility"]
    left = {one.id for one in deepsol if one.sequence in known}
    assert left == {
        "deepsol-validation-05855",
        "deepsol-test-01049",
        "deepsol-test-01059",
    }
    states = Counter((one.split, one.classes["solubility"]) for one in plus)
    assert states["validation", "insoluble"] == 4_044
    assert states["validation", "soluble"] == 2_897
    assert states["test", "insoluble"] == 999
    assert states["test", "soluble"] == 1_000


def test_psi_biology_is_soluble_or_not_in_five_partitions(
    read_source: Read,
) -> None:
    proteins = read_source("psi-biology").proteins
    states = Counter(protein.classes["solubility"] for protein in proteins)
    assert states == {"soluble": 7_500, "insoluble": 3_726}
    assert {protein.split for protein in proteins} == {
        f"partition_{number}" for number in range(5)
    }


def test_places_in_the_membrane_stay_as_published(read_source: Read) -> None:
    labelled = read_source("topcons2-library")
    assert labelled.provenance["changes"] == {
        "re_entrant_residues_given_a_side": 1_115,
        "residues_of_unknown_side_masked": 4_790,
    }
    topologies = Counter("".join(p.labels["topology"] for p in labelled.proteins))
    masked = "".join(protein.labels["mask"] for protein in labelled.proteins)
    assert topologies["M"] == 64_829
    assert masked.count("0") == 4_790
    assert topologies["I"] + topologies["O"] == 87_824 + 77_102 + 4_790 + 1_115
    assert min(Counter(p.labels["topology"])["M"] for p in labelled.proteins) > 0


def test_no_similar_proteins_are_on_both_sides_of_the_split(
    read_source: Read,
) -> None:
    labelled = read_source("topcons2-library")
    settings = {"validation": 0.1, "test": 0.1, "seed": 2020}
    split = split_by_similarity(labelled, settings)
    parts = Counter(protein.split for protein in split.proteins)
    assert parts == {"train": 544, "validation": 68, "test": 68}
    words = [
        {protein.sequence[i : i + 6] for i in range(len(protein.sequence) - 5)}
        for protein in split.proteins
    ]
    trained_on = [protein.split == "train" for protein in split.proteins]
    train = [one for one, known in zip(words, trained_on, strict=True) if known]
    held_out = [one for one, known in zip(words, trained_on, strict=True) if not known]
    assert (
        max(
            len(one & other) / min(len(one), len(other))
            for one, other in product(held_out, train)
        )
        < 0.05
    )
