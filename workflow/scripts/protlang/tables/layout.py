"""A table as the paper prints it, in Markdown and HTML."""

import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Union

import pandas as pd

from protlang.files import write_text
from protlang.tables.agreement import (
    ADDED,
    EXCERPTED,
    MEANINGS,
    NOT_COMPARABLE,
    NOT_RUN,
)
from protlang.tables.cells import COLUMNS, VERSUS
from protlang.tables.details import EXPLANATION, TITLE, details_of
from protlang.tables.grid import (
    NO_GRID,
    NOT_PRINTED,
    Entry,
    Grid,
    Remarked,
    as_markdown,
    digits_of,
    number_text,
    own_rows,
    significant,
)
from protlang.tables.protocol_notes import ProtocolNotes
from protlang.tables.templates import render

SIMULATED_BANNER = (
    "Simulated data. Every number under “ours” comes from a small simulated protein "
    "world and is no result on real proteins or on the paper."
)


WORDS_TITLE = "Words"
PROTOCOL_TITLE = "Differences from the paper's protocol"
COUNTINGS_TITLE = "The same predictions, counted in other ways"

AnyCell = Union[Mapping[Any, Any], "pd.Series[Any]"]
"""A row of a table's CSV, as read by `protlang.tables.cells.read_cells`."""

_HEADINGS = {"disorder MCC": "MCC", "disorder FPR": "FPR"}


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
        legend: what the words of agreement mean.
        protocol: differences from the paper's protocol, in the order of their numbers.
        details: what each agreement rests on.
        details_title: above them.
        details_note: what their columns hold.
    """

    title: str
    simulated: bool
    grid: Grid
    notes: list[str]
    countings: Grid = NO_GRID
    countings_title: str = COUNTINGS_TITLE
    legend: Mapping[str, str] = field(default_factory=dict)
    protocol: Sequence[str] = ()
    details: Grid = NO_GRID
    details_title: str = TITLE
    details_note: str = EXPLANATION


def printed_table(title: str, cells: pd.DataFrame) -> PrintedTable:
    """Arrange long-form cells as printed: a row per method, two columns per metric.

    Args:
        title: heading.
        cells: as read by `protlang.tables.cells.read_cells`.
    """
    protocol = ProtocolNotes(cells["protocol"])
    grid = _as_printed(cells, protocol)
    return compared_page(title, cells, grid, protocol, countings=_countings(cells))


def compared_page(
    title: str,
    cells: pd.DataFrame,
    grid: Grid,
    protocol: ProtocolNotes,
    remarks: Sequence[str] = (),
    countings: Grid = NO_GRID,
) -> PrintedTable:
    """A page on numbers that are compared with printed ones.

    Args:
        title: heading.
        cells: as read by `protlang.tables.cells.read_cells`.
        grid: of the cells.
        protocol: notes that the grid refers to.
        remarks: below the grid, before the reasons why numbers are missing.
        countings: our numbers counted in other ways.
    """
    words = set(cells["agreement"])
    return PrintedTable(
        title,
        bool(cells["simulated"].any()),
        grid,
        [*remarks, *_missing(cells)],
        countings,
        legend={word: text for word, text in MEANINGS.items() if word in words},
        protocol=protocol.sentences,
        details=details_of(cells, protocol),
    )


def listed_table(
    title: str,
    cells: pd.DataFrame,
    number: Callable[[Any], str] | None = None,
    remarks: Sequence[str] = (),
) -> PrintedTable:
    """Arrange long-form cells as a list, one number a line, for numbers in a text.

    Args:
        title: heading.
        cells: as read by `protlang.tables.cells.read_cells`.
        number: writes one; by default to three significant digits.
        remarks: below the list.
    """
    shown = number or significant
    protocol = ProtocolNotes(cells["protocol"])
    rows = [
        [
            cell["row"],
            cell["dataset"],
            f"{cell['metric']} ({cell['unit']})",
            shown(cell["paper_value"]),
            shown(cell["value"]),
            cell["agreement"],
            protocol.named(cell["protocol"]),
            cell["reason"],
        ]
        for _, cell in cells.iterrows()
    ]
    headings = ["What", "Data", "Measure", "paper", "ours"]
    grid = Grid([*headings, "agreement", "protocol", "why"], rows)
    page = compared_page(title, cells, grid, protocol)
    return replace(page, notes=list(remarks))


def write_markdown(table: PrintedTable, path: Path) -> None:
    """Write the table as Markdown."""
    banner = f"> **{SIMULATED_BANNER}**\n\n" if table.simulated else ""
    text = f"# {table.title}\n\n{banner}{as_markdown(table.grid)}\n\n"
    text += as_list(table.notes)
    for title, part in _parts(table).items():
        text += f"\n## {title}\n\n{part}"
    write_text(path, text)


def as_list(items: Iterable[str]) -> str:
    """Items in Markdown, one a line."""
    return "".join(f"- {item}\n" for item in items)


def own_part(table: PrintedTable) -> str:
    """The rows with numbers of ours in Markdown, and the notes that they refer to."""
    grid = own_rows(table.grid)
    remarked = [
        entry for row in grid.rows for entry in row if not isinstance(entry, str)
    ]
    used = {number for entry in remarked for number in entry.protocol}
    notes = protocol_list(table, used)
    return f"{as_markdown(grid)}\n\n{notes}".rstrip()


def protocol_list(table: PrintedTable, used: Container[int] | None = None) -> str:
    """Differences of the protocol in Markdown, with the numbers that cells refer to.

    Args:
        table: of the cells.
        used: numbers that are listed; all by default.
    """
    return as_list(
        f"[{number}] {sentence}"
        for number, sentence in enumerate(table.protocol, 1)
        if used is None or number in used
    )


def _parts(table: PrintedTable) -> dict[str, str]:
    """What stands below a table in Markdown, by heading; empty parts are left out."""
    legend = (f"{word}: {text}" for word, text in table.legend.items())
    parts = {
        WORDS_TITLE: as_list(legend),
        PROTOCOL_TITLE: protocol_list(table),
    }
    if table.countings.rows:
        parts[table.countings_title] = f"{as_markdown(table.countings)}\n"
    if table.details.rows:
        details = as_markdown(table.details)
        parts[table.details_title] = f"{table.details_note}\n\n{details}\n"
    return {title: text for title, text in parts.items() if text}


def write_html(table: PrintedTable, path: Path) -> None:
    """Write the table as one page of HTML."""
    write_text(
        path,
        render(
            "table.html",
            table=table,
            banner=SIMULATED_BANNER,
            words_title=WORDS_TITLE,
            protocol_title=PROTOCOL_TITLE,
        ),
    )


def _as_printed(cells: pd.DataFrame, protocol: ProtocolNotes) -> Grid:
    metrics = list(dict.fromkeys(cells["metric"]))
    rows = []
    for (dataset, method), group in cells.groupby(["dataset", "row"], sort=False):
        by_metric = group.set_index("metric")
        texts: list[Entry] = [str(dataset), str(method)]
        for metric in metrics:
            if metric in by_metric.index:
                cell = by_metric.loc[metric]
                texts += [paper_text(cell), own_text(cell, protocol)]
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
    digits = digits_of(unit)
    interval = f"{low:+.{digits}f} to {high:+.{digits}f}"
    return f"{difference:+.{digits}f} ({interval}, p = {p_value:.2g})"


def paper_text(cell: AnyCell) -> str:
    """The paper's number of a cell, as read by `protlang.tables.cells.read_cells`."""
    return number_text(cell["paper_value"], cell["paper_stderr"], cell["unit"])


