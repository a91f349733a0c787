"""Alignments as baselines: beside a slow reference, and beside the whole program."""

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyhmmer
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhmmer import easel

from protlang.alphabet import AMINO_ACIDS
from protlang.files import file_hash
from protlang.homology.baselines import (
    ALIGNMENTS,
    align_pairs,
    alignment_facts,
    alignment_path,
    nw_identities,
    nw_scores,
    phmmer_scores,
    residue_scores,
    score_alignment,
)
from protlang.homology.pair_sets import DEVELOPMENT, NEWER, TEST
from protlang.homology.pairs import FixedPairs
from protlang.homology.scores import PairScores, read_pair_scores, write_pair_scores
from protlang.protocol import Deviation
from support.pairs import all_pairs, tiny_domains
from support.plus_results import listed_pairs

short_sequences = st.text("ACDWX", min_size=1, max_size=8)

# Of BLOSUM62, as printed in the literature.
KNOWN = {"WW": 11, "AA": 4, "CC": 9, "AR": -1, "DE": 2, "WD": -4, "AX": 0, "XX": -1}


def residue_score(one: str, other: str) -> int:
    return int(residue_scores(one, other)[0, 0])


def slow_score(first: str, second: str) -> int:
    """The best of all alignments, by trying all."""

    @cache
    def best(i: int, j: int, open_gap: str) -> float:
        if i == len(first) and j == len(second):
            return 0
        found = []
        if i < len(first) and j < len(second):
            found.append(residue_score(first[i], second[j]) + best(i + 1, j + 1, ""))
        if i < len(first):
            found.append(best(i + 1, j, "x") - (1 if open_gap == "x" else 11))
        if j < len(second):
            found.append(best(i, j + 1, "y") - (1 if open_gap == "y" else 11))
        return max(found)

    return int(best(0, 0, ""))


def score_of_path(path: np.ndarray, first: str, second: str) -> int:
    """Score of an alignment that pairs these residues."""
    rows, columns = np.nonzero(path)
    total = int(residue_scores(first, second)[path].sum())
    ends = [
        (-1, -1),
        *zip(rows.tolist(), columns.tolist(), strict=True),
        (len(first), len(second)),
    ]
    for (row, column), (next_row, next_column) in pairwise(ends):
        for gap in (next_row - row - 1, next_column - column - 1):
            total -= 11 + (gap - 1) if gap else 0
    return total


@pytest.mark.parametrize(("letters", "expected"), KNOWN.items())
def test_residues_score_as_in_blosum62(letters: str, expected: int) -> None:
    assert residue_score(letters[0], letters[1]) == expected
    assert residue_score(letters[1], letters[0]) == expected


def test_the_first_residue_of_a_gap_costs_11_and_further_ones_1() -> None:
    first, second = ["WCW", "WCCCW", "WW"], ["WW", "WW", "WWCC"]
    assert nw_scores(first, second).tolist() == [22 - 11, 22 - 13, 22 - 12]


@given(short_sequences, short_sequences)
def test_scores_are_those_of_the_best_of_all_alignments(
    first: str, second: str
) -> None:
    assert nw_scores([first], [second]).tolist() == [slow_score(first, second)]


@given(short_sequences, short_sequences)
def test_the_path_is_an_alignment_with_that_score(first: str, second: str) -> None:
    path = alignment_path(first, second)
    rows, columns = np.nonzero(path)
    assert path.shape == (len(first), len(second))
    assert (np.diff(rows) > 0).all()
    assert (np.diff(columns) > 0).all()
    assert score_of_path(path, first, second) == nw_scores([first], [second])[0]


def test_identity_is_the_share_of_identical_residues_among_all_columns() -> None:
    first, second = ["ACDW", "WCW", "ACD"], ["ACEW", "WW", "ACD"]
    assert nw_identities(first, second) == pytest.approx([3 / 4, 2 / 3, 1])
    # Ten residues hang over at either end.
    first, second = ["ACDEFGHIKL" + "W" * 8], ["W" * 8 + "ACDEFGHIKL"]
    assert nw_identities(first, second) == pytest.approx([8 / 28])


def test_rare_letters_are_replaced_as_in_plus() -> None:
    first = ["WUOBZJ".replace("J", "X")]
    assert nw_scores(first, ["WCKXXX"]) == nw_scores(["WCKXXX"], ["WCKXXX"])
    assert nw_identities(first, ["WCKXXX"]) == [1.0]


def test_no_result_depends_on_threads_or_on_batches() -> None:
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list(AMINO_ACIDS), n)) for n in rng.integers(1, 40, 60)]
    first = [texts[place] for place in rng.integers(0, 60, 2500)]
    second = [texts[place] for place in rng.integers(0, 60, 2500)]
    alone = [nw_scores([a], [b])[0] for a, b in zip(first, second, strict=True)]
    assert nw_scores(first, second, threads=3).tolist() == alone
    assert (nw_identities(first, second, 3) == nw_identities(first, second)).all()


def test_long_domains_overflow_nothing() -> None:
    assert nw_scores(["W" * 20_000], ["W" * 20_000]) == [220_000]


