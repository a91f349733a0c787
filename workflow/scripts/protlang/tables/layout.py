"""A table as the paper prints it, in Markdown and HTML."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import pandas as pd

from protlang.files import write_text
from protlang.protocol import SAME
from protlang.tables.agreement import ADDED, EXCERPTED, NOT_COMPARABLE, NOT_RUN
from protlang.tables.cells import COLUMNS, VERSUS
from protlang.tables.templates import render

SIMULATED_BANNER = (
    "Simulated data. Every number under “ours” comes from a small simulated protein "
    "world and is no result on real proteins or on the paper."
)


COUNTINGS_TITLE = "The same predictions, counted in other ways"

NOT_PRINTED = "\N{EN DASH}"
"""The paper's own mark for a cell without a number."""


OTHER_PROTOCOL = ", other protocol"
"""Follows the agreement of a number whose protocol differs; the notes explain how."""

AnyCell = Union[Mapping[Any, Any], "pd.Series[Any]"]
"""A row of a table's CSV, as read by `protlang.tables.cells.read_cells`."""

_HEADINGS = {"disorder MCC": "MCC", "disorder FPR": "FPR"}


@dataclass(frozen=True)
class Grid:
    """Texts in rows and columns.

    Attributes:
        columns: headings.
        rows: one list per row, as long as `columns`.
    """

    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class PrintedTable:
    """What is shown of a table.

    Attributes:
        title: with the paper's name and number.
        simulated: whether any number comes from simulated data.
        grid: the table as printed in the paper, our numbers beside the paper's.
        notes: remarks below it.
        countings: our numbers counted in other ways; no rows if there are none.
        countings_title: above them.
    """

    title: str
    simulated: bool
    grid: Grid
    notes: list[str]
    countings: Grid
    countings_title: str = COUNTINGS_TITLE


def printed_table(title: str, cells: pd.DataFrame) -> PrintedTable:
    """Arrange long-form cells as printed: a row per method, two columns per metric.

    Args:
        title: heading.
        cells: as read by `protlang.tables.cells.read_cells`.
    """
    simulated = bool((cells["agreement"] == NOT_COMPARABLE).any())
    return PrintedTable(
        title, simulated, _as_printed(cells), notes_of(cells), _countings(cells)
    )


def listed_table(
    title: str,
    cells: pd.DataFrame,
    number: Callable[[Any], str] | None = None,
) -> PrintedTable:
    """Arrange long-form cells as a list, one number a line, for numbers in a text.

    Args:
        title: heading.
        cells: as read by `protlang.tables.cells.read_cells`.
        number: writes one; by default to three significant digits.
    """
    shown = number or _significant
    rows = [
        [
            cell["row"],
            cell["dataset"],
            f"{cell['metric']} ({cell['unit']})",
            shown(cell["paper_value"]),
            shown(cell["value"]),
            cell["agreement"],
            _protocol(cell),
        ]
        for _, cell in cells.iterrows()
    ]
    columns = ["What", "Data", "Measure", "paper", "ours", "agreement", "protocol"]
    simulated = bool((cells["agreement"] == NOT_COMPARABLE).any())
    return PrintedTable(
        title, simulated, Grid(columns, rows), notes_of(cells), Grid([], [])
    )


def write_markdown(table: PrintedTable, path: Path) -> None:
    """Write the table as Markdown."""
    banner = f"> **{SIMULATED_BANNER}**\n\n" if table.simulated else ""
    notes = "".join(f"- {note}\n" for note in table.notes)
    text = f"# {table.title}\n\n{banner}{as_markdown(table.grid)}\n\n{notes}"
    if table.countings.rows:
        text += f"\n## {table.countings_title}\n\n{as_markdown(table.countings)}\n"
    write_text(path, text)


def write_html(table: PrintedTable, path: Path) -> None:
    """Write the table as one page of HTML."""
    write_text(
        path,
        render(
            "table.html",
            table=table,
            banner=SIMULATED_BANNER,
        ),
    )


def own_rows(grid: Grid) -> Grid:
    """The rows of a printed table that hold at least one number of ours."""
    ours = [i for i, heading in enumerate(grid.columns) if heading.endswith(" ours")]
    rows = [row for row in grid.rows if any(_is_number(row[i]) for i in ours)]
    return Grid(grid.columns, rows)


def _is_number(text: str) -> bool:
    return text.removeprefix("-")[:1].isdigit()


def as_markdown(grid: Grid) -> str:
    """The grid as a table in Markdown."""
    frame = pd.DataFrame(grid.rows, columns=grid.columns)
    return frame.to_markdown(index=False, disable_numparse=True)


def _as_printed(cells: pd.DataFrame) -> Grid:
    metrics = list(dict.fromkeys(cells["metric"]))
    rows = []
    for (dataset, method), group in cells.groupby(["dataset", "row"], sort=False):
        by_metric = group.set_index("metric")
        texts = [str(dataset), str(method)]
        for metric in metrics:
            if metric in by_metric.index:
                cell = by_metric.loc[metric]
                texts += [paper_text(cell), own_text(cell)]
            else:
                texts += [NOT_PRINTED, NOT_PRINTED]
        rows.append(texts)
    headings = [
        f"{_HEADINGS.get(metric, metric)} {who}"
        for metric in metrics
        for who in ("paper", "ours")
    ]
    return Grid(["Data", "Method", *headings], rows)


