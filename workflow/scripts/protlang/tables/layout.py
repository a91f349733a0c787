"""A table as the paper prints it, in Markdown and HTML."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from protlang.files import write_text
from protlang.tables.cells import EXCERPTED, NOT_COMPARABLE, NOT_RUN
from protlang.templates import render

SIMULATED_BANNER = (
    "Simulated data. Every number under “ours” comes from a small simulated protein "
    "world and says nothing about real proteins or about the paper."
)


NOT_PRINTED = "\N{EN DASH}"
"""The paper's own mark for a cell without a number."""


@dataclass(frozen=True)
class PrintedTable:
    """What is shown of a table.

    Attributes:
        title: with the paper's name and number.
        simulated: whether any number comes from simulated data.
        columns: headings.
        rows: texts, one list per row.
        notes: remarks below the table.
    """

    title: str
    simulated: bool
    columns: list[str]
    rows: list[list[str]]
    notes: list[str]


def printed_table(title: str, cells: pd.DataFrame) -> PrintedTable:
    """Arrange long-form cells as printed: a row per method, two columns per metric.

    Args:
        title: heading.
        cells: as read by `protlang.tables.cells.read_cells`.
    """
    metrics = list(dict.fromkeys(cells["metric"]))
    rows = []
    for (dataset, method), group in cells.groupby(["dataset", "row"], sort=False):
        by_metric = group.set_index("metric")
        texts = [str(dataset), str(method)]
        for metric in metrics:
            if metric in by_metric.index:
                cell = by_metric.loc[metric]
                texts += [_paper_text(cell), _own_text(cell)]
            else:
                texts += [NOT_PRINTED, NOT_PRINTED]
        rows.append(texts)
    headings = [f"{metric} {who}" for metric in metrics for who in ("paper", "ours")]
    return PrintedTable(
        title,
        bool((cells["verdict"] == NOT_COMPARABLE).any()),
        ["Data", "Method", *headings],
        rows,
        _notes(cells),
    )


def write_markdown(table: PrintedTable, path: Path) -> None:
    """Write the table as Markdown."""
    body = pd.DataFrame(table.rows, columns=table.columns).to_markdown(
        index=False, disable_numparse=True
    )
    banner = f"> **{SIMULATED_BANNER}**\n\n" if table.simulated else ""
    notes = "".join(f"- {note}\n" for note in table.notes)
    write_text(path, f"# {table.title}\n\n{banner}{body}\n\n{notes}")


def write_html(table: PrintedTable, path: Path) -> None:
    """Write the table as one page of HTML."""
    write_text(path, render("table.html", table=table, banner=SIMULATED_BANNER))


def _paper_text(cell: "pd.Series[Any]") -> str:
    return _number(cell["paper_value"], cell["paper_stderr"], cell["unit"])


def _own_text(cell: "pd.Series[Any]") -> str:
    verdict = str(cell["verdict"])
    if verdict in (EXCERPTED, NOT_RUN):
        return verdict
    number = _number(cell["value"], cell["stderr"], cell["unit"])
    return number if verdict == NOT_COMPARABLE else f"{number} ({verdict})"


def _number(value: float, stderr: float, unit: str) -> str:
    digits = 1 if unit == "percent" else 3
    text = f"{value:.{digits}f}"
    return text if pd.isna(stderr) else f"{text} ± {stderr:.{digits}f}"


def _notes(cells: pd.DataFrame) -> list[str]:
    """Each verdict and reason once, with the cells it holds for."""
    judged = cells[cells["verdict"] != EXCERPTED]
    notes = []
    for (verdict, reason), group in judged.groupby(["verdict", "reason"], sort=False):
        by_row = group.groupby("row", sort=False)["dataset"].agg(_unique_texts)
        where = "; ".join(f"{row} on {datasets}" for row, datasets in by_row.items())
        notes.append(f"{verdict}: {reason} ({len(group)} cells: {where})")
    return notes


def _unique_texts(texts: "pd.Series[str]") -> str:
    return ", ".join(dict.fromkeys(texts))
