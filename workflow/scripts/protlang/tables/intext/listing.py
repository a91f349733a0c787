"""The list of the numbers in a paper's text: filled and laid out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Statement
from protlang.tables.cells import (
    COLUMNS,
    NOT_AVAILABLE,
    NOT_COMPARABLE,
    NOT_RUN,
    REPRODUCED,
)
from protlang.tables.intext.evidence import AnyEvidence, Collect
from protlang.tables.intext.rules import RULES, judge
from protlang.tables.layout import NOT_PRINTED, Grid, PrintedTable, listed_table


def fill_list(
    stated: Sequence[Statement],
    entries: Mapping[tuple[str, str], tuple[str, Collect[AnyEvidence]]],
    evidence: AnyEvidence,
    simulated: bool,
) -> pd.DataFrame:
    """One row per statement, in printed order: `protlang.tables.cells.COLUMNS`.

    `paper_value` and `value` are texts, as some of them are ranges or words.

    Args:
        stated: the paper's numbers.
        entries: rule and origin of each number, by row and metric.
        evidence: results of the run.
        simulated: whether its data are simulated; then nothing is reproduced, not
            even a setting that is equal.
    """
    rows = [_row(one, *entries[one.row, one.metric], evidence) for one in stated]
    table = pd.DataFrame(rows, columns=COLUMNS)
    if simulated:
        equal = table["verdict"] == REPRODUCED
        table.loc[equal, "reason"] += "; but the run's data are simulated"
        table.loc[equal, "verdict"] = NOT_COMPARABLE
    return table


def intext_table(title: str, cells: pd.DataFrame) -> PrintedTable:
    """Lay out the numbers of a text as a list, one a line.

    Args:
        title: heading.
        cells: as read by `protlang.tables.cells.read_cells`.
    """
    table = listed_table(title, cells, _shown)
    lines = zip(table.grid.rows, cells["reason"], strict=True)
    grid = Grid([*table.grid.columns, "why"], [[*line, why] for line, why in lines])
    notes = [f"{text[0].upper()}{text[1:]}." for text in RULES.values()]
    return replace(table, grid=grid, notes=notes)


def _row(
    statement: Statement,
    rule: str,
    collect: Collect[AnyEvidence],
    evidence: AnyEvidence,
) -> dict[str, object]:
    found = collect(statement, evidence)
    value, stderr, n, provenance = NOT_AVAILABLE, math.nan, 0, "no run"
    difference = math.nan
    if isinstance(found, NotRun):
        verdict, reason = NOT_RUN, found.reason
    else:
        verdict, reason = judge(statement, found, rule)
        value = found.text or _plain(found.values[0])
        stderr, n, provenance = found.stderr, found.n, found.provenance
        if not found.text and not found.quoted:
            difference = found.values[0] - statement.numbers[0]
    values = (
        statement.row,
        statement.dataset,
        statement.metric,
        statement.unit,
        statement.printed,
        statement.stderr,
        "in-text",
        value,
        stderr,
        n,
        verdict,
        reason,
        provenance,
        difference,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.6g}"


def _shown(value: str | float) -> str:
    """Whole numbers with commas, others to four digits; texts as they are."""
    text = NOT_PRINTED if pd.isna(value) else str(value)
    try:
        number = float(text)
    except ValueError:
        return text
    return f"{number:,.0f}" if number.is_integer() else f"{number:.4g}"
