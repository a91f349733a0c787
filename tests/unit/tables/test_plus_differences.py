"""Tests and paired differences beside PLUS's Tables 3, 5 and 6."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from protlang.encoders.provenance import Provenance
from protlang.errors import ProtlangError
from protlang.experiments.targets import model_of
from protlang.homology.measures import steiger_test
from protlang.homology.scores import PairScores
from protlang.tables.cells import as_frame
from protlang.tables.grid import NOT_PRINTED
from protlang.tables.plus_differences import (
    DIFFERENCE,
    difference_columns,
    steiger_columns,
)
from protlang.tables.plus_finetuned import columns, fill
from protlang.tables.plus_finetuned_layout import TABLES
from protlang.tables.plus_scores import (
    DEVELOPMENT_PAIRS,
    HOMOLOGY,
    ScoredModel,
    ScoredModels,
)
from support.tables import page_of

LARGE, BASE, NW = "PLUS-RNN LARGE", "PLUS-RNN BASE", "NW-align (this run)"
LEVELS = np.arange(40) % 5
NOISE = np.random.default_rng(0).normal(size=(2, 40))
CLEAR, NOISY = LEVELS + 0.3 * NOISE[0], LEVELS + 3 * NOISE[1]


def pairs(scores: np.ndarray) -> PairScores:
    ids = [(f"a{place}", f"b{place}") for place in range(len(scores))]
    lengths = np.full((len(scores), 2), 100)
    return PairScores(ids, LEVELS[: len(scores)], scores, lengths, {})


def models(test_set: str, rows: Mapping[str, float]) -> ScoredModels:
    """Models with a Pearson's r on a test set."""
    return ScoredModels(
        [
            ScoredModel(
                row,
                HOMOLOGY,
                pd.DataFrame(
                    {
                        "test_set": [test_set],
                        "metric": ["Pearson r"],
                        "value": [value],
                        "stderr": [0.01],
                        "low": [value - 0.02],
                        "high": [value + 0.02],
                        "n": [40],
                    }
                ),
                Provenance(row, False),
            )
            for row, value in rows.items()
        ]
    )


def test_a_method_is_compared_with_a_model_on_the_same_drawn_domains() -> None:
    scored = models("SCOPe 2.06", {LARGE: 0.9, NW: 0.4})
    cells = fill(TABLES["plus_table3"], scored)
    predictions = {
        (LARGE, "SCOPe 2.06"): pairs(CLEAR),
        (NW, "SCOPe 2.06"): pairs(NOISY),
    }
    found = difference_columns(cells, predictions, 50)
    assert list(found.columns) == [f"{part}_{LARGE}" for part in DIFFERENCE]
    filled = found.dropna()
    assert [cells[place].target.row for place in filled.index] == [NW]
    rows = np.corrcoef([NOISY, CLEAR, LEVELS])
    value, low, high, p_value = filled.iloc[0]
    assert value == pytest.approx(rows[0, 2] - rows[1, 2])
    assert low < value < high < 0
    assert p_value < 0.05


def test_ablations_are_compared_on_the_development_pairs() -> None:
    cells = fill(TABLES["plus_table5"], ScoredModels([]))
    scored = {BASE: CLEAR, "PT-A": NOISY}
    predictions = {
        (row, DEVELOPMENT_PAIRS): pairs(scores) for row, scores in scored.items()
    }
    found = difference_columns(cells, predictions, 50).dropna()
    targets = [cells[place].target for place in found.index]
    compared = {(model_of(target.row), target.metric) for target in targets}
    assert compared == {("PT-A", "accuracy"), ("PT-A", "Pearson r")}


def test_the_page_shows_the_difference_with_interval_and_p_value(
    tmp_path: Path,
) -> None:
    table = TABLES["plus_table5"]
    cells = fill(table, models(DEVELOPMENT_PAIRS, {BASE: 0.9, "PT-A": 0.4}))
    beside = columns(table, cells, models(DEVELOPMENT_PAIRS, {BASE: 0.9, "PT-A": 0.4}))
    predictions = {
        (BASE, DEVELOPMENT_PAIRS): pairs(CLEAR),
        ("PT-A", DEVELOPMENT_PAIRS): pairs(NOISY),
    }
    differences = difference_columns(cells, predictions, 50)
    frame = as_frame(cells, pd.concat([beside, differences], axis=1))
    shown = page_of("plus_table5", frame, tmp_path).countings
    place = list(shown.columns).index(f"difference from {BASE}")
    texts = {row[0]: row[place] for row in shown.rows}
    assert texts[BASE] == NOT_PRINTED
    assert texts["PT-A"].startswith("-0.")
    assert ", p = 0.0" in texts["PT-A"]


