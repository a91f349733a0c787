"""PLUS's Tables 2 to 6: models fine-tuned on tasks, and alignments without training.

A score is found by task, test set and measure, named as in the paper. Accuracies of
homology have thresholds from development pairs; those with thresholds from the test
pairs themselves, as in the paper, stand beside them.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from protlang.encoders.provenance import Provenance, read_provenance
from protlang.errors import ProtlangError
from protlang.evaluation.statistics import RESAMPLES
from protlang.experiments.finetuning import TITLES
from protlang.experiments.heads import NotRun
from protlang.experiments.targets import (
    Target,
    added_target,
    is_ablation,
    load_targets,
    model_of,
    recomputed_target,
)
from protlang.files import require_file
from protlang.homology.pair_sets import DEVELOPMENT, PAIR_SETS
from protlang.homology.scores import (
    PairScores,
    compare_methods,
    paired_difference,
    read_pair_scores,
)
from protlang.protocol import Deviation, Deviations, merged
from protlang.tables.agreement import EXCERPTED, Measured
from protlang.tables.cells import Cell, as_frame, fill_cells
from protlang.tables.inputs import Inputs

HOMOLOGY, SECSTR = "Homology", "SecStr"
"""Tasks with a table of their own."""

DEVELOPMENT_PAIRS = PAIR_SETS[DEVELOPMENT]
"""Pairs of Tables 5 and 6, and of Figure 2."""

SCORE_COLUMNS = ("test_set", "metric", "value", "stderr", "low", "high", "n")
"""Of a model's scores on a task, as fractions; there may be `seeds` besides."""

LOW, HIGH, SEEDS, FITTED = "95_%_from", "95_%_to", "seeds", "thresholds_from_test"
"""Columns of tables beside those of `cells.COLUMNS`."""

DIFFERENCE = ("difference", "difference_from", "difference_to", "difference_p")
"""How the columns of a paired comparison begin; the model compared with follows."""

REFERENCE_MODELS = ("PLUS-TFM", "PLUS-RNN BASE", "PLUS-RNN LARGE")
"""Models that all methods of Tables 3, 5 and 6 are compared with."""

_ALIGNMENT_SUFFIX = " (this run)"
"""Distinguishes alignments of this run from the results quoted in the paper."""

_AS_PRINTED = {"phmmer": "phhmer"}
"""Names of alignments that the paper prints otherwise."""

_NAMES = {"pearson_r": "Pearson r", "spearman_rho": "Spearman rho"}
"""Homology's measures in print."""

_SOURCE = "threshold_source"
_FROM_TEST = "test"


class Place(NamedTuple):
    """Position of a number among the scores.

    Attributes:
        task: as in Table 2.
        test_set: as in `targets`; the task's name if there is only one.
        metric: likewise.
    """

    task: str
    test_set: str
    metric: str


@dataclass(frozen=True)
class ScoredModel:
    """Scores of a model, or of an alignment, on a task.

    Attributes:
        row: of the tables, such as `PLUS-TFM`, `PLUS-RNN BASE [w/o PT]`, `PT-A`.
        task: as in Table 2.
        scores: columns `SCORE_COLUMNS`, and of the training `seeds` if there are any.
            Accuracies of homology have a `threshold_source`, `development` or `test`.
        facts: provenance of the model and its data.
    """

    row: str
    task: str
    scores: pd.DataFrame
    facts: Provenance

    def score(self, place: Place, from_test: bool = False) -> dict[str, Any] | None:
        """A score, or None.

        Args:
            place: its position.
            from_test: whether its thresholds are from the test pairs.
        """
        scores = self.scores
        chosen = (scores["test_set"] == place.test_set) & (
            scores["metric"] == place.metric
        )
        if _SOURCE in scores:
            chosen &= (scores[_SOURCE] == _FROM_TEST) == from_test
        elif from_test:
            return None
        found = scores[chosen].to_dict("records")
        return {str(key): value for key, value in found[0].items()} if found else None


@dataclass(frozen=True)
class TaskTable:
    """One of Tables 2 to 6.

    Attributes:
        element: name in the paper.
        task: whose scores it shows; empty if each of its data sets is a task.
        headings: of its columns in print, by data set and metric, in order.
        remarks: below it.
        adds: whether models that the paper's table lacks get rows.
        places: of columns that are named otherwise than in `targets`, by data set and
            metric.
    """

    element: str
    task: str
    headings: Mapping[tuple[str, str], str]
    remarks: tuple[str, ...]
    adds: bool = True
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict)

    def place(self, target: Target) -> Place:
        """Position of a target's score."""
        key = target.dataset, target.metric
        return self.places.get(key, Place(self.task or key[0], *key))


