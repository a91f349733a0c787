"""PLUS's Tables 2 to 6: models fine-tuned on tasks, and alignments without training."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import (
    Target,
    added_target,
    is_ablation,
    load_targets,
    model_of,
    recomputed_target,
)
from protlang.protocol import Deviation, Deviations, merged
from protlang.tables.agreement import EXCERPTED, Measured
from protlang.tables.cells import Cell, as_frame, fill_cells
from protlang.tables.inputs import Inputs
from protlang.tables.plus_differences import (
    difference_columns,
    read_predictions,
    steiger_columns,
)
from protlang.tables.plus_scores import (
    DEVELOPMENT_PAIRS,
    HOMOLOGY,
    RECOMPUTED,
    Place,
    ScoredModel,
    ScoredModels,
    read_models,
)

LOW, HIGH, FITTED = "95_%_from", "95_%_to", "thresholds_from_test"
"""Columns of tables beside those of `cells.COLUMNS`."""

_AS_PRINTED = {"phmmer": "phhmer"}
"""Names of alignments that the paper prints otherwise."""


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


def compute(table: TaskTable, inputs: Inputs) -> pd.DataFrame:
    """The rows of a table's CSV.

    Args:
        table: which.
        inputs: as of `plus_scores.read_models`, and of
            `plus_differences.read_predictions` for the tests.

    Raises:
        ProtlangError: if a file cannot be read, two models fill one row, or methods
            scored different pairs.
    """
    predictions = read_predictions(inputs)
    models = ScoredModels(read_models(inputs))
    cells = fill(table, models)
    beside = [
        columns(table, cells, models),
        steiger_columns(cells, predictions),
        difference_columns(cells, predictions),
    ]
    return as_frame(cells, pd.concat(beside, axis=1))


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
        Its 95 % interval and, if thresholds are part of the measure, its value with
        thresholds from the test pairs themselves.
    """
    rows = [_beside(table.place(cell.target), cell, models) for cell in cells]
    return pd.DataFrame(rows, columns=[LOW, HIGH, FITTED])


def _beside(place: Place, cell: Cell, models: ScoredModels) -> tuple[float, ...]:
    model = models.find(model_of(cell.target.row), place.task)
    score = None if isinstance(model, NotRun) else model.score(place)
    if score is None or cell.agreement.verdict == EXCERPTED:
        return (math.nan,) * 3
    assert isinstance(model, ScoredModel)
    fitted = model.score(place, from_test=True)
    return (
        score["low"],
        score["high"],
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
    name = row.removesuffix(RECOMPUTED)
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
    facts = model.facts.on(place.test_set)
    seeds = score.get("seeds", math.nan)
    counted = "" if math.isnan(seeds) else f"; {seeds:.0f} seed{'s' * (seeds > 1)}"
    return Measured(
        value=score["value"],
        stderr=score["stderr"],
        n=int(score["n"]),
        simulated=facts.simulated,
        deviations=merged(facts.deviations, _of_thresholds(target, place)),
        provenance=facts.description + counted,
        seeds=0 if math.isnan(seeds) else int(seeds),
        seed_sd=score.get("seed_sd", math.nan),
    )
