"""Global alignments, beside a slow reference that knows nothing of Parasail."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.alphabet import AMINO_ACIDS
from protlang.homology.needleman_wunsch import (
    alignment_path,
    identities,
    residue_scores,
    scores,
)

sequences = st.text("ACDWX", min_size=1, max_size=8)

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
    """What an alignment scores that puts these residues together."""
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
def test_residues_score_as_blosum62_has_it(letters: str, expected: int) -> None:
    assert residue_score(letters[0], letters[1]) == expected
    assert residue_score(letters[1], letters[0]) == expected


def test_the_first_residue_of_a_gap_costs_11_and_further_ones_1() -> None:
    first, second = ["WCW", "WCCCW", "WW"], ["WW", "WW", "WWCC"]
    assert scores(first, second).tolist() == [22 - 11, 22 - 13, 22 - 12]


@given(sequences, sequences)
def test_scores_are_those_of_the_best_of_all_alignments(
    first: str, second: str
) -> None:
    assert scores([first], [second]).tolist() == [slow_score(first, second)]


@given(sequences, sequences)
def test_the_path_is_an_alignment_with_that_score(first: str, second: str) -> None:
    path = alignment_path(first, second)
    rows, columns = np.nonzero(path)
    assert path.shape == (len(first), len(second))
    assert (np.diff(rows) > 0).all()
    assert (np.diff(columns) > 0).all()
    assert score_of_path(path, first, second) == scores([first], [second])[0]


def test_identity_is_the_share_of_identical_residues_among_all_columns() -> None:
    first, second = ["ACDW", "WCW", "ACD"], ["ACEW", "WW", "ACD"]
    assert identities(first, second) == pytest.approx([3 / 4, 2 / 3, 1])
    # Ten residues hang over at either end.
    first, second = ["ACDEFGHIKL" + "W" * 8], ["W" * 8 + "ACDEFGHIKL"]
    assert identities(first, second) == pytest.approx([8 / 28])


def test_rare_letters_are_read_as_plus_reads_them() -> None:
    first = ["WUOBZJ".replace("J", "X")]
    assert scores(first, ["WCKXXX"]) == scores(["WCKXXX"], ["WCKXXX"])
    assert identities(first, ["WCKXXX"]) == [1.0]


def test_no_result_depends_on_threads_or_on_batches() -> None:
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list(AMINO_ACIDS), n)) for n in rng.integers(1, 40, 60)]
    first = [texts[place] for place in rng.integers(0, 60, 2500)]
    second = [texts[place] for place in rng.integers(0, 60, 2500)]
    alone = [scores([a], [b])[0] for a, b in zip(first, second, strict=True)]
    assert scores(first, second, threads=3).tolist() == alone
    assert (identities(first, second, 3) == identities(first, second)).all()


def test_long_domains_overflow_nothing() -> None:
    assert scores(["W" * 20_000], ["W" * 20_000]) == [220_000]


def test_no_pairs_have_no_scores() -> None:
    assert scores([], []).shape == (0,)
    with pytest.raises(ValueError, match="zip"):
        scores(["A"], [])
