"""How all numbers of a run agree with the papers: cells by table, signs by column.

A systematic error shows in the signs: if ours are above the paper's in all rows of a
column, though each is within its yardstick, something that the rows share differs.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd
from scipy.special import bdtr

from protlang.protocol import SAME
from protlang.tables.agreement import (
    ADDED,
    BINARY_ROUNDING,
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
from protlang.tables.grid import NOT_PRINTED, Grid
from protlang.tables.inputs import Inputs
from protlang.tables.layout import PrintedTable

COMPARED = (REPRODUCED, NOT_DISTINGUISHABLE, HIGHER, LOWER)
"""Agreements of numbers of ours with printed ones."""

OTHERS = (SAME_SETTING, OTHER_SETTING, NOT_COMPARABLE, NOT_RUN, EXCERPTED, ADDED)

OTHER = "of another protocol"
"""Column that counts the compared cells whose protocol differs."""

SIGNS_TITLE = "Differences from the paper by column"

_SIGN_HEADINGS = [
    *("Table", "Data", "Measure"),
    *("above", "below", "tied", "signs", "p"),
]
_OF_SIGNS = ("difference", "paper_rounding")

_NOTES = [
    "Cells of each table by agreement; of those that are compared with a printed "
    "number, how many have another protocol than the paper's.",
    "Below, of each column: rows of ours above and below the paper's, those that "
    "printed rounding explains (tied), and the two-sided p-value of a sign test of the "
    "others (signs), not corrected for the number of columns. Columns with fewer than "
    "two compared rows are left out.",
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
        `table`, `dataset`, `metric`; `above`, `below`, `ties` and `p_value` of a sign
        test over the compared rows; cells by agreement; `OTHER`; `simulated`
        cells.
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
    several = columns[columns[["above", "below", "ties"]].sum(axis=1) > 1]
    return PrintedTable(
        title,
        bool(columns["simulated"].sum()),
        Grid(["Table", *counted], rows),
        _NOTES,
        Grid(_SIGN_HEADINGS, [_signs(row) for row in several.to_dict("records")]),
        SIGNS_TITLE,
    )


class Signs(NamedTuple):
    """Signs of differences, and a test of them.

    Attributes:
        above: positive ones.
        below: negative ones.
        ties: those that printed rounding explains.
        p_value: two-sided, of `above` and `below`; NaN if there are none.
    """

    above: int
    below: int
    ties: int
    p_value: float


def sign_test(differences: Iterable[float], roundings: Iterable[float]) -> Signs:
    """Test whether as many numbers are above the printed ones as below.

    Args:
        differences: ours minus the printed number; unknown ones do not count.
        roundings: half a unit of each printed number's last digit.
    """
    sides = [
        0 if abs(difference) <= rounding + BINARY_ROUNDING else difference
        for difference, rounding in zip(differences, roundings, strict=True)
        if not math.isnan(difference)
    ]
    above, below = sum(side > 0 for side in sides), sum(side < 0 for side in sides)
    both = above + below
    # The binomial distribution of one half is symmetric.
    p_value = min(1.0, 2 * float(bdtr(min(above, below), both, 0.5)))
    return Signs(above, below, len(sides) - both, p_value if both else math.nan)


def _column(cells: pd.DataFrame) -> dict[str, float]:
    compared = cells[cells["agreement"].isin(COMPARED)]
    signs = sign_test(*(pd.to_numeric(compared[name]) for name in _OF_SIGNS))
    counts = cells["agreement"].value_counts()
    return {
        **signs._asdict(),
        **{name: int(counts.get(name, 0)) for name in (*COMPARED, *OTHERS)},
        OTHER: int((compared["protocol"] != SAME).sum()),
        "simulated": int(cells["simulated"].sum()),
    }


def _signs(column: Mapping[Any, Any]) -> list[str]:
    above, below, p_value = column["above"], column["below"], column["p_value"]
    return [
        *(str(column[name]) for name in ("table", "dataset", "metric")),
        *map(str, (above, below, column["ties"], above + below)),
        NOT_PRINTED if math.isnan(p_value) else f"{p_value:.2g}",
    ]
