"""Predictions for other proteins of a small ELMo and ProtVec trained on real ones."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from protlang.tables.cells import read_cells

pytestmark = [pytest.mark.real, pytest.mark.workflow, pytest.mark.slow]

ENTRIES = {"CB513": 511, "TS115": 115, "CASP12": 20}


@pytest.fixture(scope="module")
def tables(make_target: Callable[..., Path]) -> Path:
    """The folder of tables."""
    return make_target("seqvec_table1 seqvec_table2", overlay="embeddings") / "tables"


@pytest.fixture(scope="module")
def residues(tables: Path) -> pd.DataFrame:
    """Table 1 by row, data set and metric."""
    table = read_cells(tables / "seqvec_table1.csv")
    return table.set_index(["row", "dataset", "metric"]).sort_index()


@pytest.fixture(scope="module")
def proteins(tables: Path) -> pd.DataFrame:
    """Table 2 by row and metric."""
    table = read_cells(tables / "seqvec_table2.csv")
    return table.set_index(["row", "metric"]).sort_index()


@pytest.mark.parametrize("predictor", ["DeepSeqVec", "DeepProtVec"])
def test_small_encoders_report_their_deviations(
    residues: pd.DataFrame, predictor: str
) -> None:
    for dataset in ENTRIES:
        cell = residues.loc[(predictor, dataset, "Q3")]
        assert "unlabelled" in cell["protocol"]
        assert cell["n"] == ENTRIES[dataset]
        assert residues.loc[(predictor, dataset, "Q8"), "agreement"] == "not run"


def test_embeddings_predict_structure_far_better_than_chance(
    residues: pd.DataFrame,
) -> None:
    # Coil, the most frequent state, is 43 to 46 % of the residues.
    assert residues.loc[("DeepSeqVec", "CB513", "Q3"), "value"] > 60
    assert residues.loc[("DeepProtVec", "CB513", "Q3"), "value"] > 52


@pytest.mark.parametrize("row", ["DeepSeqVec-Loc", "DeepProtVec-Loc"])
def test_rebuilt_data_report_their_deviations(proteins: pd.DataFrame, row: str) -> None:
    cell = proteins.loc[(row, "Q10")]
    assert cell["n"] == 2768
    assert "552 of 11,231 are missing" in cell["protocol"]
    # A third of the proteins are of the most frequent location.
    assert cell["value"] > 40


def test_methods_are_compared_on_the_same_proteins(tables: Path) -> None:
    found = pd.read_csv(tables / "seqvec_table2_comparisons.csv")
    assert len(found) == 3 * 4
    assert (found["low"] <= found["difference"]).all()
    assert (found["difference"] <= found["high"]).all()
