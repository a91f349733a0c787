"""Paired comparisons of predictors whose values on each protein are known."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from protlang.errors import ProtlangError
from protlang.evaluation.statistics import Difference, paired_bootstrap_of_means
from protlang.experiments.heads import Network, PerResidueExperiments
from protlang.tables.comparisons import (
    COLUMNS,
    Place,
    compare_all,
    paired_values,
    read_comparisons,
    versus,
    write_comparisons,
)
from support.sources import make_config, make_sources

N = 30
GAINS = {"DeepProf": 5.0, "DeepOneHot": 0.0, "DeepBLOSUM65": 0.5}
"""Points above one-hot, on average, in `values`."""

COLUMNS_OF_TABLE = [("TS115", "Q3"), ("TS115", "disorder MCC"), ("CB513", "Q3")]


def values(network: Network, dataset: str) -> pd.DataFrame:
    """Values that depend on the data set, the metric and the predictor."""
    tables = []
    for place, metric in enumerate(("Q3", "Q8", "disorder MCC", "disorder FPR")):
        rng = np.random.default_rng([place, len(dataset)])
        hardness, noise = rng.normal(70, 9, N), rng.normal(0, 3, (3, N))
        row = list(GAINS).index(network.predictor.row)
        gains = GAINS[network.predictor.row] + noise[row] - noise[row].mean()
        names = [f"{dataset}-{number}" for number in range(N)]
        table = {"id": names, "metric": metric, "value": hardness + gains}
        # Files need not list proteins in the same order.
        tables.append(pd.DataFrame(table).iloc[:: -1 if row else 1])
    return pd.concat(tables)


def experiments(**distributions: str) -> PerResidueExperiments:
    return PerResidueExperiments(make_config(), make_sources(**distributions))


@pytest.fixture(scope="module")
def compared() -> pd.DataFrame:
    return compare_all(experiments(), COLUMNS_OF_TABLE, values)


def test_any_two_predictors_are_compared_in_every_column(
    compared: pd.DataFrame,
) -> None:
    assert list(compared.columns) == COLUMNS
    pairs = [
        ("DeepProf", "DeepOneHot"),
        ("DeepProf", "DeepBLOSUM65"),
        ("DeepOneHot", "DeepBLOSUM65"),
    ]
    columns = ["first", "second", "dataset", "metric", "unit"]
    assert list(compared[columns].itertuples(index=False, name=None)) == [
        (*pair, dataset, metric, "percent" if metric == "Q3" else "fraction")
        for dataset, metric in COLUMNS_OF_TABLE
        for pair in pairs
    ]
    assert set(compared["n"]) == {N}


def test_differences_are_the_seconds_mean_minus_the_firsts(
    compared: pd.DataFrame,
) -> None:
    for row in compared.to_dict("records"):
        expected = GAINS[row["second"]] - GAINS[row["first"]]
        assert row["difference"] == pytest.approx(expected)
        assert row["low"] < row["difference"] < row["high"]
    clear = compared["difference"].abs() > 4
    assert (compared.loc[clear, "p_value"] == 2 / 1001).all()
    assert (compared.loc[~clear, "p_value"] > 0.05).all()


def test_proteins_are_paired_by_id() -> None:
    networks = list(experiments().networks())
    tables = [values(network, "ts115") for network in networks[:2]]
    both = paired_values(tables[0], tables[1], "Q3")
    by_id = [
        table[table["metric"] == "Q3"].set_index("id")["value"] for table in tables
    ]
    assert list(both.index) == list(by_id[0].index)
    for name, pair in both.iterrows():
        assert tuple(pair) == (by_id[0][name], by_id[1][name])
    found = compare_all(experiments(), [("TS115", "Q3")], values).iloc[0]
    wanted = paired_bootstrap_of_means(*both.to_numpy().T)
    assert tuple(found[["difference", "low", "high", "p_value"]]) == wanted


def test_proteins_that_either_leaves_out_do_not_count() -> None:
    first = pd.DataFrame({"id": list("abcd"), "metric": "Q3", "value": [1, 2, 3, 4.0]})
    second = first.assign(value=[np.nan, 5, 6, 7])
    first.loc[3, "value"] = np.nan
    assert paired_values(first, second, "Q3").to_dict("index") == {
        "b": {"first": 2, "second": 5},
        "c": {"first": 3, "second": 6},
    }


def test_methods_without_a_common_protein_are_not_compared() -> None:
    def nothing(network: Network, dataset: str) -> pd.DataFrame:
        return values(network, dataset).assign(value=np.nan)

    found = compare_all(experiments(), [("CB513", "Q3")], nothing)
    assert list(found.columns) == COLUMNS
    assert found.empty


def test_other_proteins_are_refused() -> None:
    first = pd.DataFrame({"id": list("abc"), "metric": "Q3", "value": 1.0})
    with pytest.raises(ProtlangError, match="only one of two methods has the Q3 of c"):
        paired_values(first, first[:2], "Q3")


def test_predictors_that_cannot_be_tested_are_left_out() -> None:
    found = compare_all(experiments(cb513="prottrans-csv"), COLUMNS_OF_TABLE, values)
    rows = found.groupby("dataset")["first"].agg(list).to_dict()
    assert rows["CB513"] == ["DeepOneHot"]
    assert len(rows["TS115"]) == 6


def test_differences_from_the_reference_have_the_right_sign(
    compared: pd.DataFrame,
) -> None:
    found = versus(compared, "DeepOneHot")
    assert {place.row for place in found} == {"DeepProf", "DeepBLOSUM65"}
    assert len(found) == 2 * len(COLUMNS_OF_TABLE)
    for place, difference in found.items():
        assert difference.value == pytest.approx(GAINS[place.row])
        assert difference.low < difference.value < difference.high
    first = compared.iloc[0]
    assert found[Place("DeepProf", "TS115", "Q3")] == Difference(
        -first["difference"], -first["high"], -first["low"], first["p_value"]
    )


def test_no_difference_has_no_sign() -> None:
    same = {"difference": 0.0, "low": 0.0, "high": 0.0, "p_value": 1.0, "n": 2}
    named: dict[str, Any] = {"dataset": "CB513", "metric": "Q3", "unit": "percent"}
    table = pd.DataFrame([{"first": "a", "second": "b", **named, **same}])
    found = versus(table, "b")[Place("a", "CB513", "Q3")]
    assert [str(value) for value in found] == ["0.0", "0.0", "0.0", "1.0"]


def test_without_a_reference_or_comparisons_there_is_no_difference(
    compared: pd.DataFrame, tmp_path: Path
) -> None:
    assert versus(compared, "") == {}
    write_comparisons(compared[:0], tmp_path / "none.csv")
    assert versus(read_comparisons(tmp_path / "none.csv"), "DeepOneHot") == {}


def test_comparisons_are_read_back(compared: pd.DataFrame, tmp_path: Path) -> None:
    named = compared.assign(first="NA")
    write_comparisons(named, tmp_path / "comparisons.csv")
    read = read_comparisons(tmp_path / "comparisons.csv")
    pd.testing.assert_frame_equal(read, named, rtol=1e-5, check_dtype=False)
    with pytest.raises(ProtlangError, match="run the workflow's target that compares"):
        read_comparisons(tmp_path / "missing.csv")
