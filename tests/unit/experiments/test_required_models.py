"""Which models a table or figure of PLUS waits for."""

import pytest

from protlang.experiments.finetuning import TITLES
from protlang.experiments.required_models import NEEDS, shows
from protlang.figures.plus_fig2 import MODELS
from protlang.tables.plus_finetuned_layout import TABLES as FINE_TUNED

BASE, LARGE = "PLUS-RNN BASE", "PLUS-RNN LARGE"
NEVER_PRETRAINED = "PLUS-RNN BASE [w/o PT]"
ROWS = (BASE, LARGE, NEVER_PRETRAINED, "PLUS-TFM", "PT-A", "FT-E", "SeqVec (frozen)")


def rows_of(element: str, task: str = "homology") -> set[str]:
    return {row for row in ROWS if shows(element, row, task)}


@pytest.mark.parametrize("name", FINE_TUNED)
def test_a_table_needs_the_tasks_that_it_prints(name: str) -> None:
    table = FINE_TUNED[name]
    printed = {table.task} if table.task else {task for task, _ in table.headings}
    assert {TITLES[task] for task in NEEDS[name].tasks} == printed


@pytest.mark.parametrize("name", ["plus_table2", "plus_table3", "plus_table4"])
def test_models_of_ablations_are_left_to_their_own_tables(name: str) -> None:
    task = "secondary_structure"
    rows = rows_of(name, "homology" if name == "plus_table3" else task)
    assert rows == set(ROWS) - {"PT-A", "FT-E"}


def test_ablations_are_compared_with_the_base_model_alone() -> None:
    assert rows_of("plus_table5") == {BASE, NEVER_PRETRAINED, "PT-A"}
    assert rows_of("plus_table6") == {BASE, "FT-E"}


def test_figure_2_shows_its_own_models() -> None:
    for row in MODELS:
        assert shows("plus_fig2", row, "homology")
        assert not shows("plus_fig2", row, "stability")
    assert rows_of("plus_fig2") == {LARGE, "PLUS-TFM"}
