"""Alignments of the pairs that all methods are scored on: scores, levels, facts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from protlang.files import file_hash
from protlang.formats import astral
from protlang.homology import needleman_wunsch, phmmer
from protlang.homology.alignments import (
    ALIGNMENTS,
    align_pairs,
    alignment_facts,
    score_alignment,
)
from protlang.homology.build import (
    NEWER,
    Published,
    as_domains,
    build_domains,
    pair_settings,
    read_release,
)
from protlang.homology.comparisons import (
    PairScores,
    read_pair_scores,
    write_pair_scores,
)
from protlang.homology.pairs import FixedPairs, draw_fixed_pairs, read_fixed_pairs
from protlang.simulation.homology import simulate_homology
from protlang.simulation.mirror import HOMOLOGY
from protlang.simulation.world import SimulationConfig
from support.builders import make_source
from support.homology_fixtures import all_pairs, tiny_domains

CONFIG = SimulationConfig(
    seed=4,
    proteins={"train": 20, "cb513": 8, "ts115": 4, "casp12": 4},
    unmatched={"train": 0, "cb513": 0, "ts115": 0, "casp12": 0},
    homologues=(0, 4),
    corpus={"families": 5, "relatives": 2},
    deeploc={"proteins": 80},
    scope={"domains": 100},
    pfam={"families": 4, "largest": 8},
    homology={"domains": 180},
)
SETTINGS = {"split": {"test": 0.3, "development": 0.2, "seed": 1}}
PAIRS = {"development": 200, "test": 200, NEWER: 60, "seed": 1}


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FixedPairs]:
    """Pairs that were drawn from simulated releases."""
    folder = tmp_path_factory.mktemp("scope")
    releases = []
    for release, domains in simulate_homology(CONFIG).domains.items():
        source = make_source(Path(HOMOLOGY[release]).parent.name, "astral-fasta")
        astral.write(folder / release, domains)
        releases.append(read_release(Published(source, folder / release, False)))
    found = {}
    for name, part in build_domains(*releases, SETTINGS).items():
        if name in PAIRS:
            path, settings = folder / f"{name}.parquet", pair_settings(PAIRS, name)
            draw_fixed_pairs(path, as_domains(part), settings)
            found[name] = read_fixed_pairs(path)
    return found


@pytest.fixture(scope="module")
def scored(sets: dict[str, FixedPairs]) -> dict[str, dict[str, PairScores]]:
    """All sets by alignment."""
    return {
        name: {part: align_pairs(name, pairs, 1) for part, pairs in sets.items()}
        for name in ALIGNMENTS
    }


def test_a_pair_has_the_score_of_its_own_alignment() -> None:
    domains = tiny_domains()
    pairs = all_pairs(domains)
    found = align_pairs("NW-align", pairs, 2)
    sequences = dict(zip(domains.ids, domains.sequences, strict=True))
    for ids, score, lengths in zip(
        found.ids, found.scores, found.lengths.tolist(), strict=True
    ):
        one, other = (sequences[name] for name in ids)
        assert score == needleman_wunsch.scores([one], [other])[0]
        assert lengths == [len(one), len(other)]
    assert found.scores.dtype == np.float64
    assert found.levels is pairs.levels


def test_phmmer_scores_with_bits(scored: dict[str, dict[str, PairScores]]) -> None:
    found = scored["phmmer"]["test"]
    assert (found.scores > 0).any()
    assert (found.scores == 0).any()


def test_phmmer_is_asked_of_the_pairs_as_they_are(
    sets: dict[str, FixedPairs], scored: dict[str, dict[str, PairScores]]
) -> None:
    first, second = zip(*sets["test"].sequences, strict=True)
    expected = phmmer.bit_scores(first, second)
    assert scored["phmmer"]["test"].scores.tolist() == expected.tolist()


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_scores_come_back_and_do_not_depend_on_threads(
    name: str,
    sets: dict[str, FixedPairs],
    scored: dict[str, dict[str, PairScores]],
    tmp_path: Path,
) -> None:
    write_pair_scores(tmp_path / "one", scored[name][NEWER])
    write_pair_scores(tmp_path / "other", align_pairs(name, sets[NEWER], 3))
    assert file_hash(tmp_path / "one") == file_hash(tmp_path / "other")
    read = read_pair_scores(tmp_path / "one")
    assert read.ids == sets[NEWER].ids
    assert read.provenance["method"] == name
    assert read.provenance["pairs"] == sets[NEWER].provenance


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_relatives_align_better_than_strangers(
    name: str, scored: dict[str, dict[str, PairScores]]
) -> None:
    scores = score_alignment(scored[name], resamples=5)
    r = {s.test_set: s.interval.value for s in scores if s.metric == "pearson_r"}
    assert r["SCOPe 2.06"] > 0.3


def test_every_set_and_its_short_and_long_pairs_are_scored(
    scored: dict[str, dict[str, PairScores]],
) -> None:
    scores = score_alignment(scored["NW-align"], resamples=5)
    counts = {score.test_set: score.n for score in scores}
    names = ("SCOPe 2.06 dev", "SCOPe 2.06", "SCOPe 2.07")
    assert {name: counts[name] for name in names} == dict(
        zip(names, (200, 200, 60), strict=True)
    )
    for name in names:
        assert counts[name] == sum(
            counts.get(f"{name}:{part}", 0) for part in ("short", "long")
        )


def test_thresholds_come_from_the_development_pairs() -> None:
    """Shifted by 10, no test pair is told as it would be by thresholds of its own."""
    levels = np.arange(5).repeat(4)
    lengths = np.full((20, 2), 30)
    ids = [(f"a{n}", f"b{n}") for n in range(20)]
    development = PairScores(ids, levels, levels.astype(float), lengths, {})
    test = development._replace(scores=levels + 10.0)
    found = {
        (score.test_set, score.threshold_source): score.interval.value
        for score in score_alignment({"test": test, "development": development}, 5)
        if score.metric == "accuracy"
    }
    assert found["SCOPe 2.06", "development"] == 0.2
    assert found["SCOPe 2.06", "test"] == 1.0
    assert found["SCOPe 2.06 dev", "development"] == 1.0


def test_facts_tell_method_simulation_and_deviation(
    sets: dict[str, FixedPairs],
) -> None:
    facts = alignment_facts("NW-align", sets)
    assert facts.description.startswith(
        "global alignment, BLOSUM62, gap costs 11 and 1"
    )
    assert facts.simulated
    assert "200 test pairs instead of 100,000" in facts.deviation
    assert "60 of all 351 pairs of new domains" in facts.deviation
    assert alignment_facts("phmmer", sets) == replace(
        facts, description=ALIGNMENTS["phmmer"].description
    )
    assert ALIGNMENTS["phmmer"].description.startswith("phmmer")
