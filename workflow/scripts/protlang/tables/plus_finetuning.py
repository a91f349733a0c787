"""From a run's files to PLUS's Tables 2 to 6.

Models are in folders `<model>/<task>`, alignments in folders of their name; both hold
`scores.csv` and `facts.json`. Beside the scores of homology are those of single pairs,
in Parquet files named after the set of pairs.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from protlang.experiments.finetuning import PAIR_SETS, TITLES
from protlang.homology.comparisons import PairScores, read_pair_scores
from protlang.tables import plus_table3
from protlang.tables.arrangement import FINE_TUNED
from protlang.tables.cells import write_cells
from protlang.tables.fine_tuned import (
    HOMOLOGY,
    FineTuned,
    FineTunedModels,
    columns,
    fill,
    read_fine_tuned,
)
from protlang.tables.plus_table3 import Predictions

_HERE = " (this run)"
"""Sets alignments of ours apart from the paper's quoted ones."""


def read_models(
    scores: Iterable[Path | str], rows: Mapping[str, str]
) -> list[FineTuned]:
    """Read models on tasks.

    Args:
        scores: `.../<model>/<task>/scores.csv`, with `facts.json` beside each.
        rows: of the tables, by model.

    Raises:
        ProtlangError: if a file is missing, damaged or lacks something.
    """
    folders = [Path(path).parent for path in scores]
    return [
        read_fine_tuned(rows[folder.parent.name], TITLES[folder.name], folder)
        for folder in folders
    ]


def read_alignments(scores: Iterable[Path | str]) -> list[FineTuned]:
    """Read alignments, which tell homology.

    Args:
        scores: `.../<alignment>/scores.csv`, with `facts.json` beside each.

    Raises:
        ProtlangError: if a file is missing, damaged or lacks something.
    """
    folders = [Path(path).parent for path in scores]
    return [
        read_fine_tuned(folder.name + _HERE, HOMOLOGY, folder) for folder in folders
    ]


def read_models_pairs(
    predictions: Iterable[Path | str], rows: Mapping[str, str]
) -> dict[tuple[str, str], PairScores]:
    """Read what models say of single pairs, by row and test set.

    Args:
        predictions: `.../<model>/homology/predictions/<set>.parquet`.
        rows: of the tables, by model.

    Raises:
        ProtlangError: if a file is missing or damaged.
    """
    paths = list(map(Path, predictions))
    return {
        (rows[path.parents[2].name], PAIR_SETS[path.stem]): read_pair_scores(path)
        for path in paths
    }


def read_alignments_pairs(
    scores: Iterable[Path | str],
) -> dict[tuple[str, str], PairScores]:
    """Read what alignments say of single pairs, by row and test set.

    Args:
        scores: `.../<alignment>/<set>.parquet`.

    Raises:
        ProtlangError: if a file is missing or damaged.
    """
    paths = list(map(Path, scores))
    return {
        (path.parent.name + _HERE, PAIR_SETS[path.stem]): read_pair_scores(path)
        for path in paths
    }


def write_table(
    name: str, models: Sequence[FineTuned], predictions: Predictions, csv: Path
) -> None:
    """Fill a table and write its CSV.

    Args:
        name: of its files, `plus_table2` to `plus_table6`.
        models: and alignments, on the tasks that it shows.
        predictions: of single pairs, for Table 3's tests; others have none.
        csv: the file.

    Raises:
        ProtlangError: if two models fill one row, or have scored other pairs.
    """
    table, found = FINE_TUNED[name], FineTunedModels(models)
    cells = fill(table, found)
    beside = [columns(table, cells, found), plus_table3.comparisons(cells, predictions)]
    write_cells(cells, pd.concat(beside, axis=1), csv)
