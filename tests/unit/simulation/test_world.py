"""The simulated world and its settings."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from protlang.errors import ProtlangError
from protlang.simulation.world import SETS, World, simulate_world
from support.simulation import SMALL_WORLD, words_of

CONFIG = SMALL_WORLD


def test_the_size_of_one_set_does_not_disturb_the_others(world: World) -> None:
    larger = simulate_world(replace(CONFIG, proteins={**CONFIG.proteins, "train": 62}))
    for name in ("cb513", "ts115", "casp12"):
        pairs = zip(world.chains[name], larger.chains[name], strict=True)
        for one, other in pairs:
            assert one.protein.sequence == other.protein.sequence
            assert one.protein.labels == other.protein.labels


def test_names_are_unique_to_a_chain(world: World) -> None:
    names = [chain.protein.id for name in SETS for chain in world.chains[name]]
    assert len(set(names)) == len(names)


def test_sets_share_no_family(world: World) -> None:
    words = {
        name: set().union(*(words_of(family.alignment) for family in members))
        for name, members in world.families.items()
    }
    for one, other in combinations(SETS, 2):
        assert not words[one] & words[other]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"length": (90, 60)}, "simulation.length is 90 to 60"),
        ({"length": (5, 60)}, "at least 20"),
        ({"homologues": (-1, 3)}, "simulation.homologues"),
        ({"proteins": {"train": 5}}, "simulation.proteins has the sets train"),
        ({"proteins": {**CONFIG.proteins, "ts115": 0}}, "at least 1"),
        ({"proteins": {**CONFIG.proteins, "train": 10**5}}, "request fewer"),
        ({"unmatched": {**CONFIG.unmatched, "casp12": 5}}, "at most half"),
        ({"corpus": {"families": 1}}, "simulation.corpus has the keys families; give"),
        (
            {"corpus": {"families": 0, "relatives": 5}},
            "corpus.families is 0; request at least 1",
        ),
        ({"pfam": {"families": 5}}, "simulation.pfam has the keys families; give"),
        (
            {"pfam": {"families": 1, "largest": 9}},
            "pfam.families is 1; request at least 2",
        ),
        (
            {"pfam": {"families": 9, "largest": 1}},
            "pfam.largest is 1; request at least 2",
        ),
        ({"deeploc": {"proteins": 79}}, "deeploc.proteins is 79; request 80 to 99,999"),
        ({"deeploc": {"size": 100}}, "simulation.deeploc has the keys size"),
        ({"scope": {"domains": 99}}, "scope.domains is 99; request 100 to 9,000"),
        ({"scope": {"domains": 9001}}, "simulation.scope.domains is 9001"),
        ({"scope": {}}, "simulation.scope has the keys ; give a number for domains"),
        ({"homology": {"domains": 167}}, "domains is 167; request 168 to 9,000"),
        ({"homology": {"domains": 9001}}, "simulation.homology.domains is 9001"),
        ({"homology": {"proteins": 200}}, "simulation.homology has the keys proteins"),
        ({"stability": {"train": 9}}, "simulation.stability has the parts train; give"),
        ({"fluorescence": {}}, "simulation.fluorescence has the parts ; give"),
        (
            {"solubility": {"train": 9, "validation": 3, "test": 9}},
            "simulation.solubility.validation is 3; request 4 to 99,999",
        ),
        ({"transmembrane": {"proteins": 19}}, "proteins is 19; request 20 to"),
    ],
)
def test_impossible_sizes_are_refused_in_a_sentence(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ProtlangError, match=message):
        replace(CONFIG, **settings)
