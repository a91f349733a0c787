"""Pairs of SCOPe 2.07's domains at 40 %, and what phmmer finds among them."""

from pathlib import Path

import numpy as np
import pytest

from protlang.formats import astral
from protlang.homology import baselines
from protlang.homology.domains import (
    TEST_SHARE,
    Domains,
    read_domains,
    split_domains,
    write_domains,
)
from protlang.homology.examples import choose_examples
from protlang.homology.measures import compare_correlations
from protlang.homology.pairs import (
    FixedPairs,
    FixedPairSettings,
    HomologySampler,
    SamplerSettings,
    draw_fixed_pairs,
    read_fixed_pairs,
)
from protlang.sources.catalogue import Source

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def splits(
    sources: dict[str, Source], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Files of the splits' domains."""
    path = sources["scope-2.07-40"].file("data").path
    assert path is not None
    domains = list(astral.read(path))
    folder = tmp_path_factory.mktemp("homology")
    parts = split_domains(domains, TEST_SHARE, 0.05, seed=0)
    assert [len(part) for part in parts.values()] == [10_742, 716, 2_865]
    for name, part in parts.items():
        write_domains(folder / f"{name}.parquet", part, {"release": "2.07"})
    return {name: folder / f"{name}.parquet" for name in parts}


def draw(domains: Domains, path: Path, count: int, tau: float) -> FixedPairs:
    settings = FixedPairSettings(seed=0, count=count, tau=tau)
    draw_fixed_pairs(path, domains, settings)
    return read_fixed_pairs(path)


def columns(pairs: FixedPairs) -> tuple[list[str], list[str]]:
    first, second = zip(*pairs.sequences, strict=True)
    return list(first), list(second)


def test_phmmer_finds_relatives_and_little_else(
    splits: dict[str, Path], tmp_path: Path
) -> None:
    """With more pairs of high levels, where there is something to find."""
    domains = read_domains(splits["test"])
    some = Domains(*(column[:500] for column in domains[:3]), domains.provenance)
    test = draw(some, tmp_path / "pairs", 1_500, tau=0.5)
    hits = baselines.phmmer_scores(*columns(test), threads=2)
    scores = baselines.nw_scores(*columns(test), threads=2)
    shares = [float((hits[test.levels == level] > 0).mean()) for level in range(5)]
    assert shares[4] > 0.2
    assert 0.02 < shares[3] < shares[4]
    assert max(shares[:2]) < 0.01
    assert 0.15 < np.corrcoef(hits, test.levels)[0, 1] < 0.5
    assert compare_correlations(hits, scores, test.levels).p_value > 0.01


def test_the_sampler_shows_each_level(splits: dict[str, Path]) -> None:
    domains = read_domains(splits["train"])
    sampler = HomologySampler(domains.sccs, SamplerSettings(seed=0))
    counts = sampler.counts
    assert counts.sum() == len(domains.sccs) ** 2
    levels = sampler.pairs(0, 100_000).levels
    share = np.bincount(levels) / len(levels)
    assert share == pytest.approx(np.sqrt(counts) / np.sqrt(counts).sum(), abs=0.005)


def test_three_pairs_are_found_for_figure_4(
    splits: dict[str, Path], tmp_path: Path
) -> None:
    test = draw(read_domains(splits["test"]), tmp_path / "pairs", 5_000, tau=0.5)
    lengths = np.array([[len(text) for text in pair] for pair in test.sequences])
    identities = baselines.nw_identities(*columns(test), threads=2)
    chosen = choose_examples(test.levels, identities, lengths)
    assert [test.levels[place] for place in chosen] == [4, 4, 2]
    assert identities[chosen.similar_family] > 0.3
    assert identities[chosen.dissimilar_family] < 0.15
    gap = identities[chosen.dissimilar_fold] - identities[chosen.dissimilar_family]
    assert abs(gap) < 0.02
