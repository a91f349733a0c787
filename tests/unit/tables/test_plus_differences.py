"""Paired differences beside PLUS's Tables 3, 5 and 6."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from protlang.encoders.provenance import Provenance
from protlang.errors import ProtlangError
from protlang.experiments.targets import model_of
from protlang.homology.scores import PairScores
from protlang.tables.cells import as_frame
from protlang.tables.layout import NOT_PRINTED
from protlang.tables.plus_finetuned import (
    DEVELOPMENT_PAIRS,
    DIFFERENCE,
    HOMOLOGY,
    ScoredModel,
    ScoredModels,
    columns,
    difference_columns,
    fill,
)
from protlang.tables.plus_finetuned_layout import TABLES
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
