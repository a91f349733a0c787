from pathlib import Path

import numpy as np
import pytest

from protlang.errors import ProtlangError
from protlang.homology.comparisons import (
    PairScores,
    compare_methods,
    read_pair_scores,
    read_weights,
    write_pair_scores,
    write_weights,
)
from protlang.homology.scoring import compare_correlations

LEVELS = np.array([0, 1, 2, 3, 4, 0, 1])
SCORES = np.array([0.5, 1.5, 1.0, 2.5, 4.0, -0.25, 0.75])


def pairs(scores: np.ndarray = SCORES) -> PairScores:
    ids = [(f"d{i}", f"e{i}") for i in range(len(LEVELS))]
    lengths = np.array([[100 + i, 50] for i in range(len(LEVELS))])
    return PairScores(ids, LEVELS, scores, lengths, {"by": "hand"})


def test_scores_come_back_as_they_were_written(tmp_path: Path) -> None:
    write_pair_scores(tmp_path / "s.parquet", pairs())
    found = read_pair_scores(tmp_path / "s.parquet")
    assert found.ids == pairs().ids
    assert found.scores.tolist() == SCORES.tolist()
    assert found.levels.tolist() == LEVELS.tolist()
    assert found.lengths.tolist() == pairs().lengths.tolist()
    assert found.provenance == {"by": "hand"}


def test_a_score_that_is_no_number_is_refused_with_its_pair(tmp_path: Path) -> None:
    scores = np.where(LEVELS == 3, np.nan, SCORES)
    write_pair_scores(tmp_path / "s.parquet", pairs(scores))
    with pytest.raises(ProtlangError, match=r"s\.parquet, pair 4: the score is no"):
        read_pair_scores(tmp_path / "s.parquet")


def test_the_score_of_a_pair_is_found_by_both_ids() -> None:
    assert pairs().score_of(("d3", "e3")) == 2.5
    with pytest.raises(ProtlangError, match="the pair e3, d3 has no score"):
        pairs().score_of(("e3", "d3"))


def test_methods_are_compared_on_the_same_pairs_alone() -> None:
    other = np.roll(SCORES, 1)
    found = compare_methods(pairs(), pairs(other))
    assert found == compare_correlations(SCORES, other, LEVELS)
    shuffled = pairs(other)._replace(ids=pairs().ids[::-1])
    with pytest.raises(ProtlangError, match="have scored other pairs"):
        compare_methods(pairs(), shuffled)


def test_weights_come_back_in_order_and_in_the_same_bytes(tmp_path: Path) -> None:
    weights = [np.full((2, place + 1), place / 16) for place in range(11)]
    for name in ("a", "b"):
        write_weights(tmp_path / f"{name}.npz", weights)
    found = read_weights(tmp_path / "a.npz")
    assert [one.tolist() for one in found] == [one.tolist() for one in weights]
    first, second = ((tmp_path / f"{name}.npz").read_bytes() for name in "ab")
    assert first == second


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    with pytest.raises(ProtlangError, match="align the example pairs"):
        read_weights(path)
    write_weights(path, [np.ones((2, 3))])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ProtlangError, match=r"w\.npz holds no weights of alignments"):
        read_weights(path)
    np.savez(path, pair1=np.array([object()], dtype=object))
    with pytest.raises(ProtlangError, match=r"w\.npz holds no weights of alignments"):
        read_weights(path)