def test_table_2_states_that_test_proteins_are_variants_of_few_parents() -> None:
    noted = " ".join(TABLES["plus_table2"].remarks)
    assert "variants of 17 parents" in noted
    assert "variants of one" in noted


def test_methods_that_scored_other_pairs_are_refused() -> None:
    cells = fill(TABLES["plus_table5"], ScoredModels([]))
    predictions = {
        (BASE, DEVELOPMENT_PAIRS): pairs(CLEAR),
        ("PT-A", DEVELOPMENT_PAIRS): pairs(NOISY[:39]),
    }
    with pytest.raises(ProtlangError, match="different pairs"):
        difference_columns(cells, predictions, 50)


# Steiger's test


TABLE_3 = TABLES["plus_table3"]


@pytest.fixture
def methods() -> ScoredModels:
    """A network and an alignment on homology."""
    return models("SCOPe 2.06", {LARGE: 0.5, NW: 0.5})


def test_a_correlation_is_tested_against_each_model_that_has_predictions(
    methods: ScoredModels,
) -> None:
    cells = fill(TABLE_3, methods)
    predictions = {
        (LARGE, "SCOPe 2.06"): pairs(CLEAR),
        (NW, "SCOPe 2.06"): pairs(NOISY),
    }
    found = steiger_columns(cells, predictions)
    assert list(found.columns) == [f"Steiger_t_{LARGE}", f"Steiger_p_{LARGE}"]
    filled = found.dropna()
    assert [cells[place].target.row for place in filled.index] == [NW]
    assert cells[filled.index[0]].target.metric == "Pearson r"
    rows = np.corrcoef([NOISY, CLEAR, LEVELS])
    expected = steiger_test(rows[0, 2], rows[1, 2], rows[0, 1], 40)
    assert tuple(filled.iloc[0]) == pytest.approx(expected)
    assert expected.statistic < 0  # the alignment is worse


def test_without_predictions_there_is_no_comparison(methods: ScoredModels) -> None:
    cells = fill(TABLE_3, methods)
    assert steiger_columns(cells, {}).shape == (len(cells), 0)
    only = steiger_columns(cells, {(LARGE, "SCOPe 2.06"): pairs(CLEAR)})
    assert only.isna().all(axis=None)


def test_correlations_with_other_pairs_are_refused(methods: ScoredModels) -> None:
    cells = fill(TABLE_3, methods)
    predictions = {
        (LARGE, "SCOPe 2.06"): pairs(CLEAR),
        (NW, "SCOPe 2.06"): pairs(NOISY[:39]),
    }
    with pytest.raises(ProtlangError, match=r"different pairs \(39 and 40\)"):
        steiger_columns(cells, predictions)


@pytest.mark.parametrize(("p_value", "shown"), [(0.0, "< 1e-300"), (0.02, "= 0.02")])
def test_the_page_shows_statistic_and_p_value(
    p_value: float, shown: str, methods: ScoredModels, tmp_path: Path
) -> None:
    cells = fill(TABLE_3, methods)
    beside = columns(TABLE_3, cells, methods)
    ours = cells.index(next(cell for cell in cells if cell.target.row == NW))
    beside[f"Steiger_t_{LARGE}"], beside[f"Steiger_p_{LARGE}"] = math.nan, math.nan
    beside.loc[ours, [f"Steiger_t_{LARGE}", f"Steiger_p_{LARGE}"]] = [-12.34, p_value]
    table = page_of("plus_table3", as_frame(cells, beside), tmp_path).countings
    assert table.columns[-1] == f"r against {LARGE}"
    tests = {row[0]: row[-1] for row in reversed(table.rows)}
    assert tests == {LARGE: "–", NW: f"t = -12.3, p {shown}"}  # noqa: RUF001