class ScoredModels:
    """All models of a run, by row and task.

    Raises:
        ProtlangError: if two have the same row and task.
    """

    def __init__(self, models: Sequence[ScoredModel]) -> None:
        self._models: dict[tuple[str, str], ScoredModel] = {}
        for model in models:
            if (model.row, model.task) in self._models:
                raise ProtlangError(
                    f"two models fill the row {model.row!r} for {model.task}; give "
                    "one of them another row"
                )
            self._models[model.row, model.task] = model

    @property
    def rows(self) -> list[str]:
        """Rows of all models, each once."""
        return list(dict.fromkeys(row for row, _ in self._models))

    def find(self, row: str, task: str) -> ScoredModel | NotRun:
        """The model of a row, or why there is none."""
        reason = f"the configuration fine-tunes no {row} on {task}"
        return self._models.get((row, task), NotRun(reason))

    def score(self, row: str, place: Place) -> dict[str, Any] | NotRun:
        """A model's score, or why there is none."""
        model = self.find(row, place.task)
        if isinstance(model, NotRun):
            return model
        reason = f"{row} has no {place.metric} on {place.test_set}"
        return model.score(place) or NotRun(reason)


PairPredictions = Mapping[tuple[str, str], PairScores]
"""Scores of single pairs by the row of the method and the test set."""


def compute(table: TaskTable, inputs: Inputs) -> pd.DataFrame:
    """The rows of a table's CSV.

    Args:
        table: which.
        inputs: as of `read_models`; and, for the tests of Table 3, `predictions`
            (`.../<model>/homology/predictions/<set>.parquet`) and `aligned_pairs`
            (`.../<alignment>/<set>.parquet`), if there are any.

    Raises:
        ProtlangError: if a file cannot be read, two models fill one row, or methods
            scored different pairs.
    """
    rows = inputs.params["rows"]
    predictions = {
        **_read_pairs(inputs.paths("predictions"), rows),
        **_read_pairs(inputs.paths("aligned_pairs"), None),
    }
    models = ScoredModels(read_models(inputs))
    cells = fill(table, models)
    beside = [
        columns(table, cells, models),
        steiger_columns(cells, predictions),
        difference_columns(cells, predictions),
    ]
    return as_frame(cells, pd.concat(beside, axis=1))


def read_models(inputs: Inputs) -> list[ScoredModel]:
    """Read the scores of models on tasks, and of alignments on homology.

    Args:
        inputs: files `scores` (`.../<model>/<task>/scores.csv`) and `aligned`
            (`.../<alignment>/scores.csv`), with `facts.json` beside each; the parameter
            `rows`, those of the tables by model.

    Raises:
        ProtlangError: if a file is missing, damaged or lacks a column.
    """
    rows = inputs.params["rows"]
    models = [
        read_model(rows[folder.parent.name], TITLES[folder.name], folder)
        for folder in inputs.folders("scores")
    ]
    alignments = [
        read_model(folder.name + _ALIGNMENT_SUFFIX, HOMOLOGY, folder)
        for folder in inputs.folders("aligned")
    ]
    return [*models, *alignments]


def read_model(row: str, task: str, folder: Path) -> ScoredModel:
    """Read the `scores.csv` and `facts.json` of a model on a task.

    Args:
        row: of the tables.
        task: as in Table 2.
        folder: that holds both files.

    Raises:
        ProtlangError: if one is missing, damaged or lacks a column.
    """
    path = require_file(folder / "scores.csv", "fine-tune the model and score it first")
    scores = pd.read_csv(path)
    missing = [name for name in SCORE_COLUMNS if name not in scores]
    if missing:
        raise ProtlangError(
            f"{path} has no column {missing[0]}; score the model's predictions again"
        )
    scores["metric"] = scores["metric"].replace(_NAMES)
    return ScoredModel(row, task, scores, read_provenance(folder / "facts.json"))


