"""What PLUS's Tables 2 to 6 have in common: models that are fine-tuned on tasks.

A model's scores are found by the task, the test set and the measure, named as the paper
names them. Accuracies of homology have thresholds that were found on development
pairs; those with thresholds of the test pairs, as the paper has them, stand beside.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from protlang.encoders.provenance import Provenance
from protlang.errors import ProtlangError
from protlang.experiments.heads import NotRun
from protlang.files import require_file
from protlang.tables.cells import (
    EXCERPTED,
    Cell,
    Measured,
    Target,
    added_target,
    excerpted,
    load_targets,
    measured,
    not_run,
)

HOMOLOGY, SECSTR = "Homology", "SecStr"
"""Tasks with a table of their own."""

DEVELOPMENT_PAIRS = "SCOPe 2.06 dev"
"""Pairs that Tables 5 and 6, and Figure 2, are about."""

DEVELOPMENT_HEADINGS: Mapping[tuple[str, str], str] = {
    (DEVELOPMENT_PAIRS, "accuracy"): "Accuracy",
    (DEVELOPMENT_PAIRS, "Pearson r"): "r",
}
"""Of Tables 5 and 6."""

WITHOUT_PRETRAINING = " [w/o PT]"
"""Ends the rows of models that begin with random weights."""

SCORE_COLUMNS = ("test_set", "metric", "value", "stderr", "low", "high", "n")
"""Of a model's scores on a task, as fractions; there may be `seeds` besides."""

LOW, HIGH, SEEDS, FITTED = "95_%_from", "95_%_to", "seeds", "thresholds_from_test"
"""Columns of tables beside those of `cells.COLUMNS`."""

_NAMES = {"pearson_r": "Pearson r", "spearman_rho": "Spearman rho"}
"""Of homology's measures in print."""

_FIRST = "fine-tune the model and score it first"
_SOURCE = "threshold_source"
_FROM_TEST = "test"
_BASE = "PLUS-RNN BASE"
_WEIGHTS = re.compile(r" \((MLM .*)\)$")
_ABLATION = re.compile(r"[PF]T-[A-E]")


class Place(NamedTuple):
    """Where a number stands among the scores.

    Attributes:
        task: as in Table 2.
        test_set: as `targets` name it; of tasks with a single one, the task's name.
        metric: likewise.
    """

    task: str
    test_set: str
    metric: str


@dataclass(frozen=True)
class FineTuned:
    """A model on a task, or an alignment that needs no training.

    Attributes:
        row: of the tables, such as `PLUS-TFM`, `PLUS-RNN BASE [w/o PT]`, `PT-A`.
        task: as in Table 2.
        scores: columns `SCORE_COLUMNS`, and of the training `seeds` if there are any.
            Accuracies of homology tell their `threshold_source`, `development` or
            `test`.
        facts: of the model and its data.
    """

    row: str
    task: str
    scores: pd.DataFrame
    facts: Provenance

    def score(self, place: Place, from_test: bool = False) -> dict[str, Any] | None:
        """A score, or None.

        Args:
            place: where it stands.
            from_test: whether thresholds of the test pairs are wanted.
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
    """What sets one table apart from the others.

    Attributes:
        name: of its files.
        element: of the paper.
        task: whose scores it shows; empty if each of its data sets is a task.
        headings: of its columns in print, by data set and metric, in order.
        remarks: below it.
        adds: whether models that the paper's table lacks get rows.
        places: of columns that are named otherwise than in `targets`, by data set and
            metric.
    """

    name: str
    element: str
    task: str
    headings: Mapping[tuple[str, str], str]
    remarks: tuple[str, ...]
    adds: bool = True
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict)

    def place(self, target: Target) -> Place:
        """Where the score of a target stands."""
        key = target.dataset, target.metric
        return self.places.get(key, Place(self.task or key[0], *key))


class FineTunedModels:
    """All models of a run, to be found by row and task.

    Raises:
        ProtlangError: if two have the same row and task.
    """

    def __init__(self, models: Sequence[FineTuned]) -> None:
        self._models: dict[tuple[str, str], FineTuned] = {}
        for model in models:
            if (model.row, model.task) in self._models:
                raise ProtlangError(
                    f"two models fill the row {model.row!r} for {model.task}; give "
                    "one of them another row"
                )
            self._models[model.row, model.task] = model

    @property
    def rows(self) -> list[str]:
        """Of all models, each once."""
        return list(dict.fromkeys(row for row, _ in self._models))

    def find(self, row: str, task: str) -> FineTuned | NotRun:
        """The model that fills a row, or why there is none."""
        reason = f"the configuration fine-tunes no {row} on {task}"
        return self._models.get((row, task), NotRun(reason))

    def score(self, row: str, place: Place) -> dict[str, Any] | NotRun:
        """A model's score, or why there is none."""
        model = self.find(row, place.task)
        if isinstance(model, NotRun):
            return model
        reason = f"{row} has no {place.metric} on {place.test_set}"
        return model.score(place) or NotRun(reason)


