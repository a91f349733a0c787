"""SeqVec's Table 2 on real proteins: DeepLoc with a rebuilt training set."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from protlang.tables.cells import read_cells

TABLE = "seqvec_table2"
pytestmark = [pytest.mark.real, pytest.mark.workflow, pytest.mark.makes(TABLE)]

PROTEINS = {"Q10": 2768, "Gorodkin MCC": 2768, "Q2": 1746, "membrane MCC": 1746}


@pytest.fixture(scope="module")
def cells(make_target: Callable[..., Path]) -> pd.DataFrame:
    """The table's cells by row and metric."""
    table = read_cells(make_target(TABLE) / "tables" / f"{TABLE}.csv")
    return table.set_index(["row", "metric"]).sort_index()


def test_all_test_proteins_are_scored(cells: pd.DataFrame) -> None:
    for metric, proteins in PROTEINS.items():
        assert cells.loc[("Composition", metric), "n"] == proteins
        assert cells.loc[("Composition", metric), "stderr"] > 0


def test_composition_alone_predicts_half_of_the_locations(cells: pd.DataFrame) -> None:
    # Measured with three seeds: 49.6, 0.378, 75.1 and 0.514.
    bounds = {
        "Q10": (46, 53),
        "Gorodkin MCC": (0.33, 0.43),
        "Q2": (71, 78),
        "membrane MCC": (0.44, 0.57),
    }
    for metric, (low, high) in bounds.items():
        cell = cells.loc[("Composition", metric)]
        assert low < cell["value"] < high
        assert cell["agreement"] == "not in the paper"
