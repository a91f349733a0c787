"""The simulated Pfam: its real format, families large and small, and a signal."""

import gzip
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from protlang.alphabet import decode
from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.token_store import TokenStore
from protlang.formats.pfam import Domain
from protlang.pretraining.pfam_domains import PfamSelection, select
from protlang.pretraining.pfam_pairs import PairSampler, PairSettings
from protlang.proteins import SIMULATED_MARK
from protlang.simulation.names import PFAM
from protlang.simulation.pfam import family_sizes, simulate_pfam
from protlang.sources.catalogue import load_sources
from protlang.validation import REPOSITORY
from support.simulation import TINY_WORLD

CONFIG = replace(TINY_WORLD, seed=3, pfam={"families": 20, "largest": 60})
SOURCES = load_sources(REPOSITORY / "config" / "sources.yaml")
HEADER = re.compile(
    r">0PF[MR][0-9]{6}_0SIM/([0-9]+)-([0-9]+) 0PF[MR][0-9]{6}\.1 "
    rf"0PF([0-9]{{5}})\.1;0SIM_([0-9]+); {SIMULATED_MARK}"
)


@pytest.fixture(scope="module")
def domains() -> list[Domain]:
    return list(simulate_pfam(CONFIG))


@pytest.fixture(scope="module")
def store(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> TokenStore:
    folder = tmp_path_factory.mktemp("corpora") / "pfam"
    files = [(SOURCES["pfam-27"], mirror / PFAM)]
    build_token_store(folder, files, HeldOut(0.2, 1, "sequence"))
    return TokenStore(folder)


def test_headers_are_as_in_the_real_file_but_name_nothing_real(mirror: Path) -> None:
    text = gzip.decompress((mirror / PFAM).read_bytes()).decode()
    records = [record.split("\n", 1) for record in text.split(">")[1:]]
    assert len(records) > 150
    for header, body in records:
        found = HEADER.fullmatch(f">{header}")
        assert found, header
        assert int(found[3]) == int(found[4])
        sequence = body.replace("\n", "")
        assert int(found[2]) - int(found[1]) + 1 == len(sequence)
        assert max(map(len, body.split("\n"))) <= 60


def test_sizes_follow_a_power_law() -> None:
    assert family_sizes(6, 12).tolist() == [12, 6, 4, 3, 2, 2]
    assert family_sizes(4, 2).tolist() == [2, 1, 1, 1]


def test_families_have_these_sizes_but_for_copies(domains: list[Domain]) -> None:
    originals = [domain for domain in domains if "PFM" in domain.id]
    sizes = sorted(Counter(domain.family for domain in originals).values())[::-1]
    expected = family_sizes(**CONFIG.pfam)
    # Short domains may have been deleted altogether.
    assert 0.98 * expected.sum() <= sum(sizes) <= expected.sum()
    assert max(sizes) == expected[0]
    copies = len(domains) - len(originals)
    assert copies == pytest.approx(len(originals) / 25, abs=1)
    assert len({domain.sequence for domain in domains}) < len(domains)
    assert len({domain.id for domain in domains}) == len(domains)


def test_files_are_sorted_by_family_as_pfam_is(domains: list[Domain]) -> None:
    order = list(dict.fromkeys(domain.family for domain in domains))
    numbers = [int(family[3:8]) for family in order]
    assert numbers == sorted(numbers) == list(range(1, 21))
    assert [domain.family for domain in domains] == sorted(
        domain.family for domain in domains
    )


def test_every_filter_has_something_to_filter(store: TokenStore) -> None:
    assert store.meta["simulated"] is True
    assert store.meta["repeated"]["sequences"] > 0
    assert not any(store.meta["left_out"].values())
    assert store.meta["sources"][0]["families"] == 20
    selection = PfamSelection(longest=120, smallest_family=5, development=0.1)
    counts = {
        (count.set, count.step): count.domains
        for count in select(store, selection).counts
    }
    assert counts["test", "split"] > 20
    assert counts["training", "split"] > counts["training", "length"]
    assert counts["training", "length"] > counts["training", "family size"]
    assert counts["development", "development set"] > 3
    assert store.lengths.min() < 20


def test_relatives_are_more_alike_than_strangers(store: TokenStore) -> None:
    """Shared 3-mers distinguish pairs of a family far better than chance."""
    long_enough = np.flatnonzero(store.lengths >= 40)
    pairs = PairSampler(store, long_enough, PairSettings(1)).pairs(0, 400)
    shared = np.array(
        [
            len(_triplets(decode(store[a])) & _triplets(decode(store[b])))
            for a, b in zip(pairs.first, pairs.second, strict=True)
        ]
    )
    relatives, strangers = shared[pairs.same_family], shared[~pairs.same_family]
    greater = (relatives[:, None] > strangers).mean()
    equal = (relatives[:, None] == strangers).mean()
    assert greater + equal / 2 > 0.8


def _triplets(sequence: str) -> set[str]:
    return {sequence[start : start + 3] for start in range(len(sequence) - 2)}