def _countings(cells: pd.DataFrame) -> Grid:
    """Our numbers beside the same ones counted in other ways."""
    own = cells[~cells["agreement"].isin([EXCERPTED, NOT_RUN])]
    others = own.iloc[:, len(COLUMNS) :].dropna(axis="columns", how="all")
    texts = _as_texts(others, own["unit"])
    if not texts:
        return Grid([], [])
    texts = {
        "Data": list(own["dataset"]),
        "Method": list(own["row"]),
        "Measure": [_HEADINGS.get(metric, metric) for metric in own["metric"]],
        "as above": [
            number_text(*row) for row in _rows(own, "value", "stderr", "unit")
        ],
        **texts,
    }
    return Grid(list(texts), [list(row) for row in zip(*texts.values(), strict=True)])


def _as_texts(others: pd.DataFrame, units: "pd.Series[str]") -> dict[str, list[str]]:
    """Columns after the table's own by heading; those of a comparison become one."""
    texts = {
        name.replace("_", " "): [
            number_text(value, math.nan, unit)
            for value, unit in zip(others[name], units, strict=True)
        ]
        for name in others.columns.difference(VERSUS, sort=False)
    }
    if set(VERSUS) <= set(others.columns):
        reference = others["reference"].dropna().iloc[0]
        compared = zip(_rows(others, *VERSUS[1:]), units, strict=True)
        texts[f"versus {reference}"] = [_versus(row, unit) for row, unit in compared]
    return texts


def _rows(table: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(table[list(columns)].itertuples(index=False, name=None))


def _versus(compared: tuple[float, ...], unit: str) -> str:
    """A difference with its interval and p-value."""
    difference, low, high, p_value = compared
    if math.isnan(difference):
        return NOT_PRINTED
    digits = _digits(unit)
    interval = f"{low:+.{digits}f} to {high:+.{digits}f}"
    return f"{difference:+.{digits}f} ({interval}, p = {p_value:.2g})"


def paper_text(cell: AnyCell) -> str:
    """The paper's number of a cell, as read by `protlang.tables.cells.read_cells`."""
    return number_text(cell["paper_value"], cell["paper_stderr"], cell["unit"])


def own_text(cell: AnyCell, number: str = "") -> str:
    """Our number of a cell, its agreement and protocol, or why there is none.

    Args:
        cell: as read by `protlang.tables.cells.read_cells`.
        number: as it is to be shown; by default with the digits of its unit.
    """
    agreement = str(cell["agreement"])
    if agreement in (EXCERPTED, NOT_RUN):
        return agreement
    number = number or number_text(cell["value"], cell["stderr"], cell["unit"])
    if cell["kind"] == "added":
        return f"{number} ({ADDED})"
    if agreement == NOT_COMPARABLE:
        return number
    other = cell["protocol"] != SAME
    return f"{number} ({agreement}{OTHER_PROTOCOL if other else ''})"


def number_text(value: float, stderr: float, unit: str) -> str:
    """A number and its standard error, if there is one, with the unit's digits."""
    if math.isnan(value):
        return NOT_PRINTED
    digits = _digits(unit)
    text = f"{value:.{digits}f}"
    return text if math.isnan(stderr) else f"{text} ± {stderr:.{digits}f}"


def _digits(unit: str) -> int:
    return 1 if unit == "percent" else 3


def _significant(value: float) -> str:
    """Three significant digits, or all before the point."""
    if math.isnan(value):
        return NOT_PRINTED
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def notes_of(cells: pd.DataFrame) -> list[str]:
    """Each agreement with its reason, and each protocol, with the cells it holds for.

    Each is named once.
    """
    judged = cells[cells["agreement"] != EXCERPTED]
    notes = [
        f"{agreement}: {reason} ({_places(group)})"
        for (agreement, reason), group in judged.groupby(
            ["agreement", "reason"], sort=False
        )
    ]
    ours = judged[judged["agreement"] != NOT_RUN]
    if len(ours) and (ours["agreement"] != NOT_COMPARABLE).any():
        notes += [
            f"protocol {protocol} ({_places(group)})"
            for protocol, group in ours.groupby("protocol", sort=False)
        ]
    return notes


def _places(cells: pd.DataFrame) -> str:
    by_row = cells.groupby("row", sort=False)["dataset"].agg(_unique_texts)
    where = "; ".join(f"{row} on {datasets}" for row, datasets in by_row.items())
    return f"{len(cells)} cell{'s' * (len(cells) > 1)}: {where}"


def _protocol(cell: "pd.Series[Any]") -> str:
    return NOT_PRINTED if pd.isna(cell["protocol"]) else str(cell["protocol"])


def _unique_texts(texts: "pd.Series[str]") -> str:
    return ", ".join(dict.fromkeys(texts))
