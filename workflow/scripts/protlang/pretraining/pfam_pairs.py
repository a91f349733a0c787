"""Pairs of domains that are, or are not, of the same family (PLUS, SFP).

In an epoch, every domain is an anchor once, in a seeded order. With probability 1/2 its
partner is another member of its family, each as likely; otherwise it is a member, each
as likely, of another family, each as likely whatever its size.

Pairs are numbered from 0 on, through all epochs, and each follows from the seed and its
number alone. So a number is all that a run has to remember, and processes share the
work by taking different numbers.

Source: PLUS, "Same Family Prediction (SFP)"; its released code (plus/data/pfam.py,
plus/data/dataset.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from protlang.alphabet import decode
from protlang.corpora.token_store import TokenStore
from protlang.encoders.masking import (
    MaskedSequence,
    Masking,
    mask_alone,
    mask_jointly,
    plus_tokens,
    unmasked,
)
from protlang.errors import ProtlangError
from protlang.parquet import read_table, write_table
from protlang.pretraining.pfam_domains import families_of

TRIES = 10
"""Partners drawn for an anchor, if pairs have to be short, before the next has a go."""

_MOST_ROUNDS = 10_000
"""Of tries: no corpus whose pairs fit at all has needed a hundred."""

_BLOCK = 1 << 14
"""Pairs drawn at a time."""

_ORDERS, _PARTNERS, _MASKS = 0x4F524452, 0x50415254, 0x4D41534B
"""Set the chances of orders, partners and masks apart."""


@dataclass(frozen=True)
class PfamPairSettings:
    """Pairs that are drawn once: to select weights by, and to test all models on.

    Attributes:
        development: how many of the validation set.
        test: how many of the test set; PLUS does not report it.
        seed: of their choice, and of the residues that are masked.
        longest: residues of a test domain at most; None sets no limit.
    """

    development: int = 2_000
    test: int = 10_000
    seed: int = 1
    longest: int | None = None


@dataclass(frozen=True)
class PairSettings:
    """How pairs are drawn.

    Attributes:
        seed: of all chance.
        longest: residues of a pair at most; None sets no limit. PLUS-TFM has room for
            509 besides CLS and two SEP. A longer pair is drawn again, partner and kind;
            after `TRIES` of them the next anchor takes its place.
        imitate_released_code: let an anchor be its own partner, as likely as any other
            member. Else, a domain without relatives is no anchor.
    """

    seed: int
    longest: int | None = None
    imitate_released_code: bool = False


class Pairs(NamedTuple):
    """Some pairs of domains.

    Attributes:
        first: places of the anchors in the store, int64 (pairs,).
        second: of their partners, int64 (pairs,).
        same_family: bool (pairs,).
    """

    first: np.ndarray
    second: np.ndarray
    same_family: np.ndarray


class PairBatch(NamedTuple):
    """Pairs of sequences, for training.

    Attributes:
        first: of each pair, with masked residues.
        second: likewise.
        same_family: bool (pairs,).
    """

    first: list[MaskedSequence]
    second: list[MaskedSequence]
    same_family: np.ndarray


class ShuffledPasses:
    """An endless, numbered list: passes over some items, each in a seeded order.

    P-ELMo's language model reads domains this way, without partners.

    Args:
        items: such as places of domains, (items,).
        seed: of the orders.
    """

    def __init__(self, items: np.ndarray, seed: int) -> None:
        self._items = items
        self._seed = seed
        self.order = lru_cache(maxsize=1)(self._shuffle)

    def __len__(self) -> int:
        """Items of one pass."""
        return len(self._items)

    def take(self, start: int, count: int) -> np.ndarray:
        """The items of the numbers from `start` on, (count,)."""
        parts = []
        while count:
            number, offset = divmod(start, len(self._items))
            parts.append(self.order(number)[offset : offset + count])
            start += len(parts[-1])
            count -= len(parts[-1])
        return np.concatenate(parts)

    def _shuffle(self, number: int) -> np.ndarray:
        rng = np.random.default_rng([self._seed, _ORDERS, number])
        return rng.permutation(self._items)


class PairSampler:
    """An endless, numbered list of pairs.

    Attributes:
        anchors: pairs of a pass.

    Args:
        store: the corpus, with families.
        domains: places of those to draw from, such as the training set.
        settings: how.

    Raises:
        ProtlangError: if there is only one family, or none with two members, or no pair
            that is short enough.
    """

    def __init__(
        self, store: TokenStore, domains: np.ndarray, settings: PairSettings
    ) -> None:
        families = families_of(store)[domains]
        order = np.argsort(families, kind="stable")
        self._members = domains[order]
        families = families[order]
        del order
        is_first = np.append(True, families[1:] != families[:-1])
        self._starts = np.flatnonzero(is_first)
        self._sizes = np.diff(self._starts, append=len(domains))
        self._store = store
        self._settings = settings
        anchors = self._possible_anchors()
        self.anchors = len(anchors)
        self._check()
        # As places in `_members`.
        self._passes = ShuffledPasses(anchors, settings.seed)
        self._block = lru_cache(maxsize=4)(self._draw_block)

    def pairs(self, start: int, count: int) -> Pairs:
        """The pairs of the numbers from `start` on.

        Args:
            start: of the first, from 0.
            count: how many.
        """
        parts = list(self._parts(start, start + count))
        return Pairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _parts(self, start: int, stop: int) -> Iterator[Pairs]:
        """Yield the parts of a range of pairs that lie within a block each."""
        while start < stop:
            number, place = divmod(start, self.anchors)
            block, offset = divmod(place, _BLOCK)
            whole = self._block(number, block)
            count = min(stop - start, len(whole.first) - offset)
            yield Pairs(*(column[offset : offset + count] for column in whole))
            start += count

    def _draw_block(self, number: int, block: int) -> Pairs:
        """Draw partners for consecutive anchors of a pass, until all pairs fit."""
        rng = np.random.default_rng([self._settings.seed, _PARTNERS, number, block])
        order = self._passes.order(number)
        places = np.arange(block * _BLOCK, min((block + 1) * _BLOCK, self.anchors))
        firsts = order[places]
        seconds, same = self._draw_partners(firsts, rng)
        waiting = np.flatnonzero(~self._fit(firsts, seconds))
        for tries in range(1, _MOST_ROUNDS):
            if not len(waiting):
                break
            if tries % TRIES == 0:
                places[waiting] = (places[waiting] + 1) % self.anchors
                firsts[waiting] = order[places[waiting]]
            again = firsts[waiting]
            seconds[waiting], same[waiting] = self._draw_partners(again, rng)
            waiting = waiting[~self._fit(again, seconds[waiting])]
        else:
            raise self._too_long()
        return Pairs(self._members[firsts], self._members[seconds], same)

    def _draw_partners(
        self, anchors: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Partners, as places in `_members`, and whether they are relatives."""
        own = np.searchsorted(self._starts, anchors, side="right") - 1
        same = rng.random(len(anchors)) < 0.5
        other = rng.integers(0, len(self._starts) - 1, len(anchors))
        chosen = np.where(same, own, other + (other >= own))
        without_anchor = same & (not self._settings.imitate_released_code)
        place = rng.integers(0, self._sizes[chosen] - without_anchor)
        partners = self._starts[chosen] + place
        return partners + (without_anchor & (partners >= anchors)), same

    def _fit(self, firsts: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        if self._settings.longest is None:
            return np.ones(len(firsts), dtype=bool)
        residues = self._lengths(firsts) + self._lengths(seconds)
        fit: np.ndarray = residues <= self._settings.longest
        return fit

    def _lengths(self, places: np.ndarray) -> np.ndarray:
        domains, offsets = self._members[places], self._store.offsets
        lengths: np.ndarray = offsets[domains + 1] - offsets[domains]
        return lengths

    def _possible_anchors(self) -> np.ndarray:
        if self._settings.imitate_released_code:
            return np.arange(len(self._members))
        return np.flatnonzero(np.repeat(self._sizes > 1, self._sizes))

    def _check(self) -> None:
        if len(self._starts) < 2 or not self.anchors:
            raise ProtlangError(
                f"{self._store.folder} has {len(self._members)} domains of "
                f"{len(self._starts)} families to draw pairs from; two families and "
                "two members of one are needed: take a larger corpus or lower the "
                "limits of the selection"
            )

    def _too_long(self) -> ProtlangError:
        return ProtlangError(
            f"{self._store.folder} has hardly any two domains of "
            f"{self._settings.longest} residues or fewer together; select shorter "
            "domains or allow longer pairs"
        )


class PairReader:
    """Reads numbered pairs from a store, and masks residues of them.

    Args:
        store: the corpus.
        sampler: draws the pairs.
        masking: how residues are masked; None masks none.
        jointly: whether a pair is read as one sequence, as by PLUS-TFM.
        seed: of the masks.
    """

    def __init__(
        self,
        store: TokenStore,
        sampler: PairSampler,
        masking: Masking | None,
        jointly: bool,
        seed: int,
    ) -> None:
        self._store = store
        self.sampler = sampler
        self._masking = masking
        self._jointly = jointly
        self._seed = seed

    def batch(self, start: int, count: int) -> PairBatch:
        """The pairs of the numbers from `start` on; equal numbers give equal masks."""
        pairs = self.sampler.pairs(start, count)
        masked = [
            masked_pair(
                plus_tokens(self._store[first]),
                plus_tokens(self._store[second]),
                self._masking,
                self._jointly,
                np.random.default_rng([self._seed, _MASKS, start + place]),
            )
            for place, (first, second) in enumerate(
                zip(pairs.first, pairs.second, strict=True)
            )
        ]
        firsts, seconds = (list(column) for column in zip(*masked, strict=True))
        return PairBatch(firsts, seconds, pairs.same_family)


def masked_pair(
    first: np.ndarray,
    second: np.ndarray,
    masking: Masking | None,
    jointly: bool,
    rng: np.random.Generator,
) -> tuple[MaskedSequence, MaskedSequence]:
    """Mask residues of a pair.

    Args:
        first: tokens of PLUS, (length,).
        second: of the other sequence.
        masking: how; None masks none.
        jointly: whether the pair is read as one sequence.
        rng: source of chance.
    """
    if masking is None:
        return unmasked(first), unmasked(second)
    if jointly:
        return mask_jointly(first, second, masking, rng)
    return mask_alone(first, masking, rng), mask_alone(second, masking, rng)


class FixedPairs(NamedTuple):
    """Pairs that are drawn once, for all models to be tested on.

    Attributes:
        ids: of the two domains of each pair.
        sequences: of the two domains of each pair, letters of `RESIDUES`.
        same_family: bool (pairs,).
        provenance: how and from what they were drawn.
    """

    ids: list[tuple[str, str]]
    sequences: list[tuple[str, str]]
    same_family: np.ndarray
    provenance: dict[str, Any]


def draw_fixed_pairs(
    path: Path | str,
    store: TokenStore,
    domains: np.ndarray,
    settings: PairSettings,
    count: int,
    longest_domain: int | None = None,
) -> None:
    """Draw pairs and write them as Parquet, atomically: equal settings, equal bytes.

    Args:
        path: of the file.
        store: the corpus, with families.
        domains: places of those to draw from: the test or the validation set.
        settings: how; PLUS reports neither the number of its pairs nor their seed.
        count: how many pairs.
        longest_domain: residues that the domains were limited to, for the record.

    Raises:
        ProtlangError: as of `PairSampler`.
    """
    pairs = PairSampler(store, domains, settings).pairs(0, count)
    _write_pairs(path, store, pairs, asdict(settings), longest_domain)


def draw_fixed_domains(
    path: Path | str,
    store: TokenStore,
    domains: np.ndarray,
    seed: int,
    count: int,
    longest_domain: int | None = None,
) -> None:
    """Draw domains, all equally likely, and write them two by two as pairs are.

    P-ELMo's language model compares no domains, and was tested on all that were held
    out. Domains of test pairs are another choice: half of the partners are of a family
    that is drawn, however small it is.

    Args:
        path: of the file.
        store: the corpus, with families.
        domains: places of those to draw from, each once before any is drawn again.
        seed: of the order.
        count: half the number of domains.
        longest_domain: residues that the domains were limited to, for the record.
    """
    first, second = ShuffledPasses(domains, seed).take(0, 2 * count).reshape(2, count)
    families = families_of(store)
    pairs = Pairs(first, second, families[first] == families[second])
    _write_pairs(path, store, pairs, {"seed": seed, "alone": True}, longest_domain)


def _write_pairs(
    path: Path | str,
    store: TokenStore,
    pairs: Pairs,
    settings: Mapping[str, Any],
    longest_domain: int | None,
) -> None:
    families = families_of(store)
    columns: dict[str, Any] = {}
    for letter, places in zip("ab", pairs, strict=False):
        columns[f"id_{letter}"] = [store.id(place) for place in places]
        columns[f"sequence_{letter}"] = [decode(store[place]) for place in places]
        columns[f"family_{letter}"] = families[places]
    provenance = {
        **settings,
        "corpus": store.meta["files"],
        "longest_domain": longest_domain,
        "sources": [source["name"] for source in store.meta["sources"]],
        "simulated": store.meta["simulated"],
    }
    write_table(path, {**columns, "same_family": pairs.same_family}, provenance)


def read_fixed_pairs(path: Path | str) -> FixedPairs:
    """Read what `draw_fixed_pairs` wrote.

    Raises:
        ProtlangError: if the file is missing or is not such a file.
    """
    names = ("id_a", "id_b", "sequence_a", "sequence_b", "same_family")
    table, provenance = read_table(path, names)
    columns = table.to_pydict()
    ids, sequences = (
        list(zip(columns[f"{kind}_a"], columns[f"{kind}_b"], strict=True))
        for kind in ("id", "sequence")
    )
    same_family = np.array(columns["same_family"], dtype=bool)
    return FixedPairs(ids, sequences, same_family, provenance)
