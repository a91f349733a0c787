"""Pairs of domains: all of them numbered, drawn for training, and fixed for tests."""

from collections import Counter
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.homology import pairs as homology_pairs
from protlang.homology.domains import Domains, level
from protlang.homology.pairs import (
    PAIRS_PER_EPOCH,
    FixedPairSettings,
    HomologySampler,
    LevelledPairs,
    ListedPair,
    NumberedPairs,
    SamplerSettings,
    draw_fixed_pairs,
    read_fixed_pairs,
    write_fixed_pairs,
)

Pair = tuple[int, int]

# Mixed up on purpose, and 10 sorts before 2 as a text.
SCCS = [
    *("b.1.1.1", "a.1.1.1", "a.10.1.1", "a.1.1.1", "a.1.1.2", "a.1.2.1", "b.1.1.1"),
    *("a.2.1.1", "c.1.1.1", "a.1.1.1", "a.1.2.1", "b.2.1.1", "a.10.1.1", "b.1.1.2"),
]
PLACES = range(len(SCCS))

classifications = st.lists(
    st.tuples(st.sampled_from("ab"), *[st.integers(1, 2)] * 3).map(
        lambda parts: ".".join(map(str, parts))
    ),
    min_size=2,
    max_size=9,
)


def by_level(sccs: list[str], pairs: list[Pair]) -> list[set[Pair]]:
    """Pairs sorted into the five levels, one by one."""
    found: list[set[Pair]] = [set() for _ in range(5)]
    for first, second in pairs:
        found[level(sccs[first], sccs[second])].add((first, second))
    return found


def listed(numbered: NumberedPairs, of_level: int) -> list[Pair]:
    """All pairs of a level in the order of their numbers."""
    count = numbered.counts[of_level]
    pairs = numbered[np.full(count, of_level), np.arange(count)]
    return list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


def make_domains(sccs: list[str]) -> Domains:
    names = [f"d{place:04d}" for place in range(len(sccs))]
    sequences = [f"{'A' * (place + 1)}" for place in range(len(sccs))]
    return Domains(names, sccs, sequences, {"release": "2.06", "simulated": True})


def draw(path: Path, domains: Domains, settings: FixedPairSettings) -> list[Pair]:
    draw_fixed_pairs(path, domains, settings)
    return [(int(a[1:]), int(b[1:])) for a, b in read_fixed_pairs(path).ids]


# Numbering


@given(classifications)
def test_numbers_of_ordered_pairs_list_all_pairs_once(sccs: list[str]) -> None:
    numbered = NumberedPairs(sccs, ordered=True)
    expected = by_level(sccs, list(product(range(len(sccs)), repeat=2)))
    for of_level in range(5):
        pairs = listed(numbered, of_level)
        assert len(pairs) == len(set(pairs)) == numbered.counts[of_level]
        assert set(pairs) == expected[of_level]


@given(classifications)
def test_numbers_of_unordered_pairs_list_all_pairs_of_two_once(sccs: list[str]) -> None:
    numbered = NumberedPairs(sccs, ordered=False)
    expected = by_level(sccs, list(combinations(range(len(sccs)), 2)))
    for of_level in range(5):
        pairs = [(min(pair), max(pair)) for pair in listed(numbered, of_level)]
        assert len(pairs) == len(set(pairs)) == numbered.counts[of_level]
        assert set(pairs) == expected[of_level]


def test_as_many_domains_as_in_scope_need_no_list_of_pairs() -> None:
    rng = np.random.default_rng(0)
    parts = rng.integers(1, (8, 150, 3, 3), (22_408, 4)).astype(str)
    sccs = [f"{'abcdefg'[int(p[0]) - 1]}.{'.'.join(p[1:])}" for p in parts]
    sampler = HomologySampler(sccs, SamplerSettings(seed=0))
    assert sampler.counts.sum() == 22_408**2
    pairs = sampler.pairs(0, 1000)
    assert [level(sccs[a], sccs[b]) for a, b in zip(*pairs[:2], strict=True)] == (
        pairs.levels.tolist()
    )


# Training pairs


def test_levels_are_as_likely_as_their_pairs_to_the_power_tau() -> None:
    counts = [len(p) for p in by_level(SCCS, list(product(PLACES, repeat=2)))]
    for tau in (0.5, 1.0, 0.0):
        weights = np.array(counts) ** tau
        sampler = HomologySampler(SCCS, SamplerSettings(seed=5, tau=tau))
        drawn = np.bincount(sampler.pairs(0, 40_000).levels, minlength=5)
        expected = 40_000 * weights / weights.sum()
        assert chisquare(drawn, expected).pvalue > 0.01


