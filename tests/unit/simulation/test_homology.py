"""The simulated SCOPe at 95 %: levels of kinship, two releases, and contacts."""

from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from protlang.formats import archives, astral, contact_maps
from protlang.formats.astral import JOINT, Domain
from protlang.formats.contact_maps import CONTACT, NO_CONTACT, UNLABELLED
from protlang.proteins import SIMULATED_MARK
from protlang.simulation.homology import (
    RELEASES,
    Homology,
    contacts_of,
    simulate_homology,
)
from protlang.simulation.names import HOMOLOGY, SCOPE
from protlang.simulation.nature import STATES
from support.simulation import TINY_WORLD

CONFIG = replace(TINY_WORLD, seed=4, homology={"domains": 240})


@pytest.fixture(scope="module")
def homology() -> Homology:
    return simulate_homology(CONFIG)


def levels(one: Domain, other: Domain) -> int:
    pairs = zip(one.sccs.split("."), other.sccs.split("."), strict=True)
    shared = [a == b for a, b in pairs]
    return ([*shared, False]).index(False)


def words(domain: Domain) -> set[str]:
    text = domain.sequence
    return {text[start : start + 3] for start in range(len(text) - 2)}


def test_the_files_hold_what_was_simulated(mirror: Path, homology: Homology) -> None:
    for release in RELEASES:
        domains = homology.domains[release]
        assert list(astral.read(mirror / HOMOLOGY[release])) == domains
        assert astral.is_simulated(mirror / HOMOLOGY[release])
        ids = [domain.id for domain in domains]
        maps = list(contact_maps.read(mirror / HOMOLOGY["contacts"], release, ids))
        assert [found.id for found in maps] == ids
        for found, simulated in zip(maps, homology.maps[release], strict=True):
            assert np.array_equal(found.contacts, simulated.contacts)
    assert archives.is_simulated(mirror / HOMOLOGY["contacts"])


def test_the_newer_release_adds_to_the_older(homology: Homology) -> None:
    older, newer = (homology.domains[release] for release in RELEASES)
    assert len(newer) == 240
    assert [domain for domain in newer if domain in older] == older
    assert len(newer) - len(older) == 36
    added = [domain.sccs for domain in newer if domain not in older]
    assert len(set(added)) > 20


@pytest.mark.parametrize("count", [168, 171, 240, 301])
def test_groups_of_every_level_have_several_members(count: int) -> None:
    config = replace(CONFIG, homology={"domains": count})
    places = [d.sccs.split(".") for d in simulate_homology(config).domains["2.07"]]
    assert len(places) == count
    families = Counter(tuple(place) for place in places)
    assert 3 <= min(families.values()) <= max(families.values()) <= 6
    for depth in (1, 2, 3):  # classes of folds, folds of superfamilies, ...
        parts = {tuple(place[: depth + 1]) for place in places}
        assert min(Counter(part[:depth] for part in parts).values()) >= 2
    assert {place[0] for place in places} == set("abcdefg")


def test_files_are_in_the_order_of_the_classification(homology: Homology) -> None:
    places = [
        (domain.sccs[0], *map(int, domain.sccs.split(".")[1:]))
        for domain in homology.domains["2.07"]
    ]
    assert places == sorted(places)


def test_no_simulated_name_is_a_real_one_or_the_other_set_s(
    homology: Homology, mirror: Path
) -> None:
    domains = homology.domains["2.07"]
    assert len({domain.id for domain in domains}) == len(domains)
    assert all(domain.pdb.startswith("0") for domain in domains)
    assert all(SIMULATED_MARK in domain.description for domain in domains)
    other = {domain.pdb for domain in astral.read(mirror / SCOPE["domains"])}
    assert not other & {domain.pdb for domain in domains}


def identity(one: Domain, other: Domain) -> float:
    """Share of equal residues at the best of seven places without gaps."""
    letters = [np.frombuffer(d.sequence.encode(), np.uint8) for d in (one, other)]
    shorter = min(map(len, letters))
    counts = []
    for shift in range(-3, 4):
        pair = letters[0][max(0, shift) :], letters[1][max(0, -shift) :]
        size = min(map(len, pair))
        counts.append((pair[0][:size] == pair[1][:size]).sum())
    return float(max(counts) / shorter)


def test_domains_share_more_the_lower_the_level_they_share(homology: Homology) -> None:
    found: dict[int, list[float]] = {level: [] for level in range(5)}
    for one, other in combinations(homology.domains["2.07"][::2], 2):
        found[levels(one, other)].append(identity(one, other))
    means = [float(np.mean(found[level])) for level in range(5)]
    assert means[4] > 1.6 * means[3]
    assert means[3] > 1.4 * means[2]
    assert means[2] > 1.2 * max(means[:2])


