"""The simulated DeepLoc: its format, its proportions, the signals in its proteins."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from protlang.alphabet import AMINO_ACIDS, CYTOPLASM_AND_NUCLEUS, LOCATIONS
from protlang.formats import deeploc
from protlang.proteins import Protein
from protlang.simulation.deeploc import (
    LEAST,
    LOCATION_WEIGHTS,
    MEMBRANE_WEIGHTS,
    simulate_deeploc,
)
from protlang.simulation.mirror import write_mirror
from protlang.simulation.names import DEEPLOC
from support.simulation import TINY_WORLD

SMALL = replace(TINY_WORLD, seed=5, deeploc={"proteins": 400})


@pytest.fixture(scope="module")
def proteins() -> list[Protein]:
    return simulate_deeploc(SMALL)


def sequences(
    proteins: list[Protein], location: str, membrane: str = "MSU"
) -> list[str]:
    return [
        protein.sequence
        for protein in proteins
        if protein.classes["location"] == location
        and protein.classes["membrane"] in membrane
    ]


def test_what_is_written_is_read_back_and_marked_as_simulated(
    proteins: list[Protein], tmp_path: Path
) -> None:
    write_mirror(SMALL, tmp_path)
    files = {"data": tmp_path / DEEPLOC}
    assert list(deeploc.read(files, "deeploc-1")) == proteins
    assert deeploc.is_simulated(files)


def test_locations_are_as_unevenly_filled_as_in_the_real_set(
    proteins: list[Protein],
) -> None:
    found = Counter(protein.classes["location"] for protein in proteins)
    assert found.total() == 400
    assert set(found) == {*LOCATIONS, CYTOPLASM_AND_NUCLEUS}
    assert min(found.values()) >= LEAST
    ranked = [name for name, _ in found.most_common(3)]
    assert ranked == ["Nucleus", "Cytoplasm", "Extracellular"]
    weights = LOCATION_WEIGHTS
    assert sum(weights.values()) == 14_004
    expected = weights["Nucleus"] / 14_004
    assert found["Nucleus"] / 400 == pytest.approx(expected, abs=0.05)


def test_a_fifth_of_each_location_is_for_the_test(proteins: list[Protein]) -> None:
    for location in LOCATIONS:
        splits = Counter(
            protein.split
            for protein in proteins
            if protein.classes["location"] == location
        )
        assert splits["test"] / splits.total() == pytest.approx(0.2, abs=0.05)
    both = [p for p in proteins if p.classes["location"] == CYTOPLASM_AND_NUCLEUS]
    assert {protein.split for protein in both} == {"train"}


def test_membrane_states_occur_where_they_do_in_the_real_set(
    proteins: list[Protein],
) -> None:
    for protein in proteins:
        location, membrane = protein.classes["location"], protein.classes["membrane"]
        assert membrane in MEMBRANE_WEIGHTS[location]
    assert {protein.classes["membrane"] for protein in proteins} == set("MSU")


def test_names_are_unique_and_no_real_accessions(proteins: list[Protein]) -> None:
    names = [protein.id for protein in proteins]
    assert len(set(names)) == len(names)
    assert all(name.startswith("0LOC") for name in names)


def test_locations_come_in_random_order(proteins: list[Protein]) -> None:
    first = Counter(protein.classes["location"] for protein in proteins[:100])
    assert len(first) > 7


def test_all_proteins_begin_with_methionine(proteins: list[Protein]) -> None:
    for protein in proteins:
        assert protein.sequence.startswith("M")
        assert set(protein.sequence) <= set(AMINO_ACIDS)


SIGNAL_PEPTIDE = re.compile(r"M[KRNS]{1,4}[LAVFI]{9,13}[STGPQ]{2,4}A[LSQTV]A")
MEMBRANE_SEGMENT = re.compile(r"[LIVAFGMW]{16}")


@pytest.mark.parametrize(
    "location",
    ["Cell.membrane", "Endoplasmic.reticulum", "Lysosome/Vacuole", "Extracellular"],
)
def test_what_is_secreted_has_a_signal_peptide(
    proteins: list[Protein], location: str
) -> None:
    assert all(SIGNAL_PEPTIDE.match(text) for text in sequences(proteins, location))


def test_what_stays_in_the_cytoplasm_has_none(proteins: list[Protein]) -> None:
    assert not any(map(SIGNAL_PEPTIDE.match, sequences(proteins, "Cytoplasm")))


def test_transit_peptides_are_basic_or_hydroxylated(proteins: list[Protein]) -> None:
    for text in sequences(proteins, "Mitochondrion"):
        start = text[1:16]
        assert not set(start) & set("DE")
        assert sum(start.count(letter) for letter in "RK") >= 3
    for text in sequences(proteins, "Plastid"):
        assert text.startswith("MA")
        assert sum(text[2:32].count(letter) for letter in "STA") >= 8


def test_nuclear_proteins_have_a_basic_patch(proteins: list[Protein]) -> None:
    patch = re.compile(r"P[KR]{4,6}[VPS]")
    for location in ("Nucleus", CYTOPLASM_AND_NUCLEUS):
        # A second patch may fall into the first one and split it.
        found = [bool(patch.search(text)) for text in sequences(proteins, location)]
        assert sum(found) / len(found) > 0.9


def test_tails_lead_to_peroxisomes_and_to_the_reticulum(
    proteins: list[Protein],
) -> None:
    for text in sequences(proteins, "Peroxisome"):
        assert re.search(r"[SAC][KRH]L$", text)
    for text in sequences(proteins, "Endoplasmic.reticulum", "M"):
        assert re.search(r"KK..$", text)
    for text in sequences(proteins, "Endoplasmic.reticulum", "S"):
        assert re.search(r"[KH]DEL$", text)


def test_membrane_proteins_have_hydrophobic_segments_and_soluble_ones_have_not(
    proteins: list[Protein],
) -> None:
    segments = {
        membrane: [
            bool(MEMBRANE_SEGMENT.search(text[25:]))
            for location in ("Cell.membrane", "Mitochondrion", "Plastid", "Cytoplasm")
            for text in sequences(proteins, location, membrane)
        ]
        for membrane in "MS"
    }
    assert sum(segments["M"]) / len(segments["M"]) > 0.9
    assert not any(segments["S"])
