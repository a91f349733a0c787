"""Which fine-tuned models a table or figure of PLUS shows, and on which tasks.

Thus none of them waits for models that only others show.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from protlang.experiments.finetuning import TITLES
from protlang.experiments.homology import HOMOLOGY
from protlang.experiments.targets import is_ablation, load_targets, model_of

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
