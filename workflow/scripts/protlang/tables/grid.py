"""Texts in rows and columns, and how numbers are written in them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

NOT_PRINTED = "\N{EN DASH}"
"""The paper's own mark for a cell without a number."""


@dataclass(frozen=True)
class Remarked:
    """A number of ours with a remark.

    Attributes:
        number: as it is shown.
        remark: its agreement with the paper's.
        protocol: the numbers of the notes on its protocol; none if it is the paper's.
    """

    number: str
    remark: str
    protocol: tuple[int, ...] = ()

    @property
    def notes(self) -> str:
        """The numbers of its notes, such as ` [1, 3-5]`."""
        return f" [{in_ranges(self.protocol)}]" if self.protocol else ""

    def __str__(self) -> str:
        """One line, such as `70.2 ± 0.9 (reproduced) [1, 2]`."""
        return f"{self.number} ({self.remark}){self.notes}"


Entry = str | Remarked


@dataclass(frozen=True)
class Grid:
    """Texts in rows and columns.

    Attributes:
        columns: headings.
        rows: one sequence per row, as long as `columns`.
    """

    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Entry]] = ()

    @property
    def texts(self) -> list[list[str]]:
        """All rows, each entry on one line."""
        return [list(map(str, row)) for row in self.rows]


NO_GRID = Grid()
"""Of a page that lacks a part."""


def as_markdown(grid: Grid) -> str:
    """The grid as a table in Markdown."""
    frame = pd.DataFrame(grid.texts, columns=list(grid.columns))
    return frame.to_markdown(index=False, disable_numparse=True)


def own_rows(grid: Grid) -> Grid:
    """The rows of a printed table that hold at least one number of ours."""
    ours = [i for i, heading in enumerate(grid.columns) if heading.endswith(" ours")]
    rows = [row for row in grid.rows if any(_is_number(str(row[i])) for i in ours)]
    return Grid(grid.columns, rows)


def number_text(value: float, stderr: float, unit: str) -> str:
    """A number and its standard error, if there is one, with the unit's digits."""
    if math.isnan(value):
        return NOT_PRINTED
    digits = digits_of(unit)
    text = f"{value:.{digits}f}"
    return text if math.isnan(stderr) else f"{text} ± {stderr:.{digits}f}"


def significant(value: float) -> str:
    """Three significant digits, or all before the point."""
    if math.isnan(value):
        return NOT_PRINTED
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def in_ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers; runs of three and more are shortened: `1, 3-5`."""
    texts: list[str] = []
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        first, *others = (str(number) for _, number in run)
        whole = [f"{first}-{others[-1]}"] if len(others) > 1 else [first, *others]
        texts += whole
    return ", ".join(texts)


def digits_of(unit: str) -> int:
    """Digits after the point of a unit's numbers."""
    return 1 if unit == "percent" else 3


def _is_number(text: str) -> bool:
    return text.removeprefix("-")[:1].isdigit()
