"""Families of homologous proteins."""

import numpy as np

from protlang.alphabet import Q8_STATES
from protlang.simulation import families
from protlang.simulation.world import World
from support.simulation import SMALL_WORLD, coded, words_of

CONFIG = SMALL_WORLD


def test_residues_fit_the_structure_of_their_site() -> None:
    rng = np.random.default_rng(7)
    lengths, members = np.full(60, 150), np.full(60, 2)
    simulated = families.simulate_families(lengths, members, rng)
    states = np.concatenate([family.states for family in simulated])
    residues = np.concatenate([family.alignment[0] for family in simulated])
    in_strand = residues[states == Q8_STATES.index("E")]
    in_helix = residues[states == Q8_STATES.index("H")]
    valine, alanine = coded("VA")
    assert (in_strand == valine).mean() > 1.5 * (in_helix == valine).mean()
    assert (in_helix == alanine).mean() > 1.5 * (in_strand == alanine).mean()


def test_deletions_spare_helices_and_stay_within_their_family() -> None:
    rng = np.random.default_rng(8)
    lengths = np.full(400, 50)
    states = np.tile(np.repeat([Q8_STATES.index("H"), Q8_STATES.index("C")], 25), 400)
    times = np.where(np.arange(len(states)) // 50 % 2, 1.0, 0.0)
    lost = families._draw_deletions(states, times, lengths, rng).reshape(400, 50)
    assert not lost[::2].any()
    assert 0 < lost[1::2, :25].mean() < lost[1::2, 25:].mean() < 0.2


def test_relatives_share_words(world: World) -> None:
    families_with_relatives = [
        family.alignment
        for family in world.families["train"]
        if len(family.alignment) > 10
    ]
    for alignment in families_with_relatives:
        assert words_of(alignment[::2]) & words_of(alignment[1::2])
