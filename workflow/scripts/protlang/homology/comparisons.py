"""Scores of pairs of domains on disk, by networks or alignments, and two side by side.

The columns of scores are `id_a, id_b, level, score, length_a, length_b`; there may be
more. A score is higher for more alike domains; a network's is its expected level, 0 to
4.

Weights of soft alignments, for Figure 4, are matrices in an `.npz` file, `pair1` and so
on.

Source: PLUS, Sections 4.3.3 and 4.5.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file
from protlang.homology.scoring import SteigerTest, compare_correlations
from protlang.parquet import read_table, write_table

_COLUMNS = ("id_a", "id_b", "level", "score", "length_a", "length_b")


class PairScores(NamedTuple):
    """Scores of pairs by one method.

    Attributes:
        ids: of the two domains of each pair.
        levels: 0 to 4, int64 (pairs,).
        scores: float64 (pairs,).
        lengths: residues of both domains, int64 (pairs, 2).
        provenance: of the pairs and of the method.
    """

    ids: list[tuple[str, str]]
    levels: np.ndarray
    scores: np.ndarray
    lengths: np.ndarray
    provenance: dict[str, Any]

    def score_of(self, ids: tuple[str, str]) -> float:
        """The score of one pair.

        Raises:
            ProtlangError: if it is not among the pairs.
        """
        if ids not in self.ids:
            raise ProtlangError(
                f"the pair {ids[0]}, {ids[1]} has no score; score the pairs again that "
                "it was chosen from"
            )
        return float(self.scores[self.ids.index(ids)])


def write_pair_scores(
    path: Path | str,
    pairs: PairScores,
) -> None:
    """Write scores, such as an alignment's, as Parquet, atomically."""
    values = (*zip(*pairs.ids, strict=True), pairs.levels, pairs.scores)
    columns = zip(_COLUMNS, (*values, *np.transpose(pairs.lengths)), strict=True)
    write_table(path, dict(columns), pairs.provenance)


def read_pair_scores(path: Path | str) -> PairScores:
    """Read what `write_pair_scores` wrote, or a network's predictions.

    Raises:
        ProtlangError: if the file is missing, is not such a file, or a score is no
            number.
    """
    table, provenance = read_table(path, _COLUMNS)
    columns = table.to_pydict()
    scores = np.array(columns["score"], dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(scores))
    if len(wrong):
        raise ProtlangError(
            f"{path}, pair {wrong[0] + 1}: the score is no number; score the pairs "
            "again"
        )
    return PairScores(
        list(zip(columns["id_a"], columns["id_b"], strict=True)),
        np.array(columns["level"], dtype=np.int64),
        scores,
        np.transpose([columns["length_a"], columns["length_b"]]).astype(np.int64),
        provenance,
    )


def require_same_pairs(*methods: PairScores) -> None:
    """Make sure that methods have scored the same pairs in the same order.

    Raises:
        ProtlangError: if they have not.
    """
    first = methods[0]
    for other in methods[1:]:
        if first.ids != other.ids:
            raise ProtlangError(
                f"two methods to compare have scored other pairs ({len(first.ids):,} "
                f"and {len(other.ids):,}); score the same pairs with both"
            )


def compare_methods(first: PairScores, second: PairScores) -> SteigerTest:
    """Steiger's test of whether the first method's scores fit the levels better.

    Raises:
        ProtlangError: if the methods were not asked of the same pairs.
    """
    require_same_pairs(first, second)
    return compare_correlations(first.scores, second.scores, first.levels)


def write_weights(path: Path | str, weights: Sequence[np.ndarray]) -> None:
    """Write omega of some pairs, each (A, B), atomically; equal input, equal bytes."""
    arrays = {f"pair{number + 1}": one for number, one in enumerate(weights)}
    with atomic_path(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def read_weights(path: Path | str) -> list[np.ndarray]:
    """Read what `write_weights` wrote.

    Raises:
        ProtlangError: if the file is missing or damaged.
    """
    path = require_file(path, "align the example pairs with the network first")
    try:
        # A file that numpy opens itself would stay open if it is damaged.
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            return [arrays[f"pair{number + 1}"] for number in range(len(arrays.files))]
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ProtlangError(
            f"{path} holds no weights of alignments ({error}); delete it and align "
            "the pairs again"
        ) from error
