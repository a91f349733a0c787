"""Tables whose own numbers are the paper's, or moved from them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Target, load_targets
from protlang.tables.agreement import Measured
from protlang.tables.cells import Cell, as_frame, fill_cells, read_cells, write_csv
from protlang.tables.layout import PrintedTable, write_html, write_markdown
from protlang.tables.registry import printed


def page_of(name: str, table: pd.DataFrame, folder: Path) -> PrintedTable:
    """A table as its pages show it; Markdown and HTML hold its title.

    Args:
        name: of a registered table.
        table: as its CSV holds it.
        folder: to write into.
    """
    write_csv(table, folder / f"{name}.csv")
    page = printed(folder / f"{name}.csv")
    for write, ending in ((write_markdown, "md"), (write_html, "html")):
        write(page, folder / f"{name}.{ending}")
        assert page.title in (folder / f"{name}.{ending}").read_text(encoding="utf-8")
    return page


def papers_table(
    paper: str,
    element: str,
    folder: Path,
    value: Callable[[Target], float] = lambda target: target.value,
    **facts: Any,
) -> pd.DataFrame:
    """A table as read from its CSV; `value` is ours for a target."""

    def measure(target: Target) -> Measured:
        known = {"simulated": False, "deviations": (), "provenance": "p"}
        return Measured(
            value(target), target.stderr, 7, **{"seeds": 0, **known, **facts}
        )

    return as_read(fill_cells(load_targets(paper, element), measure), folder)


def empty_table(paper: str, element: str, folder: Path, reason: str) -> pd.DataFrame:
    """A table of a run that has computed none of it."""
    targets = load_targets(paper, element)
    return as_read(fill_cells(targets, lambda _: NotRun(reason)), folder)


def as_read(cells: Sequence[Cell], folder: Path) -> pd.DataFrame:
    """Cells as read back from their CSV."""
    write_csv(as_frame(cells), folder / "cells.csv")
    return read_cells(folder / "cells.csv")
