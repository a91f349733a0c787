"""What the agreement of each number rests on: seeds, difference, yardstick."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from protlang.tables.agreement import EXCERPTED, NOT_RUN
from protlang.tables.grid import NOT_PRINTED, Grid, digits_of, number_text, significant
from protlang.tables.protocol_notes import ProtocolNotes

TITLE = "What each agreement rests on"
"""Above the table of details."""

EXPLANATION = (
    "n: proteins, pairs or residues of the mean. SD: standard deviation over seeds, "
    "which are those of the last training: networks that read one encoder of ours do "
    "not show how far another pre-training would take them. Difference: ours minus the "
    "paper's. Yardstick: how far apart chance can bring the two; with fewer than three "
    "seeds it knows test errors alone, without any seed printed digits. Closest row: "
    "from the printed number to the closest other one of its column."
)
"""Of the columns of the details."""

_Row = Mapping[Any, Any]


def details_of(cells: pd.DataFrame, protocol: ProtocolNotes) -> Grid:
    """A row for each number of ours; columns that are empty in all rows are left out.

    Args:
        cells: as read by `protlang.tables.cells.read_cells`.
        protocol: the notes of the table.
    """
    ours = cells[~cells["agreement"].isin([EXCERPTED, NOT_RUN])].to_dict("records")
    makers: dict[str, Callable[[_Row], str]] = {
        "Data": lambda cell: str(cell["dataset"]),
        "Method": lambda cell: str(cell["row"]),
        "Measure": lambda cell: str(cell["metric"]),
        "paper": lambda cell: _shown(cell, "paper_value", "paper_stderr"),
        "ours": lambda cell: _shown(cell, "value", "stderr"),
        "n": lambda cell: _count(cell["n"]),
        "seeds": lambda cell: _count(cell["seeds"]),
        "SD": lambda cell: _finer(cell["seed_sd"], cell["unit"]),
        "difference": lambda cell: _finer(cell["difference"], cell["unit"], "+"),
        "yardstick": lambda cell: _finer(cell["yardstick"], cell["unit"]),
        "closest row": lambda cell: _finer(cell["closest_row"], cell["unit"]),
        "protocol": lambda cell: protocol.named(cell["protocol"]),
        "agreement": lambda cell: str(cell["agreement"]),
        "why": lambda cell: str(cell["reason"]),
    }
    columns = {name: [make(cell) for cell in ours] for name, make in makers.items()}
    filled = {name: texts for name, texts in columns.items() if set(texts) - _EMPTY}
    rows = [list(row) for row in zip(*filled.values(), strict=True)]
    return Grid(list(filled), rows)


_EMPTY = {NOT_PRINTED}
_KNOWN_DIGITS = ("percent", "fraction")


def _shown(cell: _Row, value: str, stderr: str) -> str:
    """A number with the digits of its unit; those of a text are texts."""
    if isinstance(cell[value], str):
        return str(cell[value])
    if cell["unit"] not in _KNOWN_DIGITS:
        return significant(cell[value])
    return number_text(cell[value], cell[stderr], cell["unit"])


def _count(number: int) -> str:
    return f"{number:,.0f}" if number else NOT_PRINTED


def _finer(value: float, unit: str, sign: str = "") -> str:
    """With one digit more than the unit's numbers have, or three significant ones."""
    if math.isnan(value):
        return NOT_PRINTED
    if unit in _KNOWN_DIGITS:
        return f"{value:{sign}.{digits_of(unit) + 1}f}"
    return f"{value:{sign},.3g}" if abs(value) < 1000 else f"{value:{sign},.0f}"
