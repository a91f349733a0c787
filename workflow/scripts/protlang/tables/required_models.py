"""Which fine-tuned models a table or figure of PLUS shows, and on which tasks.

Who asks for one of them should not have to wait for models that only others show.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from protlang.experiments import paths
from protlang.experiments.finetuning import (
    HOMOLOGY,
    TITLES,
    FineTunedEntry,
    FineTuningExperiments,
)
from protlang.homology.pair_sets import DEVELOPMENT
from protlang.tables.targets import is_ablation, load_targets, model_of

ALIGNMENT = "NW-align"
"""That Figures 3 and 4 compare PLUS-RNN with."""

ALIGNING = ("PLUS-RNN LARGE", "PLUS-RNN BASE")
"""Rows of the models that Figures 3 and 4 can show; they take the first there is."""


class Need(NamedTuple):
    """What a table or figure shows.

    Attributes:
        tasks: names.
        has: whether it shows the model of a row.
    """

    tasks: Collection[str]
    has: Callable[[str], bool]


def _printed_in(element: str) -> Callable[[str], bool]:
    rows = {model_of(target.row) for target in load_targets("PLUS", element)}
    return rows.__contains__


def _is_no_ablation(row: str) -> bool:
    return not is_ablation(row)


_PAIRS = (HOMOLOGY,)

NEEDS: Mapping[str, Need] = {
    "plus_table2": Need(tuple(TITLES), _is_no_ablation),
    "plus_table3": Need(_PAIRS, _is_no_ablation),
    "plus_table4": Need(("secondary_structure",), _is_no_ablation),
    "plus_table5": Need(_PAIRS, _printed_in("Table 5")),
    "plus_table6": Need(_PAIRS, _printed_in("Table 6")),
    "plus_fig2": Need(
        _PAIRS, ("PLUS-RNN LARGE", "PLUS-TFM", "PLUS-TFM-EXT").__contains__
    ),
}
"""By name of the table's or figure's files."""


def shows(element: str, row: str, task: str) -> bool:
    """Whether a table or figure shows a model's scores on a task.

    Args:
        element: one of `NEEDS`.
        row: of the model.
        task: its name.
    """
    need = NEEDS[element]
    return task in need.tasks and need.has(row)


def aligning_model(experiments: FineTuningExperiments) -> FineTunedEntry | None:
    """The model that Figures 3 and 4 show beside `ALIGNMENT`, if both are in a run."""
    section = experiments.homology
    if section is None or ALIGNMENT not in section.alignments:
        return None
    found = (experiments.find(row, HOMOLOGY) for row in ALIGNING)
    return next((model for model in found if model), None)


def finetuned_files(
    element: str, experiments: FineTuningExperiments
) -> dict[str, list[str]]:
    """Scores and provenance of the models that a table or figure shows.

    Returns:
        Paths by name of the input: `scores` and `facts`.
    """
    runs = _shown_runs(element, experiments)
    files = {"scores": "scores.csv", "facts": "facts.json"}
    return {
        name: [paths.finetuned(model.name, task, file) for model, task in runs]
        for name, file in files.items()
    }


def rows_of(element: str, experiments: FineTuningExperiments) -> dict[str, str]:
    """Rows of the tables by model, of those that a table or figure shows."""
    return {model.name: model.row for model, _ in _shown_runs(element, experiments)}


def compared_pairs(experiments: FineTuningExperiments) -> dict[str, list[str]]:
    """Scores of single pairs, by models and alignments, that Table 3 compares.

    Returns:
        Paths by name of the input; none without the homology task.
    """
    section = experiments.homology
    if section is None:
        return {}
    sets = [name for name in section.sets if name != DEVELOPMENT]
    methods = section.alignments
    return {
        "predictions": [
            paths.finetuned(model, HOMOLOGY, f"predictions/{name}.parquet")
            for name in sets
            for model in rows_of("plus_table3", experiments)
        ],
        "aligned_pairs": [
            paths.alignment(method, f"{name}.parquet")
            for name in sets
            for method in methods
        ],
        "aligned": [paths.alignment(method, "scores.csv") for method in methods],
        "alignment_facts": [
            paths.alignment(method, "facts.json") for method in methods
        ],
    }


def _shown_runs(
    element: str, experiments: FineTuningExperiments
) -> list[tuple[FineTunedEntry, str]]:
    return [
        (model, task)
        for model, task in experiments.runs()
        if shows(element, model.row, task)
    ]