def _read_pairs(
    paths: Iterable[Path], rows: Mapping[str, str] | None
) -> dict[tuple[str, str], PairScores]:
    """Scores of pairs by row and test set; those of alignments without `rows`."""
    found = {}
    for path in paths:
        row = path.parent.name + _ALIGNMENT_SUFFIX
        if rows is not None:
            row = rows[path.parents[2].name]
        found[row, PAIR_SETS[path.stem]] = read_pair_scores(path)
    return found


def fill(table: TaskTable, models: ScoredModels) -> list[Cell]:
    """Fill every printed cell, then those of models that the paper's table lacks."""
    printed = load_targets("PLUS", table.element)
    added = _added(table, printed, models) if table.adds else []
    return fill_cells(
        [*printed, *added], lambda target: _measure(table, target, models)
    )


def columns(
    table: TaskTable, cells: Sequence[Cell], models: ScoredModels
) -> pd.DataFrame:
    """Further columns of each cell of ours.

    Returns:
        Its 95 % interval, its training seeds and, if thresholds are part of the
        measure, its value with thresholds from the test pairs themselves.
    """
    rows = [_beside(table.place(cell.target), cell, models) for cell in cells]
    return pd.DataFrame(rows, columns=[LOW, HIGH, SEEDS, FITTED])


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
    metric = {text: name for name, text in _NAMES.items()}.get(cell.target.metric)
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


def _beside(place: Place, cell: Cell, models: ScoredModels) -> tuple[float, ...]:
    model = models.find(model_of(cell.target.row), place.task)
    score = None if isinstance(model, NotRun) else model.score(place)
    if score is None or cell.agreement.verdict == EXCERPTED:
        return (math.nan,) * 4
    assert isinstance(model, ScoredModel)
    fitted = model.score(place, from_test=True)
    return (
        score["low"],
        score["high"],
        score.get("seeds", math.nan),
        fitted["value"] if fitted else math.nan,
    )


def _added(
    table: TaskTable, printed: Sequence[Target], models: ScoredModels
) -> list[Target]:
    """Places of our numbers for models without a printed row; ablations get none."""
    taken = {model_of(target.row) for target in printed if target.kind != "excerpted"}
    places = {(target.dataset, target.metric): target for target in printed}
    return [
        _own_target(row, target, printed)
        for row in models.rows
        if row not in taken and not is_ablation(row)
        for target in places.values()
        if not isinstance(models.score(row, table.place(target)), NotRun)
    ]


def _own_target(row: str, place: Target, printed: Sequence[Target]) -> Target:
    """Place of a number of ours, with the number that the paper quotes if it does."""
    name = row.removesuffix(_ALIGNMENT_SUFFIX)
    quoted = row != name and _AS_PRINTED.get(name, name)
    for target in printed:
        at = (target.row, target.dataset, target.metric)
        if at == (quoted, place.dataset, place.metric):
            return recomputed_target(row, target)
    return added_target(row, place.dataset, place.metric, place.unit)


def _of_thresholds(target: Target, place: Place) -> Deviations:
    """Homology's accuracies depend on the pairs that thresholds are found on.

    Tables 5 and 6 show the development pairs, as in the paper.
    """
    if (place.task, place.metric) != (HOMOLOGY, "accuracy"):
        return ()
    if place.test_set == DEVELOPMENT_PAIRS:
        return ()
    paper = "from training pairs" if target.recomputes else "from the counted pairs"
    return (Deviation("thresholds", "from development pairs", paper),)


def _measure(
    table: TaskTable, target: Target, models: ScoredModels
) -> Measured | NotRun:
    place, row = table.place(target), model_of(target.row)
    score = models.score(row, place)
    if isinstance(score, NotRun):
        return score
    model = models.find(row, place.task)
    assert isinstance(model, ScoredModel)
    seeds = score.get("seeds", math.nan)
    counted = "" if math.isnan(seeds) else f"; {seeds:.0f} seed{'s' * (seeds > 1)}"
    return Measured(
        value=score["value"],
        stderr=score["stderr"],
        n=int(score["n"]),
        simulated=model.facts.simulated,
        deviations=merged(model.facts.deviations, _of_thresholds(target, place)),
        provenance=model.facts.description + counted,
        seeds=_trainings(model) if math.isnan(seeds) else int(seeds),
        seed_sd=score.get("seed_sd", math.nan),
    )


def _trainings(model: ScoredModel) -> int:
    """Of a model whose scores count no seeds: one; alignments are not trained."""
    return 0 if model.row.endswith(_ALIGNMENT_SUFFIX) else 1
