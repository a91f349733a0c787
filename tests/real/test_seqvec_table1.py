"""SeqVec's Table 1 on real proteins, by the command that the docs give."""

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from protlang.tables.cells import read_cells

TABLE = "seqvec_table1"
pytestmark = [pytest.mark.real, pytest.mark.workflow, pytest.mark.makes(TABLE)]

OVERLAYS = {"DeepBLOSUM65": "", "DeepOneHot": "networks"}
"""By predictor: the configuration of this folder that adds it to the first one."""

ENTRIES = {"CB513": 511, "TS115": 115, "CASP12": 20}


@pytest.fixture(
    scope="module",
    params=["DeepBLOSUM65", pytest.param("DeepOneHot", marks=pytest.mark.slow)],
)
def predictor(request: pytest.FixtureRequest) -> str:
    """One of the networks that need no encoder; the second takes longer."""
    return str(request.param)


@pytest.fixture(scope="module")
def cells(predictor: str, make_target: Callable[..., Path]) -> pd.DataFrame:
    """The table's cells by row, data set and metric, with the network's."""
    tables = make_target(TABLE, overlay=OVERLAYS[predictor]) / "tables"
    table = read_cells(tables / f"{TABLE}.csv")
    return table.set_index(["row", "dataset", "metric"]).sort_index()


@pytest.mark.parametrize("dataset", ENTRIES)
def test_q3_is_the_papers_within_two_standard_errors(
    cells: pd.DataFrame, predictor: str, dataset: str
) -> None:
    cell = cells.loc[(predictor, dataset, "Q3")]
    allowed = 2 * math.hypot(cell["stderr"], cell["paper_stderr"])
    assert abs(cell["value"] - cell["paper_value"]) <= allowed
    assert cell["agreement"] in ("reproduced", "not distinguishable")
    assert cell["n"] == ENTRIES[dataset]


def test_nothing_is_reproduced_that_could_not_have_been_refused(
    cells: pd.DataFrame,
) -> None:
    for _, cell in cells[cells["agreement"] == "reproduced"].iterrows():
        assert cell["seeds"] == 3
        assert abs(cell["difference"]) <= cell["yardstick"] < cell["closest_row"]


@pytest.mark.parametrize("dataset", ENTRIES)
def test_q8_comes_from_other_training_data_and_reports_it(
    cells: pd.DataFrame, predictor: str, dataset: str
) -> None:
    cell = cells.loc[(predictor, dataset, "Q8")]
    assert "CullPDB" in cell["protocol"]
    assert abs(cell["difference"]) < 5


def test_casp12_disorder_is_scored(cells: pd.DataFrame, predictor: str) -> None:
    mcc = cells.loc[(predictor, "CASP12", "disorder MCC")]
    assert mcc["value"] > 0.2
    assert mcc["as_zero"] < mcc["missed_as_zero"] < mcc["value"]
    assert 0 < cells.loc[(predictor, "CASP12", "disorder FPR"), "value"] < 0.05


def test_ts115_without_disorder_labels_is_not_run(
    cells: pd.DataFrame, predictor: str
) -> None:
    for metric in ("disorder MCC", "disorder FPR"):
        cell = cells.loc[(predictor, "TS115", metric)]
        assert cell["agreement"] == "not run"
        assert "no disorder labels" in cell["reason"]


def test_the_evaluation_mask_of_cb513_is_given_beside_the_primary_number(
    cells: pd.DataFrame, predictor: str
) -> None:
    cell = cells.loc[(predictor, "CB513", "Q3")]
    assert not math.isnan(cell["evaluated"])
    assert cell["evaluated"] != cell["value"]


def test_profiles_that_no_distribution_has_are_not_run(cells: pd.DataFrame) -> None:
    assert (cells.loc["DeepProf", "agreement"] == "not run").all()
