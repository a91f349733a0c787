"""How all numbers of a run agree with the papers: cells by table, signs by column.

A systematic error shows in the signs: if ours are above the paper's in all rows of a
column, though each is within its yardstick, something that the rows share differs.
"""

import math
from collections.abc import Iterable, Mapping

import pandas as pd
from scipy.stats import binomtest

from protlang.protocol import SAME
from protlang.tables.agreement import (
    ADDED,
    EXCERPTED,
    HIGHER,
    LOWER,
    NOT_COMPARABLE,
    NOT_DISTINGUISHABLE,
    NOT_RUN,
    OTHER_SETTING,
    REPRODUCED,
    SAME_SETTING,
)
from protlang.tables.inputs import Inputs
from protlang.tables.layout import NOT_PRINTED, Grid, PrintedTable

COMPARED = (REPRODUCED, NOT_DISTINGUISHABLE, HIGHER, LOWER)
"""Agreements of numbers of ours with printed ones."""

OTHERS = (SAME_SETTING, OTHER_SETTING, NOT_COMPARABLE, NOT_RUN, EXCERPTED, ADDED)

OTHER = "of another protocol"
"""Column that counts the compared cells whose protocol differs."""

SIGNS_TITLE = "Differences from the paper by column"

_NOTES = [
    "Cells of each table by agreement; of those that are compared with a printed "
    "number, how many have another protocol than the paper's.",
    "Below, of each column: rows of ours above and below the paper's, and the "
    "two-sided p-value of a sign test, not corrected for the number of columns. "
    "Columns with a single compared row are left out.",
]


def compute(inputs: Inputs) -> pd.DataFrame:
    """The rows of the table's CSV: one per column of each table.

    Args:
        inputs: files `tables` (CSVs), in the order in which they are listed.
    """
    paths = inputs.paths("tables")
    tables = Inputs({path.stem: str(path) for path in paths})
    return columns_of(tables.cells(*(path.stem for path in paths)))


def columns_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Counts of cells and signs of differences.

    Args:
        tables: cells by name of the table, as `cells.read_cells` returns them.

    Returns:
        `table`, `dataset`, `metric`; `above`, `below` and `p_value` of a sign test over
        the compared rows; cells by agreement; `OTHER`.
    """
    return pd.DataFrame(
        {"table": name, "dataset": dataset, "metric": metric, **_column(cells)}
        for name, table in tables.items()
        for (dataset, metric), cells in table.groupby(["dataset", "metric"], sort=False)
    )


def arrange(title: str, columns: pd.DataFrame) -> PrintedTable:
    """Lay out the counts by table, and the signs by column.

    Args:
        title: heading.
        columns: as of `columns_of`.
    """
    counted = [*COMPARED, OTHER, *OTHERS]
    sums = columns.groupby("table", sort=False)[counted].sum()
    rows = [[str(name), *map(str, row)] for name, row in sums.iterrows()]
    rows.append(["all", *map(str, sums.sum())])
    signs = columns[columns["above"] + columns["below"] > 1]
    return PrintedTable(
        title,
        bool(columns[NOT_COMPARABLE].sum()),
        Grid(["Table", *counted], rows),
        _NOTES,
        Grid(["Table", "Data", "Measure", "above", "below", "p"], _signs(signs)),
        SIGNS_TITLE,
    )


def sign_test(differences: Iterable[float]) -> tuple[int, int, float]:
    """How many are above and below zero, and the two-sided p-value.

    Zeros are left out; without any other the p-value is NaN.
    """
    known = [one for one in differences if not math.isnan(one)]
    above, below = sum(one > 0 for one in known), sum(one < 0 for one in known)
    both = above + below
    return above, below, float(binomtest(above, both).pvalue) if both else math.nan


def _column(cells: pd.DataFrame) -> dict[str, float]:
    compared = cells[cells["agreement"].isin(COMPARED)]
    above, below, p_value = sign_test(pd.to_numeric(compared["difference"]))
    counts = cells["agreement"].value_counts()
    return {
        "above": above,
        "below": below,
        "p_value": p_value,
        **{name: int(counts.get(name, 0)) for name in (*COMPARED, *OTHERS)},
        OTHER: int((compared["protocol"] != SAME).sum()),
    }


def _signs(columns: pd.DataFrame) -> list[list[str]]:
    return [
        [
            *(str(row[name]) for name in ("table", "dataset", "metric")),
            *(str(row[name]) for name in ("above", "below")),
            NOT_PRINTED if math.isnan(row["p_value"]) else f"{row['p_value']:.2g}",
        ]
        for row in columns.to_dict("records")
    ]
