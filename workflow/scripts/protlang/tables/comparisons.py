"""Paired comparisons of per-residue predictors on the same test proteins.

The paper has a standard error of each method alone, which is not that of a difference:
a protein that is difficult for one method is difficult for the other. Here differences
are taken within each protein, and their mean has a bootstrap interval and p-value.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from protlang.errors import ProtlangError
from protlang.evaluation.per_residue import MEASURES
from protlang.evaluation.statistics import Difference, paired_bootstrap_of_means
from protlang.experiments.heads import Network, PerResidueExperiments
from protlang.files import require_file
from protlang.tables.cells import write_csv

COLUMNS = [
    *("first", "second", "dataset", "metric", "unit"),
    *("difference", "low", "high", "p_value", "n"),
]
"""Of a table of comparisons."""

Values = Callable[[Network, str], pd.DataFrame]
"""Per-protein values of a network on a data set (`evaluation.protein_values`)."""


class Place(NamedTuple):
    """Position of a number in a table.

    Attributes:
        row: the predictor as printed.
        dataset: the test set as printed.
        metric: of `protlang.evaluation.per_residue.MEASURES`.
    """

    row: str
    dataset: str
    metric: str


def compare_all(
    experiments: PerResidueExperiments,
    columns: Iterable[tuple[str, str]],
    values: Values,
) -> pd.DataFrame:
    """Paired bootstrap between any two predictors.

    Args:
        experiments: the networks of the run.
        columns: test set, as printed, and metric.
        values: per-protein values of a network on a data set.

    Returns:
        The columns `COLUMNS`: `difference` is the second's mean over proteins minus the
        first's, `low` and `high` its 95 % interval, `p_value` two-sided and not
        corrected for the number of comparisons, `n` the proteins.
    """
    rows = [
        comparison
        for dataset, metric in columns
        for comparison in _compare_column(experiments, dataset, metric, values)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def paired_values(
    first: pd.DataFrame, second: pd.DataFrame, metric: str
) -> pd.DataFrame:
    """Both methods' values of one metric, protein by protein.

    Args:
        first: values of one method, columns `id, metric, value`.
        second: of the other, on the same proteins in any order.
        metric: which.

    Returns:
        Columns `first, second` by id, in the order of `first`, of the proteins with a
        value of both methods.

    Raises:
        ProtlangError: if the two were not computed on the same proteins.
    """
    series = [
        table[table["metric"] == metric].set_index("id")["value"]
        for table in (first, second)
    ]
    differing = series[0].index.symmetric_difference(series[1].index)
    if len(differing):
        raise ProtlangError(
            f"only one of two methods has the {metric} of {differing[0]}; score both "
            "again on the same test set"
        )
    both = pd.DataFrame({"first": series[0], "second": series[1]})
    return both.loc[series[0].index].dropna()


def write_comparisons(comparisons: pd.DataFrame, path: Path | str) -> None:
    """Write a table of comparisons as CSV, atomically."""
    write_csv(comparisons, Path(path))


def read_comparisons(path: Path | str) -> pd.DataFrame:
    """Read a table of comparisons.

    Raises:
        ProtlangError: if the file is missing.
    """
    path = require_file(path, "run the workflow's target that compares the predictors")
    # A row of the table may be called NA or None.
    return pd.read_csv(path, keep_default_na=False)


def versus(comparisons: pd.DataFrame, reference: str) -> dict[Place, Difference]:
    """Difference of each other predictor from the reference.

    Args:
        comparisons: as made by `compare_all`.
        reference: a row.
    """
    turned = comparisons.assign(
        first=comparisons["second"],
        second=comparisons["first"],
        # Zero minus zero has no sign, unlike minus zero.
        difference=0 - comparisons["difference"],
        low=0 - comparisons["high"],
        high=0 - comparisons["low"],
    )
    both = pd.concat([comparisons, turned])
    numbers = ["difference", "low", "high", "p_value"]
    return {
        Place(row["second"], row["dataset"], row["metric"]): Difference(
            *(row[name] for name in numbers)
        )
        for row in both[both["first"] == reference].to_dict("records")
    }


def _compare_column(
    experiments: PerResidueExperiments, dataset: str, metric: str, values: Values
) -> Iterator[dict[str, object]]:
    measure = MEASURES[metric]
    tables = {}
    for row in experiments.rows:
        network = experiments.find(row, dataset, measure.label)
        if isinstance(network, Network):
            tables[row] = values(network, experiments.test_sets[dataset])
    for first, second in combinations(tables, 2):
        both = paired_values(tables[first], tables[second], metric)
        if both.empty:
            continue
        found = paired_bootstrap_of_means(
            both["first"].to_numpy(), both["second"].to_numpy()
        )
        yield {
            "first": first,
            "second": second,
            "dataset": dataset,
            "metric": metric,
            "unit": measure.unit,
            **found.columns(),
            "n": len(both),
        }
