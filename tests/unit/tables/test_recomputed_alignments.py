"""Alignments of ours beside the numbers that PLUS quotes from P-ELMo."""

from collections.abc import Mapping

import pandas as pd
import pytest

from protlang.encoders.provenance import Provenance
from protlang.protocol import Deviation, in_words
from protlang.tables.agreement import NOT_DISTINGUISHABLE, REPRODUCED
from protlang.tables.cells import Cell
from protlang.tables.plus_finetuned import ScoredModel, ScoredModels, fill
from protlang.tables.plus_finetuned_layout import TABLES

R, ACCURACY = "Pearson r", "accuracy"
NW, PHMMER, LARGE = "NW-align (this run)", "phmmer (this run)", "PLUS-RNN LARGE"


def scored(
    row: str, values: Mapping[str, float], *deviations: Deviation
) -> ScoredModel:
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
    return ScoredModel(row, "Homology", scores, Provenance(row, False, deviations))


def cells_of(*models: ScoredModel) -> dict[tuple[str, str], Cell]:
    """Cells of Table 3 on SCOPe 2.06, by row and measure."""
    cells = fill(TABLES["plus_table3"], ScoredModels(list(models)))
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
