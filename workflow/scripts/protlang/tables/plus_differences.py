"""Tests and paired differences of methods that scored the same pairs of domains."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from protlang.evaluation.statistics import RESAMPLES
from protlang.experiments.targets import model_of
from protlang.homology.pair_sets import PAIR_SETS
from protlang.homology.scores import (
    PairScores,
    compare_methods,
    paired_difference,
    read_pair_scores,
)
from protlang.tables.cells import Cell
from protlang.tables.inputs import Inputs
from protlang.tables.plus_scores import DEVELOPMENT_PAIRS, MEASURES, RECOMPUTED

DIFFERENCE = ("difference", "difference_from", "difference_to", "difference_p")
"""How the columns of a paired comparison begin; the model compared with follows."""

REFERENCE_MODELS = ("PLUS-TFM", "PLUS-RNN BASE", "PLUS-RNN LARGE")
"""Models that all methods of Tables 3, 5 and 6 are compared with."""

PairPredictions = Mapping[tuple[str, str], PairScores]
"""Scores of single pairs by the row of the method and the test set."""


def read_predictions(inputs: Inputs) -> PairPredictions:
    """Scores of single pairs by models, and by alignments.

    Args:
        inputs: files `predictions` (`.../<model>/homology/predictions/<set>.parquet`)
            and `aligned_pairs` (`.../<alignment>/<set>.parquet`), if there are any; the
            parameter `rows`, those of the tables by model.
    """
    return {
        **_read_pairs(inputs.paths("predictions"), inputs.params["rows"]),
        **_read_pairs(inputs.paths("aligned_pairs"), None),
    }


def steiger_columns(
    cells: Sequence[Cell], predictions: PairPredictions
) -> pd.DataFrame:
    """Steiger's one-tailed test of our correlations against `REFERENCE_MODELS`.

    Returns:
        For each cell `Steiger_t_<model>`, positive if the cell's method is better than
        the model, and `Steiger_p_<model>`, for all of these models with predictions.

    Raises:
        ProtlangError: if two methods scored different pairs.
    """
    present = {row for row, _ in predictions}
    models = [model for model in REFERENCE_MODELS if model in present]
    names = [f"Steiger_{letter}_{model}" for model in models for letter in "tp"]
    rows = [
        [value for model in models for value in _against(cell, model, predictions)]
        for cell in cells
    ]
    return pd.DataFrame(rows, columns=names, index=range(len(cells)))


def difference_columns(
    cells: Sequence[Cell], predictions: PairPredictions, resamples: int = RESAMPLES
) -> pd.DataFrame:
    """Paired differences of our numbers from those of `REFERENCE_MODELS`.

    Domains are drawn, the same for both methods. Accuracies are compared on
    development pairs alone, which their thresholds come from.

    Returns:
        For each cell `difference_<model>`, positive if the cell's method is better than
        the model, its 95 % interval and its two-sided p-value.

    Raises:
        ProtlangError: if two methods scored different pairs.
    """
    present = {row for row, _ in predictions}
    models = [model for model in REFERENCE_MODELS if model in present]
    names = [f"{part}_{model}" for model in models for part in DIFFERENCE]
    rows = [
        [
            value
            for model in models
            for value in _difference(cell, model, predictions, resamples)
        ]
        for cell in cells
    ]
    return pd.DataFrame(rows, columns=names, index=range(len(cells)))


def _difference(
    cell: Cell, model: str, predictions: PairPredictions, resamples: int
) -> tuple[float, ...]:
    methods = _both(cell, model, predictions)
    metric = {text: name for name, text in MEASURES.items()}.get(cell.target.metric)
    if cell.target.metric == "accuracy" and cell.target.dataset == DEVELOPMENT_PAIRS:
        metric = "accuracy"
    if methods is None or metric is None:
        return (math.nan,) * len(DIFFERENCE)
    first, second = methods
    return paired_difference(second, first, metric, resamples)


def _both(
    cell: Cell, model: str, predictions: PairPredictions
) -> tuple[PairScores, PairScores] | None:
    """Scores of a cell's pairs by its own method and by a model, if there are any."""
    dataset, row = cell.target.dataset, model_of(cell.target.row)
    first, second = predictions.get((row, dataset)), predictions.get((model, dataset))
    is_other = cell.target.kind != "excerpted" and row != model
    return (first, second) if is_other and first and second else None


def _against(
    cell: Cell, model: str, predictions: PairPredictions
) -> tuple[float, float]:
    methods = _both(cell, model, predictions)
    if methods is None or cell.target.metric != "Pearson r":
        return math.nan, math.nan
    return compare_methods(*methods)


def _read_pairs(
    paths: Iterable[Path], rows: Mapping[str, str] | None
) -> dict[tuple[str, str], PairScores]:
    """Scores of pairs by row and test set; those of alignments without `rows`."""
    found = {}
    for path in paths:
        row = path.parent.name + RECOMPUTED
        if rows is not None:
            row = rows[path.parents[2].name]
        found[row, PAIR_SETS[path.stem]] = read_pair_scores(path)
    return found