def own_text(cell: AnyCell, protocol: ProtocolNotes, number: str = "") -> Entry:
    """Our number of a cell, its agreement and protocol, or why there is none.

    Args:
        cell: as read by `protlang.tables.cells.read_cells`.
        protocol: the notes of the table.
        number: as it is to be shown; by default with the digits of its unit.
    """
    agreement = str(cell["agreement"])
    if agreement in (EXCERPTED, NOT_RUN):
        return agreement
    number = number or number_text(cell["value"], cell["stderr"], cell["unit"])
    if cell["kind"] == "added":
        return Remarked(number, ADDED)
    if agreement == NOT_COMPARABLE:
        return number
    return Remarked(number, agreement, protocol.numbers(cell["protocol"]))


def _missing(cells: pd.DataFrame) -> list[str]:
    """Each reason why numbers of ours are missing, with their places."""
    missing = cells[cells["agreement"] == NOT_RUN]
    return [
        f"{NOT_RUN}: {reason} ({_places(group)})"
        for reason, group in missing.groupby("reason", sort=False)
    ]


def _places(cells: pd.DataFrame) -> str:
    by_row = cells.groupby("row", sort=False)["dataset"].agg(_unique_texts)
    where = "; ".join(f"{row} on {datasets}" for row, datasets in by_row.items())
    return f"{len(cells)} cell{'s' * (len(cells) > 1)}: {where}"


def _unique_texts(texts: "pd.Series[str]") -> str:
    return ", ".join(dict.fromkeys(texts))