def test_no_two_domains_are_95_percent_identical(homology: Homology) -> None:
    domains = homology.domains["2.07"]
    found = [words(domain) for domain in domains]
    for one, other in combinations(range(len(domains)), 2):
        # A differing residue spoils three words: 5 % of them, 15 % of the words.
        longer = max(len(found[one]), len(found[other]))
        assert len(found[one] & found[other]) < 0.85 * longer


def test_maps_fit_their_sequences_and_joints_are_unknown(homology: Homology) -> None:
    pairs = zip(homology.domains["2.07"], homology.maps["2.07"], strict=True)
    joints = 0
    for domain, (name, contacts) in pairs:
        assert name == domain.id
        assert contacts.shape == (len(domain.sequence),) * 2
        assert np.array_equal(contacts, contacts.T)
        for place, letter in enumerate(domain.sequence):
            if letter == JOINT:
                joints += 1
                assert (contacts[place] == UNLABELLED).all()
    assert joints


def test_relatives_in_a_fold_have_much_the_same_contacts(homology: Homology) -> None:
    """Counts of contacts by distance in sequence agree in folds, not between them."""

    def signature(contacts: np.ndarray) -> np.ndarray:
        return np.array([(contacts.diagonal(k) == CONTACT).sum() for k in range(3, 30)])

    domains, maps = homology.domains["2.07"], homology.maps["2.07"]
    signatures = [signature(found.contacts) for found in maps]
    within: list[int] = []
    between: list[int] = []
    for one, other in combinations(range(len(domains)), 2):
        difference = abs(signatures[one] - signatures[other]).sum()
        level = levels(domains[one], domains[other])
        (within if level >= 2 else between).append(difference)
    assert np.mean(within) < 0.35 * np.mean(between)


def coded(states: str) -> np.ndarray:
    return np.array([STATES.index(state) for state in states])


def touching(states: str, burial: float = 1.0) -> set[tuple[int, int]]:
    """Pairs more than two apart that touch, the first one first."""
    contacts = contacts_of(coded(states), np.full(len(states), burial))
    first, second = np.nonzero(contacts == CONTACT)
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return {(i, j) for i, j in pairs if j - i > 2}


def test_coils_touch_their_neighbours_alone() -> None:
    contacts = contacts_of(coded("CCCCCC"), np.zeros(6))
    expected = [[abs(i - j) <= 2 for j in range(6)] for i in range(6)]
    assert (contacts == CONTACT).tolist() == expected
    assert set(np.unique(contacts)) == {CONTACT, NO_CONTACT}


def test_a_helix_touches_its_next_turn() -> None:
    assert touching("CCHHHHHHCC") == {*((2, 5), (3, 6), (4, 7)), *((2, 6), (3, 7))}


def test_strands_across_a_turn_are_antiparallel() -> None:
    # Partners 2-13, 3-12, ... and those two steps beside them in all.
    found = touching("CCEEEETTTTEEEECC")
    assert found == {
        (i, j)
        for i in range(2, 6)
        for j in range(10, 14)
        if abs(i + j - 15) <= 2 and j - i > 2
    }
    assert (2, 13) in found
    assert (2, 10) not in found


def test_strands_across_a_helix_are_parallel() -> None:
    states = "EEEE" + "CC" + "HHHHH" + "CC" + "EEEE"
    between = {(i, j) for i, j in touching(states) if i < 4 and j >= 13}
    assert between == {
        (i, j) for i in range(4) for j in range(13, 17) if abs(i + 13 - j) <= 2
    }


def test_helices_touch_with_their_buried_residues() -> None:
    states = "HHHHHH" + "TTT" + "HHHHHH"
    across = {(i, j) for i, j in touching(states) if i < 6 and j >= 9}
    assert across == {
        (i, j) for i in range(6) for j in range(9, 15) if abs(i + j - 14) <= 3
    }
    assert not {(i, j) for i, j in touching(states, burial=0) if i < 6 and j >= 9}


def test_nothing_is_known_of_unresolved_residues() -> None:
    contacts = contacts_of(coded("-CC-"), np.zeros(4))
    assert (contacts[[0, 3]] == UNLABELLED).all()
    assert (contacts[:, [0, 3]] == UNLABELLED).all()
    assert (contacts[1:3, 1:3] == CONTACT).all()


def test_contacts_can_be_predicted_from_the_sequence(homology: Homology) -> None:
    """Of two pairs four apart, that of helix formers is the likelier contact."""
    formers, breakers = set("AELMQKR"), set("GPNDST")
    touching_formers, touching_breakers = [], []
    pairs = zip(homology.domains["2.07"], homology.maps["2.07"], strict=True)
    for domain, (_, contacts) in pairs:
        for i, value in enumerate(contacts.diagonal(4)):
            letters = set(domain.sequence[i : i + 5])
            if value != UNLABELLED and len(letters & formers) >= 3:
                touching_formers.append(value)
            elif value != UNLABELLED and len(letters & breakers) >= 3:
                touching_breakers.append(value)
    assert np.mean(touching_formers) > 2 * np.mean(touching_breakers) > 0
