"""PLUS's Tables 2 to 6 as printed: a row per method, a pair of columns per number."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from protlang.tables import TITLES
from protlang.tables.cells import EXCERPTED, NOT_COMPARABLE, NOT_RUN
from protlang.tables.fine_tuned import (
    FITTED,
    HIGH,
    LOW,
    SEEDS,
    WITHOUT_PRETRAINING,
    TaskTable,
    loss_weights,
    model_of,
)
from protlang.tables.layout import (
    NOT_PRINTED,
    Grid,
    PrintedTable,
    number_text,
    own_text,
    paper_text,
    verdict_notes,
)

NEVER_PRETRAINED = ("SOTA ", "NW-align", "phhmer", "phmmer", "HHalign", "TMalign")
"""How rows of methods begin that know no pre-training."""

_WITH_PRETRAINING = " [w/ PT]"


def printed(table: TaskTable, cells: pd.DataFrame) -> PrintedTable:
    """Arrange long-form cells as PLUS prints its tables.

    Args:
        table: which.
        cells: as read by `protlang.tables.cells.read_cells`.
    """
    headings = table.headings
    rows = list(dict.fromkeys(cells["row"]))
    losses = list(dict.fromkeys(loss for row in rows for loss in loss_weights(row)))
    by_place = {
        (cell["row"], cell["dataset"], cell["metric"]): cell
        for _, cell in cells.iterrows()
    }
    grid = [
        [*_names(row, losses), *_numbers(row, headings, by_place)]  # one line a method
        for row in rows
    ]
    first = losses or ["Pre-training"]
    names = ["Method", *first] if losses else [*first, "Method"]
    pairs = [f"{text} {who}" for text in headings.values() for who in ("paper", "ours")]
    return PrintedTable(
        TITLES[table.name],
        bool((cells["verdict"] == NOT_COMPARABLE).any()),
        Grid([*names, *pairs], grid),
        [*table.remarks, *verdict_notes(cells)],
        _beside(cells, headings),
    )


def _names(row: str, losses: Sequence[str]) -> list[str]:
    if losses:
        weights = loss_weights(row)
        name = row.partition(" (MLM")[0]
        return [name, *(weights.get(loss, NOT_PRINTED) for loss in losses)]
    without = row.endswith(WITHOUT_PRETRAINING) or row.startswith(NEVER_PRETRAINED)
    name = row.removesuffix(_WITH_PRETRAINING).removesuffix(WITHOUT_PRETRAINING)
    return ["w/o PT" if without else "w/ PT", name]


def _numbers(
    row: str,
    headings: Mapping[tuple[str, str], str],
    by_place: Mapping[tuple[str, str, str], "pd.Series[Any]"],
) -> list[str]:
    texts = []
    for place in headings:
        cell = by_place.get((row, *place))
        if cell is None:
            texts += [NOT_PRINTED, NOT_PRINTED]
        else:
            texts += [paper_text(cell), own_text(cell)]
    return texts


def _beside(cells: pd.DataFrame, headings: Mapping[tuple[str, str], str]) -> Grid:
    """Intervals of our numbers, and what else there is to say of them."""
    own = cells[~cells["verdict"].isin([EXCERPTED, NOT_RUN])]
    if own.empty:
        return Grid([], [])
    rows = own.to_dict("records")
    texts = {
        "Method": [model_of(row["row"]) for row in rows],
        "Measure": [headings[row["dataset"], row["metric"]] for row in rows],
        "ours": [number_text(row["value"], row["stderr"], row["unit"]) for row in rows],
        "95 % interval": [_interval(row) for row in rows],
        "seeds": [_whole(row[SEEDS]) for row in rows],
    }
    if own[FITTED].notna().any():
        texts["with thresholds from the same pairs"] = [
            number_text(row[FITTED], math.nan, row["unit"]) for row in rows
        ]
    for name in own.columns:
        if str(name).startswith("Steiger_t_"):
            other = str(name).removeprefix("Steiger_t_")
            texts[f"r against {other}"] = [_steiger(row, other) for row in rows]
    return Grid(list(texts), [list(row) for row in zip(*texts.values(), strict=True)])


def _interval(row: Mapping[Any, Any]) -> str:
    if math.isnan(row[LOW]):
        return NOT_PRINTED
    ends = (number_text(row[end], math.nan, row["unit"]) for end in (LOW, HIGH))
    return " to ".join(ends)


def _whole(value: float) -> str:
    return NOT_PRINTED if math.isnan(value) else f"{value:.0f}"


def _steiger(row: Mapping[Any, Any], other: str) -> str:
    """The statistic, and a p-value that may be too small for a computer's numbers."""
    statistic, p_value = row[f"Steiger_t_{other}"], row[f"Steiger_p_{other}"]
    if math.isnan(statistic):
        return NOT_PRINTED
    told = f"p = {p_value:.2g}" if p_value else "p < 1e-300"
    return f"t = {statistic:+.1f}, {told}"