def test_pairs_of_a_level_are_equally_likely() -> None:
    sampler = HomologySampler(SCCS, SamplerSettings(seed=6))
    pairs = sampler.pairs(0, PAIRS_PER_EPOCH)
    all_pairs = by_level(SCCS, list(product(PLACES, repeat=2)))
    for of_level, possible in enumerate(all_pairs):
        chosen = pairs.levels == of_level
        drawn = Counter(zip(pairs.first[chosen], pairs.second[chosen], strict=True))
        assert set(drawn) == possible
        assert chisquare(list(drawn.values())).pvalue > 0.01


def test_a_level_without_pairs_is_not_drawn() -> None:
    sampler = HomologySampler(["a.1.1.1", "b.1.1.1"], SamplerSettings(seed=0))
    assert set(sampler.pairs(0, 1000).levels) == {0, 4}


def test_a_pair_follows_from_its_number_alone() -> None:
    settings = SamplerSettings(seed=1)
    at_once = HomologySampler(SCCS, settings).pairs(0, PAIRS_PER_EPOCH + 500)
    for start, count in ((0, 7), (PAIRS_PER_EPOCH - 5, 10), (123, 64)):
        part = HomologySampler(SCCS, settings).pairs(start, count)
        for column, whole in zip(part, at_once, strict=True):
            assert (column == whole[start : start + count]).all()


def test_seeds_and_epochs_draw_other_pairs() -> None:
    sampler = HomologySampler(SCCS, SamplerSettings(seed=1))
    first, second = sampler.pairs(0, 100), sampler.pairs(PAIRS_PER_EPOCH, 100)
    other = HomologySampler(SCCS, SamplerSettings(seed=2)).pairs(0, 100)
    assert (first.first != second.first).any()
    assert (first.first != other.first).any()


def released_chances(sccs: list[str], tau: float) -> dict[Pair, float]:
    """Chance of each pair, as the released sampler's arithmetic has it."""
    places = sorted(range(len(sccs)), key=lambda place: sccs[place].split("."))
    in_order = sorted(
        product(places, repeat=2), key=lambda pair: level(sccs[pair[0]], sccs[pair[1]])
    )
    levels = [level(sccs[a], sccs[b]) for a, b in in_order]
    present = sorted(set(levels))
    weights = {k: levels.count(k) ** (tau - 1) for k in present}
    chances = dict.fromkeys(in_order, 0.0)
    for k in present:
        begin = levels.index(k)
        for pair in in_order[: begin + 1]:
            chances[pair] += weights[k] / sum(weights.values()) / (begin + 1)
    return chances


