"""Which models a table or figure of PLUS waits for."""

from collections.abc import Sequence

import pytest

from protlang.experiments.encoders import Encoders
from protlang.experiments.finetuning import TITLES, FineTuningExperiments
from protlang.figures.plus_fig2 import MODELS
from protlang.sources.catalogue import load_sources
from protlang.tables.plus_finetuned_layout import TABLES as FINE_TUNED
from protlang.tables.required_models import NEEDS, aligning_model, shows
from protlang.validation import REPOSITORY

SOURCES = load_sources(REPOSITORY / "config" / "sources.yaml")
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


PFAM_MODEL = {"architecture": "plus-rnn", "corpus": "pfam"}


def experiments(
    rows: Sequence[str], alignments: Sequence[str] = ("NW-align",)
) -> FineTuningExperiments:
    """Models of these rows, all fine-tuned on homology."""
    plus = {
        "homology": {"domains": "scope-2.06-95", "alignments": list(alignments)},
        "finetuning": {
            f"model{place}": {"encoder": "rnn", "row": row, "homology": {}}
            for place, row in enumerate(rows)
        },
    }
    config = {
        "datasets": {},
        "corpora": {"pfam": {"sources": ["pfam-27"]}},
        "encoders": {"rnn": {**PFAM_MODEL, "epochs": 1}},
        "plus": plus,
    }
    return FineTuningExperiments(config, SOURCES, Encoders(config, SOURCES))


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        (["PLUS-TFM", BASE, LARGE], "model2"),
        ([BASE, "PLUS-TFM"], "model0"),
    ],
)
def test_the_larger_model_aligns_the_examples(rows: list[str], chosen: str) -> None:
    model = aligning_model(experiments(rows))
    assert model is not None
    assert model.name == chosen


@pytest.mark.parametrize(
    ("rows", "alignments"),
    [(["PLUS-TFM", NEVER_PRETRAINED], ["NW-align"]), ([LARGE], ["phmmer"])],
)
def test_without_a_model_or_the_alignment_there_is_nothing_to_compare(
    rows: list[str], alignments: list[str]
) -> None:
    assert aligning_model(experiments(rows, alignments)) is None
