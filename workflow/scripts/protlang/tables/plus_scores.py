"""Scores of PLUS's models on tasks, and of alignments, by row, task and measure.

A score is found by task, test set and measure, named as in the paper. Accuracies of
homology have thresholds from development pairs; those with thresholds from the test
pairs themselves, as in the paper, stand beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from protlang.encoders.provenance import Provenance, read_provenance
from protlang.errors import ProtlangError
from protlang.experiments.finetuning import TITLES
from protlang.experiments.heads import NotRun
from protlang.files import require_file
from protlang.homology.pair_sets import DEVELOPMENT, PAIR_SETS
from protlang.tables.inputs import Inputs

HOMOLOGY, SECSTR = "Homology", "SecStr"
"""Tasks with a table of their own."""

DEVELOPMENT_PAIRS = PAIR_SETS[DEVELOPMENT]
"""Pairs of Tables 5 and 6, and of Figure 2."""

SCORE_COLUMNS = (
    *("test_set", "metric", "value", "stderr", "low", "high", "n"),
    *("seeds", "seed_sd"),
)
"""Of a model's scores on a task, as fractions."""

RECOMPUTED = " (this run)"
"""Ends the rows of methods of this run of which the paper quotes numbers."""

MEASURES = {"pearson_r": "Pearson r", "spearman_rho": "Spearman rho"}
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
        scores: columns `SCORE_COLUMNS`, `seeds` NaN of an alignment. Accuracies of
            homology have a `threshold_source`, `development` or `test`.
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
        read_model(folder.name + RECOMPUTED, HOMOLOGY, folder)
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
    scores["metric"] = scores["metric"].replace(MEASURES)
    return ScoredModel(row, task, scores, read_provenance(folder / "facts.json"))