@pytest.mark.parametrize("sccs", [SCCS, ["a.1.1.1", "b.1.1.1", "a.1.1.2"]])
def test_the_released_sampler_is_imitated(sccs: list[str]) -> None:
    settings = SamplerSettings(seed=8, imitate_released_code=True)
    pairs = HomologySampler(sccs, settings).pairs(0, PAIRS_PER_EPOCH)
    drawn = Counter(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    chances = {k: v for k, v in released_chances(sccs, 0.5).items() if v}
    assert set(drawn) <= set(chances)
    observed = [drawn[pair] for pair in chances]
    expected = np.array(list(chances.values())) * PAIRS_PER_EPOCH
    assert chisquare(observed, expected).pvalue > 0.01
    true_levels = [level(sccs[a], sccs[b]) for a, b in zip(*pairs[:2], strict=True)]
    assert pairs.levels.tolist() == true_levels


def test_the_imitation_begins_its_epoch_with_one_pair_and_ends_with_many() -> None:
    settings = SamplerSettings(seed=8, imitate_released_code=True)
    pairs = HomologySampler(SCCS, settings).pairs(0, PAIRS_PER_EPOCH)
    assert len(set(zip(pairs.first[:1000], pairs.second[:1000], strict=True))) == 1
    assert len(set(zip(pairs.first[-1000:], pairs.second[-1000:], strict=True))) > 100


# Fixed pairs


def test_all_pairs_of_two_are_taken_if_no_number_is_given(tmp_path: Path) -> None:
    path, domains = tmp_path / "pairs", make_domains(SCCS)
    pairs = draw(path, domains, FixedPairSettings(seed=0, count=None))
    assert {(min(p), max(p)) for p in pairs} == set(combinations(PLACES, 2))
    assert len(pairs) == len(set(pairs))
    more = draw(path, domains, FixedPairSettings(seed=0, count=10**9))
    assert pairs == more


def test_fixed_pairs_carry_their_sequences_and_levels(tmp_path: Path) -> None:
    path = tmp_path / "pairs"
    drawn = draw(path, make_domains(SCCS), FixedPairSettings(seed=0, count=40))
    pairs = read_fixed_pairs(path)
    assert pairs.levels.tolist() == [level(SCCS[a], SCCS[b]) for a, b in drawn]
    assert [(len(a) - 1, len(b) - 1) for a, b in pairs.sequences] == drawn
    assert len({frozenset(pair) for pair in drawn}) == 40


def test_fixed_pairs_come_in_no_order(tmp_path: Path) -> None:
    path, domains = tmp_path / "pairs", make_domains(sorted(SCCS))
    drawn = draw(path, domains, FixedPairSettings(seed=0, count=None))
    turned = np.mean([a > b for a, b in drawn])
    assert turned == pytest.approx(0.5, abs=0.15)
    levels = read_fixed_pairs(path).levels
    assert 10 < (levels[:45] > 0).sum() < (levels > 0).sum() - 10


@pytest.mark.parametrize("tau", [1.0, 0.5])
def test_levels_of_fixed_pairs_follow_tau(tmp_path: Path, tau: float) -> None:
    rng = np.random.default_rng(1)
    parts = rng.integers(1, (4, 4, 3, 3), (400, 4)).astype(str)
    sccs = [f"{'abc'[int(p[0]) - 1]}.{'.'.join(p[1:])}" for p in parts]
    path = tmp_path / "pairs"
    counts = np.array(
        [len(p) for p in by_level(sccs, list(combinations(range(400), 2)))]
    )
    drawn = np.zeros(5)
    for seed in range(10):
        settings = FixedPairSettings(seed=seed, count=2000, tau=tau)
        draw_fixed_pairs(path, make_domains(sccs), settings)
        drawn += np.bincount(read_fixed_pairs(path).levels, minlength=5)
    expected = 20_000 * counts**tau / (counts**tau).sum()
    assert chisquare(drawn, expected).pvalue > 0.01


def test_levels_make_up_for_one_that_has_too_few_pairs(tmp_path: Path) -> None:
    """Of 91 pairs 4 are of a family; with tau = 0 those would be one in five."""
    path, domains = tmp_path / "pairs", make_domains(SCCS)
    pairs = draw(path, domains, FixedPairSettings(seed=0, count=60, tau=0.0))
    levels = read_fixed_pairs(path).levels
    of_family = by_level(SCCS, list(combinations(PLACES, 2)))[4]
    assert len(pairs) == 60
    assert (levels == 4).sum() == len(of_family)


def test_pairs_within_a_level_are_equally_likely_to_be_fixed(tmp_path: Path) -> None:
    drawn: Counter[frozenset[int]] = Counter()
    for seed in range(300):
        settings = FixedPairSettings(seed=seed, count=10)
        pairs = homology_pairs._draw(NumberedPairs(SCCS, ordered=False), settings)
        drawn.update(
            frozenset(pair)
            for pair in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
        )
    assert len(drawn) == 91
    assert chisquare(list(drawn.values())).pvalue > 0.01


def test_equal_settings_give_equal_bytes_and_are_recorded(tmp_path: Path) -> None:
    settings = FixedPairSettings(seed=3, count=50)
    for name in ("one", "other"):
        draw_fixed_pairs(tmp_path / name, make_domains(SCCS), settings)
    assert file_hash(tmp_path / "one") == file_hash(tmp_path / "other")
    pairs = read_fixed_pairs(tmp_path / "one")
    provenance = pairs.provenance
    assert provenance["levels"] == dict(
        zip(
            ("none", "class", "fold", "superfamily", "family"),
            np.bincount(pairs.levels, minlength=5).tolist(),
            strict=True,
        )
    )
    settings = {key: provenance[key] for key in ("seed", "tau", "pairs")}
    assert settings == {"seed": 3, "tau": 1.0, "pairs": 50}
    assert provenance["domains"] == {"release": "2.06", "simulated": True}


def test_a_published_list_is_unchanged(tmp_path: Path) -> None:
    rows = [
        ListedPair(("a", "b"), ("AC", "D"), 3),
        ListedPair(("c", "a"), ("E", "AC"), 0),
    ]
    write_fixed_pairs(tmp_path / "pairs", iter(rows), {"source": "P-ELMo"})
    pairs = read_fixed_pairs(tmp_path / "pairs")
    assert pairs.ids == [("a", "b"), ("c", "a")]
    assert pairs.sequences == [("AC", "D"), ("E", "AC")]
    assert pairs.levels.tolist() == [3, 0]
    assert pairs.provenance["source"] == "P-ELMo"


def test_no_pair_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="two make a pair"):
        HomologySampler(["a.1.1.1"], SamplerSettings(seed=0))
    with pytest.raises(ProtlangError, match="there is no pair to write"):
        write_fixed_pairs(tmp_path / "pairs", [], {})


def test_pairs_are_named_tuples_of_equal_length() -> None:
    pairs = HomologySampler(SCCS, SamplerSettings(seed=0)).pairs(5, 9)
    assert isinstance(pairs, LevelledPairs)
    assert [len(column) for column in pairs] == [9, 9, 9]