def test_no_pairs_have_no_scores() -> None:
    assert nw_scores([], []).shape == phmmer_scores([], []).shape == (0,)
    with pytest.raises(ValueError, match="zip"):
        nw_scores(["A"], [])


# phmmer


def relatives(rng: np.random.Generator, count: int, length: int) -> list[str]:
    """An ancestor and sequences that differ from it in a quarter of their residues."""
    ancestor = rng.choice(list(AMINO_ACIDS), length)
    family = ["".join(ancestor)]
    for _ in range(count - 1):
        changed = rng.random(length) < 0.25
        family.append("".join(np.where(changed, rng.permutation(ancestor), ancestor)))
    return family


@pytest.fixture(scope="module")
def families() -> list[str]:
    """Three families of three."""
    rng = np.random.default_rng(0)
    return [text for length in (50, 80, 120) for text in relatives(rng, 3, length)]


@pytest.fixture(scope="module")
def whole_program(families: list[str]) -> np.ndarray:
    """Bit scores of all with all, (query, target), by PyHMMER's own phmmer."""
    alphabet = easel.Alphabet.amino()
    block = easel.DigitalSequenceBlock(
        alphabet,
        [
            easel.TextSequence(name=str(number), sequence=text).digitize(alphabet)
            for number, text in enumerate(families)
        ],
    )
    found = np.zeros((len(families), len(families)))
    for query, hits in enumerate(pyhmmer.hmmer.phmmer(block, block, cpus=1)):
        for hit in hits.reported:
            found[query, int(hit.name)] = hit.score
    return found


def test_scores_are_means_of_both_directions_of_the_whole_program(
    families: list[str], whole_program: np.ndarray
) -> None:
    first, second = np.triu_indices(len(families))
    found = phmmer_scores([families[a] for a in first], [families[b] for b in second])
    expected = (whole_program + whole_program.T)[first, second] / 2
    assert found.tolist() == expected.tolist()
    assert (found > 0).sum() >= 3 * 6


def test_relatives_score_higher_than_strangers(families: list[str]) -> None:
    same, other = phmmer_scores([families[0]] * 2, [families[1], families[8]])
    assert same > 10
    assert other == 0


def test_phmmer_depends_on_neither_order_threads_nor_direction(
    families: list[str],
) -> None:
    rng = np.random.default_rng(1)
    pairs = rng.integers(0, len(families), (40, 2))
    first, second = ([families[place] for place in column] for column in pairs.T)
    found = phmmer_scores(first, second)
    assert phmmer_scores(first, second, threads=3).tolist() == found.tolist()
    assert phmmer_scores(second, first).tolist() == found.tolist()
    assert phmmer_scores(first[::-1], second[::-1]).tolist() == found[::-1].tolist()


def test_phmmer_reads_all_letters_of_scope() -> None:
    text = "ACDEFGHIKLMNPQRSTVWYUOBZX" * 2
    assert phmmer_scores([text], [text])[0] > 10


# Scores of sets of pairs


@pytest.fixture(scope="module")
def sets() -> dict[str, FixedPairs]:
    pairs = listed_pairs()
    ids, sequences, levels = zip(*pairs, strict=True)
    return {
        name: FixedPairs(
            list(ids),
            list(sequences),
            np.array(levels),
            {
                "pairs": len(pairs),
                "domains": {
                    "source": "scope-2.06-95",
                    "part": name,
                    "simulated": True,
                    "longer": 0,
                    "proteins": 120,
                },
            },
        )
        for name in (DEVELOPMENT, TEST, NEWER)
    }


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
        assert score == nw_scores([one], [other])[0]
        assert lengths == [len(one), len(other)]
    assert found.scores.dtype == np.float64
    assert found.levels is pairs.levels


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
    r = {
        s.test_set: s.measured.interval.value for s in scores if s.metric == "pearson_r"
    }
    assert r["SCOPe 2.06"] > 0.3


def test_thresholds_come_from_the_development_pairs() -> None:
    """Shifted by 10, test pairs have other levels than by thresholds of their own."""
    levels = np.arange(5).repeat(4)
    lengths = np.full((20, 2), 30)
    ids = [(f"a{n}", f"b{n}") for n in range(20)]
    development = PairScores(ids, levels, levels.astype(float), lengths, {})
    test = development._replace(scores=levels + 10.0)
    found = {
        (score.test_set, score.threshold_source): score.measured.interval.value
        for score in score_alignment({"test": test, "development": development}, 5)
        if score.metric == "accuracy"
    }
    assert found["SCOPe 2.06", "development"] == 0.2
    assert found["SCOPe 2.06", "test"] == 1.0
    assert found["SCOPe 2.06 dev", "development"] == 1.0


def test_facts_state_method_simulation_and_deviation(
    sets: dict[str, FixedPairs],
) -> None:
    facts = alignment_facts("NW-align", sets)
    assert facts.description.startswith(
        "global alignment, BLOSUM62, gap costs 11 and 1"
    )
    found = facts.on("SCOPe 2.06")
    assert found.simulated
    assert Deviation("test pairs", "60", "100,000") in found.deviations
    assert alignment_facts("phmmer", sets) == replace(
        facts, description=ALIGNMENTS["phmmer"].description
    )
    assert ALIGNMENTS["phmmer"].description.startswith("phmmer")
