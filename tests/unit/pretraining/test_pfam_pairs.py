"""Pairs of domains: how partners are drawn, numbered, masked, and fixed for tests."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from protlang.alphabet import decode
from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.token_store import TokenStore
from protlang.encoders.masking import TFM_MASK, TFM_MASKING, Masking, plus_tokens
from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats.pfam import PFAM
from protlang.pretraining import pfam_pairs
from protlang.pretraining.pfam_pairs import (
    FixedPairs,
    PairReader,
    Pairs,
    PairSampler,
    PairSettings,
    ShuffledPasses,
    draw_fixed_domains,
    draw_fixed_pairs,
    read_fixed_pairs,
)
from support.corpora import build_families
from support.memory import peak_of
from support.sources import make_source

SETTINGS = PairSettings(seed=3)
RELEASED = PairSettings(seed=3, imitate_released_code=True)
SIZES = {"a": 60, "b": 20, "c": 3, "d": 1, "e": 2}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TokenStore:
    lengths = {name: [30] * size for name, size in SIZES.items()}
    return build_families(tmp_path_factory.mktemp("pfam"), lengths)


@pytest.fixture(scope="module")
def families(store: TokenStore) -> np.ndarray:
    """The name of each domain's family."""
    return np.array([store.id(place)[0] for place in range(len(store))])


def sampler(store: TokenStore, settings: PairSettings = SETTINGS) -> PairSampler:
    return PairSampler(store, np.arange(len(store)), settings)


def equal(one: Pairs, other: Pairs) -> bool:
    return all((a == b).all() for a, b in zip(one, other, strict=True))


# How partners are drawn


def test_the_label_is_whether_the_families_are_the_same(
    store: TokenStore, families: np.ndarray
) -> None:
    for settings in (SETTINGS, RELEASED):
        pairs = sampler(store, settings).pairs(0, 5000)
        same = families[pairs.first] == families[pairs.second]
        assert (same == pairs.same_family).all()


def test_half_of_the_pairs_are_of_the_same_family(store: TokenStore) -> None:
    pairs = sampler(store).pairs(0, 40_000)
    assert pairs.same_family.mean() == pytest.approx(0.5, abs=4 * 0.0025)


def test_a_pass_has_every_domain_with_relatives_once_as_anchor(
    store: TokenStore, families: np.ndarray
) -> None:
    drawn = sampler(store)
    relatives = np.flatnonzero(families != "d").tolist()
    assert drawn.anchors == 85
    for number in range(3):
        pairs = drawn.pairs(number * 85, 85)
        assert sorted(pairs.first.tolist()) == relatives
    first, second = drawn.pairs(0, 85).first, drawn.pairs(85, 85).first
    assert (first != second).any()


def test_the_released_code_has_every_domain_as_anchor(store: TokenStore) -> None:
    drawn = sampler(store, RELEASED)
    assert drawn.anchors == 86
    assert sorted(drawn.pairs(86, 86).first.tolist()) == list(range(86))


def test_an_anchor_is_its_own_partner_only_when_imitating(
    store: TokenStore, families: np.ndarray
) -> None:
    pairs = sampler(store).pairs(0, 60_000)
    assert not (pairs.first == pairs.second).any()
    released = sampler(store, RELEASED).pairs(0, 60_000)
    itself = released.first == released.second
    for name, size in SIZES.items():
        positive = released.same_family & (families[released.first] == name)
        expected = 1 / size
        spread = np.sqrt(expected * (1 - expected) / positive.sum())
        assert abs(itself[positive].mean() - expected) <= 5 * spread


def test_relatives_are_drawn_evenly(store: TokenStore, families: np.ndarray) -> None:
    pairs = sampler(store).pairs(0, 80_000)
    chosen = pairs.same_family & (families[pairs.first] == "c")
    counts = Counter(
        zip(pairs.first[chosen].tolist(), pairs.second[chosen].tolist(), strict=True)
    )
    assert len(counts) == 6
    expected = chosen.sum() / 6
    assert all(
        abs(count - expected) < 5 * np.sqrt(expected) for count in counts.values()
    )


def test_other_families_are_drawn_evenly_whatever_their_size(
    store: TokenStore, families: np.ndarray
) -> None:
    pairs = sampler(store).pairs(0, 80_000)
    for anchor in "abce":
        chosen = ~pairs.same_family & (families[pairs.first] == anchor)
        counts = Counter(families[pairs.second[chosen]].tolist())
        assert set(counts) == set("abcde") - {anchor}
        shares = np.array(list(counts.values())) / chosen.sum()
        assert shares == pytest.approx(1 / 4, abs=5 * 0.5 / np.sqrt(chosen.sum()))


