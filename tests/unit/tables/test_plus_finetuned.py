"""PLUS's Tables 2 to 6, filled from scores that are the paper's own or another's."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest

from protlang.encoders.provenance import Provenance
from protlang.errors import ProtlangError
from protlang.experiments.targets import load_targets, loss_weights, model_of
from protlang.protocol import Deviation, in_words
from protlang.tables.agreement import NOT_DISTINGUISHABLE, REPRODUCED
from protlang.tables.cells import Cell, as_frame
from protlang.tables.grid import NOT_PRINTED
from protlang.tables.plus_finetuned import TaskTable, columns, fill
from protlang.tables.plus_finetuned_layout import TABLES as BY_NAME
from protlang.tables.plus_scores import Place, ScoredModel, ScoredModels, read_model
from support.tables import page_of

TABLES = list(BY_NAME.values())
FACTS = Provenance("a model", False)
CELLS = {"Table 2": 40, "Table 3": 32, "Table 4": 39, "Table 5": 12, "Table 6": 12}
OWN = {"Table 2": 21, "Table 3": 16, "Table 4": 12, "Table 5": 12, "Table 6": 12}

Scores = Mapping[Place, float]


def model(row: str, scores: Scores, **changes: object) -> ScoredModel:
    """A model with scores on one task, each 0.005 exact, of 100 things, by 3 seeds."""
    rows = [
        {
            "test_set": place.test_set,
            "metric": place.metric,
            "value": value,
            "stderr": 0.005,
            "low": value - 0.01,
            "high": value + 0.01,
            "n": 100,
            "seeds": 3,
            "seed_sd": 0.0,
        }
        for place, value in scores.items()
    ]
    task = next(iter(scores)).task
    return replace(ScoredModel(row, task, pd.DataFrame(rows), FACTS), **changes)


def papers_models() -> ScoredModels:
    """All models of the paper, with the numbers that it prints."""
    scores: dict[tuple[str, str], dict[Place, float]] = {}
    for table in TABLES:
        for target in load_targets("PLUS", table.element):
            if target.kind != "excerpted":
                place = table.place(target)
                found = scores.setdefault((model_of(target.row), place.task), {})
                # A number that several tables print has to be the same in all.
                assert found.setdefault(place, target.value) == target.value
    return ScoredModels([model(row, found) for (row, _), found in scores.items()])


def of(cells: list[Cell], row: str, dataset: str, metric: str) -> Cell:
    return next(
        cell
        for cell in cells
        if (cell.target.row, cell.target.dataset, cell.target.metric)
        == (row, dataset, metric)
    )


@pytest.mark.parametrize("table", TABLES, ids=list(BY_NAME))
def test_the_papers_numbers_fill_every_cell_and_are_reproduced_unless_rows_share_them(
    table: TaskTable,
) -> None:
    targets = load_targets("PLUS", table.element)
    cells = fill(table, papers_models())[: len(targets)]
    places = [(target.row, target.dataset, target.metric) for target in targets]
    assert places == [
        (cell.target.row, cell.target.dataset, cell.target.metric) for cell in cells
    ]
    assert len(cells) == CELLS[table.element]
    own = [cell for cell in cells if cell.agreement.verdict != "excerpted"]
    assert len(own) == OWN[table.element]
    for cell in own:
        shared = cell.agreement.distance == 0
        expected = "not distinguishable" if shared else "reproduced"
        assert cell.agreement.verdict == expected


@pytest.mark.parametrize("table", TABLES, ids=list(BY_NAME))
def test_without_models_every_own_cell_has_the_reason(table: TaskTable) -> None:
    cells = fill(table, ScoredModels([]))
    own = [cell for cell in cells if cell.agreement.verdict != "excerpted"]
    assert len(cells) == CELLS[table.element]
    assert len(own) == OWN[table.element]
    assert {cell.agreement.verdict for cell in own} == {"not run"}
    assert all(model_of(cell.target.row) in cell.agreement.reason for cell in own)


@pytest.mark.parametrize("table", TABLES, ids=list(BY_NAME))
def test_a_heading_stands_for_each_column_and_no_other(table: TaskTable) -> None:
    targets = load_targets("PLUS", table.element)
    assert list(table.headings) == list(
        dict.fromkeys((target.dataset, target.metric) for target in targets)
    )


def test_tables_2_3_and_4_have_the_same_numbers_of_homology_and_secstr() -> None:
    models = papers_models()
    second, third, fourth = (
        fill(BY_NAME[f"plus_table{number}"], models) for number in (2, 3, 4)
    )
    for row in ("PLUS-TFM", "PLUS-RNN BASE", "PLUS-RNN LARGE"):
        summary = of(second, row, "Homology", "Pearson r (SCOPe 2.06)")
        detail = of(third, row, "SCOPe 2.06", "Pearson r")
        assert (summary.value, summary.n) == (detail.value, detail.n)
        summary = of(second, row, "SecStr", "accuracy (8-state, CB513)")
        detail = of(fourth, f"{row} [w/ PT]", "CB513", "8-state accuracy")
        assert (summary.value, summary.n) == (detail.value, detail.n)


def test_the_first_rows_of_tables_5_and_6_are_one_model() -> None:
    models = papers_models()
    fifth, sixth = (fill(BY_NAME[f"plus_table{number}"], models) for number in (5, 6))
    for place in range(2):
        assert model_of(fifth[place].target.row) == "PLUS-RNN BASE"
        assert fifth[place].value == sixth[place].value
    assert [cell.value for cell in fifth[:2]] == [0.965, 0.932]


@pytest.mark.parametrize(
    ("in_print", "row"),
    [
        ("PLUS-RNN BASE (MLM 0.7, SFP 0.3)", "PLUS-RNN BASE"),
        ("PLUS-RNN BASE (MLM 0.3, SL 0.7, CMP -)", "PLUS-RNN BASE"),
        ("(PT-A) (MLM -, SFP 1.0)", "PT-A"),
        ("(w/o PT) (MLM -, SFP -)", "PLUS-RNN BASE [w/o PT]"),
        ("P-ELMo (re-implementation) [w/ PT]", "P-ELMo (re-implementation)"),
        ("SeqVec (frozen)", "SeqVec (frozen)"),
    ],
)
def test_a_printed_row_names_its_model(in_print: str, row: str) -> None:
    assert model_of(in_print) == row


def test_weights_of_losses_are_read_off_a_row() -> None:
    weights = loss_weights("(FT-C) (MLM -, SL 0.7, CMP 0.3)")
    assert weights == {"MLM": "-", "SL": "0.7", "CMP": "0.3"}
    assert loss_weights("P-ELMo (re-implementation)") == {}


def test_rows_of_our_own_come_last_and_only_where_they_have_a_score() -> None:
    place = Place("SecStr", "CB513", "8-state accuracy")
    models = ScoredModels([model("PLUS-TFM [w/o PT]", {place: 0.5})])
    added = fill(BY_NAME["plus_table4"], models)[CELLS["Table 4"] :]
    assert [(cell.target.row, cell.target.dataset) for cell in added] == [
        ("PLUS-TFM [w/o PT]", "CB513")
    ]
    assert (added[0].value, added[0].agreement.verdict) == (0.5, "not in the paper")
    assert len(fill(BY_NAME["plus_table3"], models)) == CELLS["Table 3"]


def test_models_of_ablations_get_no_rows_in_other_tables() -> None:
    scores = {Place("Homology", "SCOPe 2.06", "Pearson r"): 0.9}
    models = ScoredModels([model("PT-A", scores), model("SeqVec (frozen)", scores)])
    added = fill(BY_NAME["plus_table3"], models)[CELLS["Table 3"] :]
    assert [cell.target.row for cell in added] == ["SeqVec (frozen)"]
    assert len(fill(BY_NAME["plus_table5"], models)) == CELLS["Table 5"]


HOMOLOGY = pd.DataFrame(
    [
        ("SCOPe 2.06", "accuracy", 0.91, 0.01, 0.89, 0.93, 50, "test", 3, 0.02),
        ("SCOPe 2.06", "accuracy", 0.90, 0.01, 0.88, 0.92, 50, "development", 3, 0.01),
        ("SCOPe 2.06", "pearson_r", 0.80, 0.02, 0.76, 0.84, 50, math.nan, 3, 0.03),
    ],
    columns=[
        *("test_set", "metric", "value", "stderr", "low", "high", "n"),
        *("threshold_source", "seeds", "seed_sd"),
    ],
)


@pytest.fixture
def homology(tmp_path: Path) -> ScoredModel:
    HOMOLOGY.to_csv(tmp_path / "scores.csv", index=False, na_rep="NA")
    (tmp_path / "facts.json").write_text(json.dumps(asdict(FACTS)))
    return read_model("PLUS-RNN LARGE", "Homology", tmp_path)


def test_thresholds_of_development_pairs_count_and_others_stand_beside(
    homology: ScoredModel,
) -> None:
    models = ScoredModels([homology])
    cells = fill(BY_NAME["plus_table3"], models)
    beside = columns(BY_NAME["plus_table3"], cells, models)
    places = [
        number
        for number, cell in enumerate(cells)
        if cell.target.row == "PLUS-RNN LARGE" and cell.target.dataset == "SCOPe 2.06"
    ]
    assert [cells[place].value for place in places] == [0.90, 0.80]
    accuracy, correlation = (beside.loc[place] for place in places)
    assert accuracy["thresholds_from_test"] == 0.91
    assert (accuracy["95_%_from"], accuracy["95_%_to"]) == (0.88, 0.92)
    assert math.isnan(correlation["thresholds_from_test"])
    assert beside.drop(index=places).isna().all(axis=None)
    assert cells[places[0]].provenance.endswith("; 3 seeds")
    rows = [cells[place].as_row() for place in places]
    assert [(row["seeds"], row["seed_sd"]) for row in rows] == [(3, 0.01), (3, 0.03)]


def test_a_test_set_without_a_score_is_not_run_with_the_reason(
    homology: ScoredModel,
) -> None:
    cells = fill(BY_NAME["plus_table3"], ScoredModels([homology]))
    cell = of(cells, "PLUS-RNN LARGE", "SCOPe 2.07", "accuracy")
    assert cell.agreement.verdict == "not run"
    assert cell.agreement.reason == "PLUS-RNN LARGE has no accuracy on SCOPe 2.07"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Provenance("m", True, (Deviation("encoder", "small"),)), "not comparable"),
        (Provenance("m", False, (Deviation("encoder", "small"),)), "higher"),
    ],
)
def test_the_verdict_depends_on_the_training_data(
    facts: Provenance, expected: str
) -> None:
    place = Place("Stability", "Stability", "Spearman rho")
    models = ScoredModels([model("PLUS-TFM", {place: 0.79}, facts=facts)])
    cells = fill(BY_NAME["plus_table2"], models)
    cell = of(cells, "PLUS-TFM", "Stability", "Spearman rho")
    assert cell.agreement.verdict == expected
    assert cell.as_row()["protocol"] == "encoder: small"


def test_two_models_for_one_row_are_refused() -> None:
    one = model("PLUS-TFM", {Place("Stability", "Stability", "Spearman rho"): 0.5})
    with pytest.raises(ProtlangError, match="two models fill the row 'PLUS-TFM' for"):
        ScoredModels([one, one])


def test_files_that_lack_something_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="fine-tune the model and score it first"):
        read_model("PLUS-TFM", "Homology", tmp_path)
    HOMOLOGY.drop(columns="high").to_csv(tmp_path / "scores.csv", index=False)
    with pytest.raises(ProtlangError, match=r"scores\.csv has no column high"):
        read_model("PLUS-TFM", "Homology", tmp_path)
    HOMOLOGY.to_csv(tmp_path / "scores.csv", index=False)
    (tmp_path / "facts.json").write_text('{"description": "m"}')
    with pytest.raises(ProtlangError, match=r"facts\.json holds no provenance"):
        read_model("PLUS-TFM", "Homology", tmp_path)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_printed_table_has_a_line_per_method(name: str, tmp_path: Path) -> None:
    table, models = BY_NAME[name], papers_models()
    cells = fill(table, models)
    page = page_of(name, as_frame(cells, columns(table, cells, models)), tmp_path)
    methods = list(dict.fromkeys(cell.target.row for cell in cells))
    assert len(page.grid.rows) == len(methods)
    assert all(len(row) == len(page.grid.columns) for row in page.grid.rows)


@pytest.mark.parametrize("name", BY_NAME)
def test_no_column_stands_twice(name: str) -> None:
    table, models = BY_NAME[name], papers_models()
    cells = fill(table, models)
    frame = as_frame(cells, columns(table, cells, models))
    assert frame.columns.is_unique


def test_rows_state_whether_they_are_pretrained(tmp_path: Path) -> None:
    place = Place("SecStr", "CB513", "8-state accuracy")
    models = ScoredModels([model("PLUS-TFM [w/o PT]", {place: 0.5})])
    cells = fill(BY_NAME["plus_table4"], models)
    beside = columns(BY_NAME["plus_table4"], cells, models)
    page = page_of("plus_table4", as_frame(cells, beside), tmp_path)
    assert page.grid.columns[:4] == [
        "Pre-training",
        "Method",
        "CB513 paper",
        "CB513 ours",
    ]
    assert page.grid.rows[0][:4] == ["w/o PT", "TFM", "0.510", "excerpted"]
    assert page.grid.rows[4][:2] == ["w/ PT", "TFM"]
    last = ["w/o PT", "PLUS-TFM", NOT_PRINTED, "0.500 ± 0.005 (not in the paper)"]
    assert page.grid.texts[-1][:4] == last
    assert page.grid.texts[-1][4:] == [NOT_PRINTED] * 4
    assert page.countings.rows == [
        ["PLUS-TFM [w/o PT]", "CB513", "0.500 ± 0.005", "0.490 to 0.510"]
    ]


def test_tables_of_losses_have_a_column_for_each_weight(tmp_path: Path) -> None:
    cells = fill(BY_NAME["plus_table6"], ScoredModels([]))
    beside = columns(BY_NAME["plus_table6"], cells, ScoredModels([]))
    page = page_of("plus_table6", as_frame(cells, beside), tmp_path)
    assert page.grid.columns[:4] == ["Method", "MLM", "SL", "CMP"]
    assert page.grid.rows[3][:4] == ["(FT-C)", "-", "0.7", "0.3"]
    assert page.countings.rows == []


# Alignments of ours beside the numbers that PLUS quotes from P-ELMo

R, ACCURACY = "Pearson r", "accuracy"
LARGE, NW, PHMMER = "PLUS-RNN LARGE", "NW-align (this run)", "phmmer (this run)"


def scored(row: str, values: Mapping[str, float]) -> ScoredModel:
    """A method's scores of SCOPe 2.06, by measure, on the paper's own pairs."""
    scores = pd.DataFrame(
        {
            "test_set": "SCOPe 2.06",
            "metric": list(values),
            "value": list(values.values()),
            **dict.fromkeys(("stderr", "low", "high"), 0.002),
            "n": 100_000,
            "threshold_source": "development",
        }
    )
    return ScoredModel(row, "Homology", scores, FACTS)


def cells_of(*models: ScoredModel) -> dict[tuple[str, str], Cell]:
    """Cells of Table 3 on SCOPe 2.06, by row and measure."""
    cells = fill(BY_NAME["plus_table3"], ScoredModels(list(models)))
    return {
        (cell.target.row, cell.target.metric): cell
        for cell in cells
        if cell.target.dataset == "SCOPe 2.06"
    }


@pytest.mark.parametrize(
    ("row", "value", "verdict"),
    [
        (NW, 0.322, REPRODUCED),
        (NW, 0.33, "higher"),
        (NW, 0.31, "lower"),
        # The paper prints `phhmer`.
        (PHMMER, 0.312, REPRODUCED),
        (PHMMER, 0.32, "higher"),
    ],
)
def test_an_alignment_is_compared_with_the_quoted_number(
    row: str, value: float, verdict: str
) -> None:
    cell = cells_of(scored(row, {R: value}))[row, R]
    assert cell.target.value in (0.32, 0.31)
    assert cell.agreement.verdict == verdict
    # The closest other row is not the quoted one.
    assert cell.agreement.distance == pytest.approx(0.01)


def test_equal_numbers_of_two_alignments_cannot_be_told_apart() -> None:
    cell = cells_of(scored(NW, {ACCURACY: 0.78}))[NW, ACCURACY]
    assert cell.agreement.verdict == NOT_DISTINGUISHABLE


def test_quoted_numbers_stay_excerpted() -> None:
    cells = cells_of(scored(NW, {R: 0.32}))
    assert cells["NW-align", R].agreement.verdict == "excerpted"
    assert cells["NW-align", R].ours is None


def test_a_method_that_nobody_printed_has_nothing_to_agree_with() -> None:
    cell = cells_of(scored("SeqVec (frozen)", {R: 0.5}))["SeqVec (frozen)", R]
    assert cell.agreement.verdict == "not in the paper"


@pytest.mark.parametrize(
    ("row", "paper"),
    [(NW, "from training pairs"), (LARGE, "from the counted pairs")],
)
def test_the_protocol_of_an_accuracy_names_its_thresholds(row: str, paper: str) -> None:
    cells = cells_of(scored(row, {R: 0.5, ACCURACY: 0.8}))
    found = {}
    for metric in (R, ACCURACY):
        ours = cells[row, metric].ours
        assert ours is not None
        found[metric] = in_words(ours.deviations)
    assert found == {
        R: "same",
        ACCURACY: f"thresholds: from development pairs, the paper's {paper}",
    }


def test_a_network_of_which_the_paper_quotes_numbers_is_compared_with_them(
    tmp_path: Path,
) -> None:
    places = [Place("SecStr", name, "8-state accuracy") for name in ("CB513", "TS115")]
    row = "ResNet [w/o PT] (this run)"
    own = model(row, dict(zip(places, (0.551, 0.7), strict=True)))
    models = ScoredModels([own])
    cells = fill(BY_NAME["plus_table4"], models)
    cell = of(cells, row, "CB513", "8-state accuracy")
    assert (cell.target.value, cell.target.kind) == (0.55, "recomputed")
    assert cell.agreement.verdict == REPRODUCED
    assert of(cells, row, "TS115", "8-state accuracy").agreement.verdict == "higher"
    beside = columns(BY_NAME["plus_table4"], cells, models)
    page = page_of("plus_table4", as_frame(cells, beside), tmp_path)
    assert page.grid.rows[-1][:2] == ["w/o PT", "ResNet (this run)"]
