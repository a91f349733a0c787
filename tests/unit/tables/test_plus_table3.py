"""Steiger's test beside Table 3."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from protlang.encoders.provenance import Provenance
from protlang.errors import ProtlangError
from protlang.homology.comparisons import PairScores
from protlang.homology.scoring import steiger_test
from protlang.tables.arrangement import arranged
from protlang.tables.cells import write_cells
from protlang.tables.fine_tuned import FineTuned, FineTunedModels, columns, fill
from protlang.tables.plus_table3 import TABLE, comparisons

LARGE, NW = "PLUS-RNN LARGE", "NW-align (this run)"
LEVELS = np.arange(40) % 5
NOISE = np.random.default_rng(0).normal(size=(2, 40))
SCORES = {LARGE: LEVELS + 0.3 * NOISE[0], NW: LEVELS + 3 * NOISE[1]}


def pairs(row: str, count: int = 40) -> PairScores:
    ids = [(f"a{i}", f"b{i}") for i in range(count)]
    lengths = np.full((count, 2), 100)
    return PairScores(ids, LEVELS[:count], SCORES[row][:count], lengths, {})


def models() -> FineTunedModels:
    return FineTunedModels(
        [
            FineTuned(
                row,
                "Homology",
                pd.DataFrame(
                    {
                        "test_set": "SCOPe 2.06",
                        "metric": ["accuracy", "Pearson r"],
                        "value": [0.5, np.corrcoef(SCORES[row], LEVELS)[0, 1]],
                        "stderr": 0.01,
                        "low": 0.4,
                        "high": 0.6,
                        "n": 40,
                    }
                ),
                Provenance(row, False, ""),
            )
            for row in (LARGE, NW)
        ]
    )


def test_a_method_is_compared_with_each_model_that_has_predictions() -> None:
    cells = fill(TABLE, models())
    found = comparisons(cells, {(row, "SCOPe 2.06"): pairs(row) for row in (LARGE, NW)})
    assert list(found.columns) == [f"Steiger_t_{LARGE}", f"Steiger_p_{LARGE}"]
    filled = found.dropna()
    assert [cells[place].target.row for place in filled.index] == [NW]
    assert cells[filled.index[0]].target.metric == "Pearson r"
    rows = np.corrcoef([SCORES[NW], SCORES[LARGE], LEVELS])
    expected = steiger_test(rows[0, 2], rows[1, 2], rows[0, 1], 40)
    assert tuple(filled.iloc[0]) == pytest.approx(expected)
    assert expected.statistic < 0  # the alignment is worse


def test_without_predictions_there_is_no_comparison() -> None:
    cells = fill(TABLE, models())
    assert comparisons(cells, {}).shape == (len(cells), 0)
    only = comparisons(cells, {(LARGE, "SCOPe 2.06"): pairs(LARGE)})
    assert only.isna().all(axis=None)


def test_methods_that_scored_other_pairs_are_refused() -> None:
    cells = fill(TABLE, models())
    predictions = {(LARGE, "SCOPe 2.06"): pairs(LARGE)}
    with pytest.raises(ProtlangError, match=r"have scored other pairs \(39 and 40\)"):
        comparisons(cells, {**predictions, (NW, "SCOPe 2.06"): pairs(NW, 39)})


@pytest.mark.parametrize(("p_value", "told"), [(0.0, "< 1e-300"), (0.02, "= 0.02")])
def test_the_page_tells_statistic_and_p_value(
    p_value: float, told: str, tmp_path: Path
) -> None:
    cells = fill(TABLE, models())
    beside = columns(TABLE, cells, models())
    ours = cells.index(next(cell for cell in cells if cell.target.row == NW))
    beside[f"Steiger_t_{LARGE}"], beside[f"Steiger_p_{LARGE}"] = math.nan, math.nan
    beside.loc[ours, [f"Steiger_t_{LARGE}", f"Steiger_p_{LARGE}"]] = [-12.34, p_value]
    write_cells(cells, beside, tmp_path / "plus_table3.csv")
    table = arranged(tmp_path / "plus_table3.csv").countings
    assert table.columns[-1] == f"r against {LARGE}"
    shown = {row[0]: row[-1] for row in reversed(table.rows)}
    assert shown == {LARGE: "–", NW: f"t = -12.3, p {told}"}  # noqa: RUF001
