"""Pairs of domains and their structural level: for training, and fixed for testing.

A training set are all n² ordered pairs of its domains, each with itself included. The
level is drawn first, with a probability proportional to the number of its pairs to the
power tau (0.5 in both papers), then a pair of that level, each as likely. No pairs are
held in memory: those of a level are numbered, and a pair is found from its number, as
the members of a class, fold, superfamily or family stand side by side once domains are
sorted by their place in the classification.

Training pairs are an endless list, numbered from 0 on, and each follows from the seed
and its number alone. So a run can be resumed from a number.

Fixed pairs are drawn once and written to a file, and all methods are scored on them.
They are pairs of two different domains, each at most once. With tau = 1 all are equally
likely. How P-ELMo drew its 100,000 test pairs of SCOPe 2.06 is not stated. But an
alignment that hardly discriminates is correct for 78 % of them (PLUS, Table 3), and
78 % of all pairs of SCOPe (2.07 at 40 %) share no class; with tau = 0.5 it would be
59 %. Of SCOPe 2.07's new domains P-ELMo took all pairs.

Sources: PLUS, Section 4.3; P-ELMo's repository, train_similarity.py and
eval_similarity.py; PLUS's repository, plus/data/dataset.py.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from protlang.errors import ProtlangError
from protlang.homology.domains import LEVELS, Domains
from protlang.parquet import read_table, write_table

PAIRS_PER_EPOCH = 100_000
"""In both papers' code; pairs are drawn that many at a time."""

TAU = 0.5

_FAMILY = len(LEVELS) - 1

_COLUMNS = ("id_a", "id_b", "sequence_a", "sequence_b", "level")


class ListedPair(NamedTuple):
    """Two domains and what they share.

    Attributes:
        ids: of the domains.
        sequences: upper case.
        level: 0 (nothing) to 4 (the family).
    """

    ids: tuple[str, str]
    sequences: tuple[str, str]
    level: int


@dataclass(frozen=True)
class SamplerSettings:
    """How training pairs are drawn.

    Attributes:
        seed: of the random numbers.
        tau: levels are as likely as their number of pairs to that power.
        imitate_released_code: draw as PLUS's code does. There a level is as likely as
            its number of pairs to the power tau - 1, and its pair is one of all pairs
            of the levels below or the first of its own. The pairs of an epoch come in
            the order of the levels that were drawn.
    """

    seed: int
    tau: float = TAU
    imitate_released_code: bool = False


@dataclass(frozen=True)
class FixedPairSettings:
    """How fixed pairs are drawn.

    Attributes:
        seed: of the random numbers.
        count: how many; None takes all pairs, as do more than there are.
        tau: levels are as likely as their number of pairs to that power; 1 makes all
            pairs equally likely.
    """

    seed: int
    count: int | None
    tau: float = 1.0


class LevelledPairs(NamedTuple):
    """Some pairs of domains.

    Attributes:
        first: places of domains, int64 (pairs,).
        second: likewise.
        levels: 0 to 4, int64 (pairs,).
    """

    first: np.ndarray
    second: np.ndarray
    levels: np.ndarray


class FixedPairs(NamedTuple):
    """Pairs that are drawn once and on which all methods are tested.

    Attributes:
        ids: of the two domains of each pair.
        sequences: of the two domains of each pair, letters of `RESIDUES`.
        levels: 0 to 4, int64 (pairs,).
        provenance: their settings and domains.
    """

    ids: list[tuple[str, str]]
    sequences: list[tuple[str, str]]
    levels: np.ndarray
    provenance: dict[str, Any]