def read_fine_tuned(row: str, task: str, folder: Path | str) -> FineTuned:
    """Read a model's `scores.csv` and `facts.json`.

    Args:
        row: of the tables.
        task: as in Table 2.
        folder: with both files; the latter holds the fields of `Provenance`.

    Raises:
        ProtlangError: if one is missing, damaged or lacks something.
    """
    scores = require_file(Path(folder) / "scores.csv", _FIRST)
    table = pd.read_csv(scores)
    missing = [name for name in SCORE_COLUMNS if name not in table]
    if missing:
        raise ProtlangError(
            f"{scores} has no column {missing[0]}; score the model's predictions again"
        )
    table["metric"] = table["metric"].replace(_NAMES)
    return FineTuned(row, task, table, _read_facts(Path(folder) / "facts.json"))


def _read_facts(path: Path) -> Provenance:
    require_file(path, _FIRST)
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return Provenance(
            str(facts["description"]), bool(facts["simulated"]), str(facts["deviation"])
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ProtlangError(
            f"{path} does not tell of a fine-tuned model ({error!r}); score the "
            "model's predictions again"
        ) from error


def model_of(row: str) -> str:
    """The row of the model behind a printed row.

    Rows of Tables 5 and 6 tell the weights of losses; their first one is the model of
    the other tables, and `(w/o PT)` that model without pre-training.
    """
    name = _WEIGHTS.sub("", row).removesuffix(" [w/ PT]")
    if name.startswith("("):
        name = name[1:-1]
    return _BASE + WITHOUT_PRETRAINING if name == "w/o PT" else name


def is_ablation(row: str) -> bool:
    """Whether a model has other weights of losses and so a row in Table 5 or 6 only."""
    return _ABLATION.fullmatch(row) is not None


def loss_weights(row: str) -> dict[str, str]:
    """Weights of losses in a row of Tables 5 and 6, as printed, by loss."""
    found = _WEIGHTS.search(row)
    parts = found[1].split(", ") if found else []
    pairs = (part.partition(" ") for part in parts)
    return {loss: weight for loss, _, weight in pairs}


def fill(table: TaskTable, models: FineTunedModels) -> list[Cell]:
    """Fill every printed cell, then those of models that the paper's table lacks."""
    printed = load_targets("PLUS", table.element)
    added = _added(table, printed, models) if table.adds else []
    return [_fill_cell(table, target, models) for target in [*printed, *added]]


def columns(
    table: TaskTable, cells: Sequence[Cell], models: FineTunedModels
) -> pd.DataFrame:
    """What stands beside each cell of ours.

    Returns:
        Its 95 % interval, its training seeds and, if thresholds are part of the
        measure, its value with thresholds of the very pairs that are counted.
    """
    rows = [_beside(table.place(cell.target), cell, models) for cell in cells]
    return pd.DataFrame(rows, columns=[LOW, HIGH, SEEDS, FITTED])


def _beside(place: Place, cell: Cell, models: FineTunedModels) -> tuple[float, ...]:
    model = models.find(model_of(cell.target.row), place.task)
    score = None if isinstance(model, NotRun) else model.score(place)
    if score is None or cell.verdict == EXCERPTED:
        return (math.nan,) * 4
    assert isinstance(model, FineTuned)
    fitted = model.score(place, from_test=True)
    return (
        score["low"],
        score["high"],
        score.get("seeds", math.nan),
        fitted["value"] if fitted else math.nan,
    )


def _added(
    table: TaskTable, printed: Sequence[Target], models: FineTunedModels
) -> list[Target]:
    """Places of numbers of ours, of models that are none of an ablation's."""
    taken = {model_of(target.row) for target in printed if target.kind != "excerpted"}
    places = {(target.dataset, target.metric): target for target in printed}
    return [
        added_target(row, target.dataset, target.metric, target.unit)
        for row in models.rows
        if row not in taken and not is_ablation(row)
        for target in places.values()
        if not isinstance(models.score(row, table.place(target)), NotRun)
    ]


def _fill_cell(table: TaskTable, target: Target, models: FineTunedModels) -> Cell:
    if target.kind == "excerpted":
        return excerpted(target)
    place, row = table.place(target), model_of(target.row)
    score = models.score(row, place)
    if isinstance(score, NotRun):
        return not_run(target, score.reason)
    model = models.find(row, place.task)
    assert isinstance(model, FineTuned)
    seeds = score.get("seeds", math.nan)
    told = "" if math.isnan(seeds) else f"; {seeds:.0f} seed{'s' if seeds > 1 else ''}"
    return measured(
        target,
        Measured(
            value=score["value"],
            stderr=score["stderr"],
            n=int(score["n"]),
            simulated=model.facts.simulated,
            deviation=model.facts.deviation,
            provenance=model.facts.description + told,
        ),
    )