def test_members_of_another_family_are_drawn_evenly(
    store: TokenStore, families: np.ndarray
) -> None:
    pairs = sampler(store).pairs(0, 80_000)
    chosen = ~pairs.same_family & (families[pairs.second] == "b")
    counts = np.array(list(Counter(pairs.second[chosen].tolist()).values()))
    assert len(counts) == 20
    assert abs(counts - counts.mean()).max() < 5 * np.sqrt(counts.mean())


def test_only_the_given_domains_are_drawn(store: TokenStore) -> None:
    domains = np.arange(0, len(store), 2)
    pairs = PairSampler(store, domains, SETTINGS).pairs(0, 2000)
    assert {*pairs.first.tolist(), *pairs.second.tolist()} <= set(domains.tolist())


@pytest.mark.parametrize("lengths", [{"a": [30] * 5}, {"a": [30], "b": [30]}])
def test_too_few_families_are_reported(
    tmp_path: Path, lengths: dict[str, list[int]]
) -> None:
    with pytest.raises(ProtlangError, match="two families and two members of one are"):
        sampler(build_families(tmp_path, lengths))


# Numbers


@pytest.mark.parametrize("block", [7, 50, 1 << 14])
def test_pairs_are_the_same_however_they_are_read(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(pfam_pairs, "_BLOCK", block)
    whole = sampler(store).pairs(0, 300)
    again = sampler(store)
    for start, count in ((290, 10), (0, 1), (80, 7), (85, 85), (0, 300), (5, 64)):
        part = Pairs(*(column[start : start + count] for column in whole))
        assert equal(again.pairs(start, count), part)


def test_equal_seeds_give_equal_pairs(store: TokenStore) -> None:
    pairs = sampler(store).pairs(0, 500)
    assert equal(sampler(store).pairs(0, 500), pairs)
    assert not equal(sampler(store, replace(SETTINGS, seed=4)).pairs(0, 500), pairs)


def test_passes_have_every_item_once_in_orders_of_their_own() -> None:
    items = np.array([3, 5, 8, 9])
    whole = ShuffledPasses(items, 1).take(0, 400).reshape(100, 4)
    assert all(sorted(row) == items.tolist() for row in whole.tolist())
    assert len({tuple(row) for row in whole.tolist()}) > 20
    again = ShuffledPasses(items, 1)
    for start, count in ((398, 2), (0, 9), (3, 1), (2, 13)):
        part = whole.ravel()[start : start + count]
        assert (again.take(start, count) == part).all()
    assert (ShuffledPasses(items, 2).take(0, 400) != whole.ravel()).any()


# Short pairs


def test_long_pairs_are_drawn_again(tmp_path: Path) -> None:
    lengths = {"a": [20, 30, 40] * 5, "b": [25, 45] * 5, "c": [60] * 3}
    store = build_families(tmp_path, lengths)
    pairs = sampler(store, replace(SETTINGS, longest=65)).pairs(0, 5000)
    found = store.lengths[pairs.first] + store.lengths[pairs.second]
    assert found.max() == 65
    # Even the shortest partner is too long for those of 60 residues.
    assert 60 not in store.lengths[pairs.first]
    # An anchor of 40 accepts relatives of 20 and others of 25, one of 45 others of 20.
    accepted = {40: 5 / 14 / 2 + 1 / 2 / 4, 45: 1 / 3 / 4}
    # All tries, then the next anchor: nearly always a success but for these two and 60.
    of_40, of_45 = (5 * (1 - (1 - accepted[length]) ** 10) for length in (40, 45))
    expected = of_40 / (15 + of_40 + of_45)
    share = (store.lengths[pairs.first] == 40).mean()
    assert share == pytest.approx(expected, abs=0.01)


def test_limits_that_all_pairs_keep_change_nothing(store: TokenStore) -> None:
    short = sampler(store, replace(SETTINGS, longest=509)).pairs(0, 500)
    assert equal(sampler(store).pairs(0, 500), short)


def test_pairs_that_cannot_be_short_enough_are_reported(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pfam_pairs, "_MOST_ROUNDS", 50)
    with pytest.raises(ProtlangError, match="hardly any two domains of 59 residues"):
        sampler(store, replace(SETTINGS, longest=59)).pairs(0, 5)


# Batches


def test_a_batch_masks_residues_of_the_pairs_of_its_numbers(store: TokenStore) -> None:
    drawn = sampler(store)
    batch = PairReader(store, drawn, Masking(), False, seed=1).batch(10, 32)
    pairs = drawn.pairs(10, 32)
    assert (batch.same_family == pairs.same_family).all()
    for side, places in ((batch.first, pairs.first), (batch.second, pairs.second)):
        assert len(side) == 32
        for masked, place in zip(side, places, strict=True):
            truth = plus_tokens(store[place])
            assert len(masked.positions) == 4  # 15 % of 30 residues
            assert (truth[masked.positions] == masked.targets).all()
            assert (
                np.delete(masked.tokens, masked.positions)
                == np.delete(truth, masked.positions)
            ).all()


def test_masks_follow_from_the_number_and_differ_between_passes(
    store: TokenStore,
) -> None:
    reader = PairReader(store, sampler(store), Masking(), False, seed=1)
    whole, part = reader.batch(0, 20), reader.batch(7, 5)
    for masked, again in zip(whole.first[7:12], part.first, strict=True):
        assert (masked.tokens == again.tokens).all()
        assert (masked.positions == again.positions).all()
    positions = [tuple(masked.positions) for masked in whole.first]
    assert len(set(positions)) > 15
    other = PairReader(store, sampler(store), Masking(), False, seed=2).batch(0, 20)
    assert [tuple(masked.positions) for masked in other.first] != positions


def test_pairs_of_one_sequence_are_masked_together(store: TokenStore) -> None:
    reader = PairReader(store, sampler(store), TFM_MASKING, True, seed=1)
    batch = reader.batch(0, 10)
    for first, second in zip(batch.first, batch.second, strict=True):
        assert len(first.positions) + len(second.positions) == 9  # 15 % of 63 tokens
    assert any(TFM_MASK in masked.tokens for masked in batch.first)


def test_without_masking_sequences_are_as_they_are(store: TokenStore) -> None:
    reader = PairReader(store, sampler(store), None, False, seed=1)
    batch, pairs = reader.batch(0, 5), sampler(store).pairs(0, 5)
    for masked, place in zip(batch.second, pairs.second, strict=True):
        assert (masked.tokens == plus_tokens(store[place])).all()
        assert not len(masked.positions)


# Pairs that are drawn once


def draw(folder: Path, store: TokenStore, seed: int = 3, count: int = 200) -> Path:
    path = folder / f"pairs-{seed}.parquet"
    domains = np.arange(0, len(store), 2)
    draw_fixed_pairs(path, store, domains, PairSettings(seed), count)
    return path


def test_fixed_pairs_are_those_of_the_sampler(
    tmp_path: Path, store: TokenStore
) -> None:
    found = read_fixed_pairs(draw(tmp_path, store))
    domains = np.arange(0, len(store), 2)
    pairs = PairSampler(store, domains, PairSettings(3)).pairs(0, 200)
    assert isinstance(found, FixedPairs)
    assert (found.same_family == pairs.same_family).all()
    places = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert found.ids == [(store.id(a), store.id(b)) for a, b in places]
    assert found.sequences == [(decode(store[a]), decode(store[b])) for a, b in places]
    assert found.provenance["seed"] == 3
    assert found.provenance["corpus"] == store.meta["files"]
    assert found.provenance["simulated"] is False
    assert found.provenance["sources"] == ["pfam"]


def test_fixed_pairs_have_equal_bytes_for_equal_seeds(
    tmp_path: Path, store: TokenStore
) -> None:
    first = file_hash(draw(tmp_path, store))
    assert file_hash(draw(tmp_path, store)) == first
    assert file_hash(draw(tmp_path, store, seed=4)) != first


def test_domains_alone_are_all_equally_likely(
    tmp_path: Path, store: TokenStore
) -> None:
    """Each once before any is drawn again, whatever the sizes of families."""
    path, domains = tmp_path / "domains.parquet", np.arange(len(store))
    draw_fixed_domains(path, store, domains, 3, len(store) // 2)
    found = read_fixed_pairs(path)
    names = [name for pair in found.ids for name in pair]
    assert sorted(names) == sorted(store.id(place) for place in domains)
    assert found.provenance["alone"]
    assert found.provenance["longest_domain"] is None
    written = file_hash(path)
    draw_fixed_domains(path, store, domains, 3, len(store) // 2)
    assert file_hash(path) == written


def test_fixed_pairs_name_their_families(tmp_path: Path, store: TokenStore) -> None:
    table = pq.read_table(draw(tmp_path, store)).to_pydict()
    assert len(table["family_a"]) == 200
    equal_families = [
        one == other
        for one, other in zip(table["family_a"], table["family_b"], strict=True)
    ]
    assert equal_families == table["same_family"]


# Memory


def test_a_sampler_holds_at_most_48_bytes_per_domain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A small block, lest it hide what grows.
    monkeypatch.setattr(pfam_pairs, "_BLOCK", 64)
    path = tmp_path / "pfam.fasta"
    domains = 200_000
    with open(path, "w") as stream:
        stream.writelines(
            f">p{serial} x.1 PF{serial % 50}.1;f{serial % 50};\nMKVLA\n"
            for serial in range(domains)
        )
    build_token_store(
        tmp_path / "s", [(make_source("pfam", PFAM), path)], HeldOut(0, 1)
    )
    large = TokenStore(tmp_path / "s")
    assert peak_of(lambda: sampler(large).pairs(0, 64)) < 48 * domains