class NumberedPairs:
    """The pairs of each level, numbered from 0 on.

    Memory is a few numbers per domain and level.

    Attributes:
        counts: pairs of each level, int64 (5,).

    Args:
        sccs: places of the domains in the classification, such as `a.1.1.2`.
        ordered: whether a domain's pair with itself and both orders of two domains
            count; else only two different domains, once.

    Raises:
        ProtlangError: if there are fewer than two domains.
    """

    def __init__(self, sccs: Sequence[str], ordered: bool) -> None:
        if len(sccs) < 2:
            raise ProtlangError(
                f"there are {len(sccs)} domains, but two make a pair; take more"
            )
        self._places, begins, ends = _groups(sccs)
        # The partners of a domain at a level are members of its group at that depth
        # that are not in its group one deeper.
        if ordered:
            self._begins, self._hole_begins = begins[:-1], begins[1:]
            self._holes = ends[1:] - begins[1:]
            self._holes[_FAMILY] = 0  # a domain is its own partner
        else:  # the partners that come later
            self._begins = self._hole_begins = ends[1:]
            self._holes = np.zeros_like(begins[1:])
        partners = ends[:-1] - self._begins - self._holes  # (5, domains)
        self._first_numbers = np.cumsum(partners, axis=1) - partners
        self.counts = partners.sum(axis=1)

    def __getitem__(self, wanted: tuple[np.ndarray, np.ndarray]) -> LevelledPairs:
        """Pairs of some levels (pairs,) and numbers below `counts` (pairs,)."""
        levels, numbers = wanted
        first, second = np.empty_like(numbers), np.empty_like(numbers)
        for level in np.unique(levels):
            of_level = levels == level
            found = self._find(level, numbers[of_level])
            first[of_level], second[of_level] = found
        return LevelledPairs(self._places[first], self._places[second], levels)

    def _find(self, level: int, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        begin = self._first_numbers[level]
        # Domains without partners begin where the next one does, hence the last.
        first = np.searchsorted(begin, numbers, side="right") - 1
        second = self._begins[level][first] + numbers - begin[first]
        beyond = second >= self._hole_begins[level][first]
        return first, second + np.where(beyond, self._holes[level][first], 0)


class HomologySampler:
    """An endless, numbered list of training pairs.

    Attributes:
        counts: ordered pairs of each level, int64 (5,).
        probabilities: of each level to be drawn, float64 (5,).

    Args:
        sccs: places of the domains in the classification, such as `a.1.1.2`.
        settings: how pairs are drawn.

    Raises:
        ProtlangError: if there are fewer than two domains.
    """

    def __init__(self, sccs: Sequence[str], settings: SamplerSettings) -> None:
        self._numbered = NumberedPairs(sccs, ordered=True)
        self._settings = settings
        self.counts = self._numbered.counts
        power = settings.tau - settings.imitate_released_code
        self.probabilities = _proportions(self.counts, self.counts > 0, power)
        self._block = lru_cache(maxsize=2)(self._draw_block)

    def pairs(self, start: int, count: int) -> LevelledPairs:
        """The pairs of the numbers from `start` on.

        Args:
            start: of the first, from 0.
            count: how many.

        Returns:
            Places of domains in the order of the sampler's `sccs`, and levels.
        """
        parts = list(self._parts(start, start + count))
        columns = (np.concatenate(column) for column in zip(*parts, strict=True))
        return LevelledPairs(*columns)

    def _parts(self, start: int, stop: int) -> Iterator[LevelledPairs]:
        while start < stop:
            block, offset = divmod(start, PAIRS_PER_EPOCH)
            count = min(stop - start, PAIRS_PER_EPOCH - offset)
            drawn = self._block(block)
            yield LevelledPairs(*(column[offset : offset + count] for column in drawn))
            start += count

    def _draw_block(self, block: int) -> LevelledPairs:
        rng = np.random.default_rng([self._settings.seed, block])
        levels = rng.choice(len(LEVELS), PAIRS_PER_EPOCH, p=self.probabilities)
        if self._settings.imitate_released_code:
            levels, numbers = self._below(np.sort(levels), rng)
        else:
            numbers = rng.integers(0, self.counts[levels])
        return self._numbered[levels, numbers]

    def _below(
        self, levels: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Levels and numbers of the pairs that the released code draws for levels."""
        ends = np.cumsum(self.counts)
        places = rng.integers(0, (ends - self.counts)[levels], endpoint=True)
        true_levels = np.searchsorted(ends, places, side="right")
        return true_levels, places - (ends - self.counts)[true_levels]


def draw_fixed_pairs(
    path: Path | str, domains: Domains, settings: FixedPairSettings
) -> None:
    """Draw pairs and write them as Parquet, atomically: equal input, equal bytes.

    The domains' provenance is within the pairs', under `domains`.

    Args:
        path: of the file.
        domains: the development or the test set.
        settings: how.

    Raises:
        ProtlangError: if there are fewer than two domains.
    """
    pairs = _draw(NumberedPairs(domains.sccs, ordered=False), settings)
    first, second = (
        [(domains.ids[place], domains.sequences[place]) for place in places]
        for places in pairs[:2]
    )
    rows = (
        ListedPair((one[0], other[0]), (one[1], other[1]), int(level))
        for one, other, level in zip(first, second, pairs.levels, strict=True)
    )
    provenance = {**asdict(settings), "domains": domains.provenance}
    write_fixed_pairs(path, rows, provenance)


def write_fixed_pairs(
    path: Path | str, pairs: Iterable[ListedPair], provenance: dict[str, Any]
) -> None:
    """Write pairs, such as those of a published list, as Parquet, atomically.

    The columns are `id_a, id_b, sequence_a, sequence_b, level`. Pairs of each level are
    counted in the provenance, under `levels`.

    Raises:
        ProtlangError: if there is no pair.
    """
    rows = [(*pair.ids, *pair.sequences, pair.level) for pair in pairs]
    if not rows:
        raise ProtlangError(f"there is no pair to write to {path}; use another list")
    columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
    counts = np.bincount(columns["level"], minlength=len(LEVELS)).tolist()
    levels = dict(zip(LEVELS, counts, strict=True))
    write_table(path, columns, {**provenance, "pairs": len(rows), "levels": levels})


def read_fixed_pairs(path: Path | str) -> FixedPairs:
    """Read what `draw_fixed_pairs` or `write_fixed_pairs` wrote.

    Raises:
        ProtlangError: if the file is missing or is not such a file.
    """
    table, provenance = read_table(path, _COLUMNS)
    columns = table.to_pydict()
    ids, sequences = (
        list(zip(columns[f"{kind}_a"], columns[f"{kind}_b"], strict=True))
        for kind in ("id", "sequence")
    )
    levels = np.array(columns["level"], dtype=np.int64)
    return FixedPairs(ids, sequences, levels, provenance)


def _groups(sccs: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Domains in the order of the classification, and where groups begin and end.

    Returns:
        Places of the sorted domains, (domains,), and for each of them begin and end of
        its group at depth 0 (all), 1 (class) to 4 (family), and 5 (itself), both
        (6, domains).
    """
    names = np.array([text.split(".") for text in sccs])
    keys = np.array([np.unique(column, return_inverse=True)[1] for column in names.T])
    places = np.lexsort(keys[::-1])
    keys = keys[:, places]
    count = len(sccs)
    begins, ends = [np.zeros(count, np.int64)], [np.full(count, count)]
    for depth in range(1, _FAMILY + 1):
        new = np.append(True, (np.diff(keys[:depth], axis=1) != 0).any(axis=0))
        starts = np.flatnonzero(new)
        group = np.cumsum(new) - 1
        begins.append(starts[group])
        ends.append(np.append(starts[1:], count)[group])
    itself = np.arange(count)
    return places, np.array([*begins, itself]), np.array([*ends, itself + 1])


def _proportions(counts: np.ndarray, eligible: np.ndarray, power: float) -> np.ndarray:
    """Probabilities proportional to counts to a power, where eligible; (5,)."""
    weights = np.zeros(len(counts))
    weights[eligible] = counts[eligible].astype(np.float64) ** power
    weights /= weights.sum()
    return weights


def _draw(numbered: NumberedPairs, settings: FixedPairSettings) -> LevelledPairs:
    """Different pairs in a random order, each with its domains in a random order."""
    rng = np.random.default_rng(settings.seed)
    total = int(numbered.counts.sum())
    wanted = total if settings.count is None else min(settings.count, total)
    quotas = _quotas(numbered.counts, wanted, settings.tau, rng)
    numbers = [
        rng.choice(count, quota, replace=False)
        for count, quota in zip(numbered.counts, quotas, strict=True)
    ]
    levels = np.repeat(np.arange(len(LEVELS)), quotas)
    order = rng.permutation(wanted)
    pairs = numbered[levels[order], np.concatenate(numbers)[order]]
    turned = rng.random(wanted) < 0.5
    return LevelledPairs(
        np.where(turned, pairs.second, pairs.first),
        np.where(turned, pairs.first, pairs.second),
        pairs.levels,
    )


def _quotas(
    counts: np.ndarray, wanted: int, tau: float, rng: np.random.Generator
) -> np.ndarray:
    """Pairs to draw of each level; a shortage of one is filled from the others."""
    quotas = np.zeros_like(counts)
    while missing := wanted - int(quotas.sum()):
        room = counts - quotas
        probabilities = _proportions(counts, room > 0, tau)
        quotas += np.minimum(rng.multinomial(missing, probabilities), room)
    return quotas
