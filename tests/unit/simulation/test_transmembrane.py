"""Simulated membrane proteins."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from protlang.proteins import Protein
from protlang.simulation.transmembrane import (
    BESIDE_HELIX,
    REPEATED,
    simulate_transmembrane,
)
from protlang.tasks.topology import decode, is_correct
from support.simulation import FINE_TUNING_SETS

HYDROPHOBIC = "AFGILMVW"


@pytest.fixture(scope="module")
def membrane_proteins() -> list[Protein]:
    return simulate_transmembrane(FINE_TUNING_SETS)


def regions(protein: Protein, letter: str) -> list[tuple[int, int]]:
    return [m.span() for m in re.finditer(f"{letter}+", protein.labels["topology"])]


def test_helices_cross_the_membrane(membrane_proteins: list[Protein]) -> None:
    lengths = []
    for protein in membrane_proteins:
        topology = protein.labels["topology"]
        assert len(topology) == len(protein.sequence) == len(protein.labels["mask"])
        assert re.fullmatch("[IO][IOLM]*[IO]", topology)
        assert not re.search("IM+I|OM+O|IL+O|OL+I|ML|LM|IO|OI", topology)
        lengths += [end - start for start, end in regions(protein, "M")]
    assert 16 <= min(lengths) <= max(lengths) <= 25
    assert 18 < np.mean(lengths) < 21


def test_helices_are_greasy_and_inner_loops_basic(
    membrane_proteins: list[Protein],
) -> None:
    letters: dict[str, str] = {"M": "", "I": "", "O": ""}
    for protein in membrane_proteins:
        for start, end in regions(protein, "M"):
            letters["M"] += protein.sequence[start:end]
            for side in (
                slice(start - BESIDE_HELIX, start),
                slice(end, end + BESIDE_HELIX),
            ):
                for place, letter in zip(
                    protein.labels["topology"][side],
                    protein.sequence[side],
                    strict=True,
                ):
                    letters[place] = letters.get(place, "") + letter
    share = {
        place: sum(map(text.count, HYDROPHOBIC)) / len(text)
        for place, text in letters.items()
    }
    basic = {
        place: sum(map(text.count, "KR")) / len(text) for place, text in letters.items()
    }
    assert share["M"] > 0.75 > 0.35 > max(share["I"], share["O"])
    assert basic["I"] > 0.3 > 0.05 > max(basic["O"], basic["M"])


def test_some_residues_are_of_unknown_side_or_re_entrant_and_some_proteins_repeated(
    membrane_proteins: list[Protein],
) -> None:
    masked = [p for p in membrane_proteins if "0" in p.labels["mask"]]
    looped = [p for p in membrane_proteins if "L" in p.labels["topology"]]
    assert 0 < len(masked) < 20
    assert 0 < len(looped) < 20
    for protein in masked:
        pairs = zip(protein.labels["topology"], protein.labels["mask"], strict=True)
        assert {seen for place, seen in pairs if place in "IO"} == {"0"}
    counts = Counter(p.sequence for p in membrane_proteins)
    assert len(membrane_proteins) == 100
    assert sum(counts.values()) - len(counts) == round(REPEATED * 100)
    assert len({p.id for p in membrane_proteins}) == 100


def found_by_grease(proteins: list[Protein]) -> float:
    """Share of topologies that the grammar finds in greasy stretches of nine."""
    correct = []
    for protein in proteins:
        greasy = np.array([float(letter in "AFILMVW") for letter in protein.sequence])
        window = np.convolve(greasy, np.ones(9) / 9, mode="same")
        membrane = 1 / (1 + np.exp(3 - 6 * window))
        loop = (1 - membrane) / 2
        predicted = decode(np.stack([loop, loop, membrane], axis=1))
        correct.append(is_correct(protein.labels["topology"], predicted))
    return float(np.mean(correct))


def test_topologies_follow_from_the_sequence(membrane_proteins: list[Protein]) -> None:
    rng = np.random.default_rng(1)
    shuffled = [
        replace(p, sequence="".join(rng.permutation(list(p.sequence))))
        for p in membrane_proteins
    ]
    assert found_by_grease(membrane_proteins) > 0.8
    assert found_by_grease(shuffled) < 0.5
