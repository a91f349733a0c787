"""Numbers of the text that follow from a run's other tables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from protlang.experiments.heads import NotRun
from protlang.tables.cells import DEVIATES, EXCERPTED, NOT_COMPARABLE, NOT_RUN
from protlang.tables.intext.rules import (
    decimals,
    half_up,
)
from protlang.tables.intext.statements import Collect, Evidence, Found
from protlang.tables.targets import Statement, load_targets

SINGLE_SEQUENCE = ("DeepProtVec", "DeepOneHot", "DeepBLOSUM65")
"""Networks of the paper that see neither profiles nor SeqVec."""

EXCEPTED = ("DeepLoc", "iLoc-Euk")
"""Methods that the paper excepts where it calls all differences significant."""

_NO_TABLE = "the table that it would be taken from is not part of this run"


def from_table(
    name: str, row: str = "", dataset: str = "", metric: str = ""
) -> Collect:
    """The cell of another table, by the statement's own names unless told."""

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        table: pd.DataFrame | None = getattr(evidence, name)
        chosen = cells_of(
            table,
            row or statement.row,
            metric or statement.metric,
            [dataset or statement.dataset],
        )
        return chosen if isinstance(chosen, NotRun) else _of_cell(chosen[0])

    return collect


def _of_cell(cell: Mapping[str, Any]) -> Found:
    return replace(
        facts_of([cell]),
        values=(float(cell["value"]),),
        stderr=float(cell["stderr"]),
        n=int(cell["n"]),
        quoted=cell["verdict"] == EXCERPTED,
    )


def cells_of(
    table: pd.DataFrame | None, row: str, metric: str, datasets: Sequence[str] = ()
) -> list[dict[str, Any]] | NotRun:
    """Cells with a number, or why there is none.

    Args:
        table: as read by `protlang.tables.cells.read_cells`; None if there is none.
        row: of the cells.
        metric: of the cells.
        datasets: of the cells; all if none is given.
    """
    if table is None:
        return NotRun(_NO_TABLE)
    chosen = table[(table["row"] == row) & (table["metric"] == metric)]
    if datasets:
        chosen = chosen[chosen["dataset"].isin(datasets)]
    filled = chosen[chosen["value"].notna() & (chosen["verdict"] != NOT_RUN)]
    if len(filled):
        return _records(filled)
    reasons = dict.fromkeys(chosen["reason"])
    return NotRun("; ".join(reasons) or f"no {metric} of {row} is computed")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.itertuples(index=False, name=None)
    return [dict(zip(table.columns, row, strict=True)) for row in rows]


def facts_of(cells: Sequence[Mapping[str, Any]]) -> Found:
    """Simulated or not, deviations and origin that some cells have together."""
    deviations = [cell["reason"] for cell in cells if cell["verdict"] == DEVIATES]
    origins = dict.fromkeys(str(cell["provenance"]) for cell in cells)
    return Found(
        values=(),
        n=sum(int(cell["n"]) for cell in cells),
        simulated=any(cell["verdict"] == NOT_COMPARABLE for cell in cells),
        deviation="; ".join(dict.fromkeys(deviations)),
        provenance=" | ".join(origins),
    )


def range_of(row: str, metric: str) -> Collect:
    """Least and most of a row of Table 1 over the test sets that have it."""

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        cells = cells_of(evidence.table1, row, metric)
        if isinstance(cells, NotRun):
            return cells
        values = tuple(float(cell["value"]) for cell in cells)
        quoted = all(cell["verdict"] == EXCERPTED for cell in cells)
        facts = replace(facts_of(cells), quoted=quoted)
        return _as_range(statement, values, facts)

    return collect


def gains_of_seqvec(metric: str, others: Sequence[str] = SINGLE_SEQUENCE) -> Collect:
    """How much better DeepSeqVec is than others on each test set."""

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        first = cells_of(evidence.table1, "DeepSeqVec", metric)
        if isinstance(first, NotRun):
            return first
        values, used = [], list(first)
        for other in others:
            second = cells_of(evidence.table1, other, metric)
            if isinstance(second, NotRun):
                return second
            used += second
            by_set = {cell["dataset"]: float(cell["value"]) for cell in second}
            values += [
                float(cell["value"]) - by_set[cell["dataset"]]
                for cell in first
                if cell["dataset"] in by_set
            ]
        if not values:
            return NotRun(f"no test set has {metric} of all the methods")
        return _as_range(statement, values, facts_of(used))

    return collect


def _as_range(statement: Statement, values: Sequence[float], facts: Found) -> Found:
    digits = decimals(statement.printed)
    # Adding 0 makes a zero of -0.
    ends = [half_up(end, digits) + 0 for end in (min(values), max(values))]
    between = "-" if ends[0] >= 0 else " to "
    text = between.join(f"{end:.{digits}f}" for end in ends)
    return replace(facts, values=tuple(values), text=text)


def against_best(metric: str) -> Collect:
    """DeepSeqVec beside the best of the others that see single sequences."""

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        datasets = [statement.dataset]
        first = cells_of(evidence.table1, "DeepSeqVec", metric, datasets)
        if isinstance(first, NotRun):
            return first
        others = []
        for other in SINGLE_SEQUENCE:
            cells = cells_of(evidence.table1, other, metric, datasets)
            if isinstance(cells, NotRun):
                return cells
            others += cells
        best = max(others, key=lambda cell: float(cell["value"]))
        values = float(first[0]["value"]), float(best["value"])
        digits = decimals(statement.printed)
        text = " vs ".join(f"{half_up(value, digits):.{digits}f}" for value in values)
        return replace(facts_of([*first, best]), values=values, text=text)

    return collect


def gain_over_profiles(_: Statement, evidence: Evidence) -> Found | NotRun:
    """DeepSeqVec-Loc less the worst method that uses evolutionary information."""
    cells = cells_of(evidence.table2, "DeepSeqVec-Loc", "Q10")
    if isinstance(cells, NotRun):
        return cells
    ours = _of_cell(cells[0])
    others = [
        target.value
        for target in load_targets("SeqVec", "Table 2")
        if target.uses_profiles and target.metric == "Q10"
    ]
    return replace(ours, values=(ours.values[0] - min(others),))


def least_difference(_: Statement, evidence: Evidence) -> Found | NotRun:
    """The least difference to another method, in DeepSeqVec-Loc's standard errors."""
    table = evidence.table2
    cells = [
        cells_of(table, "DeepSeqVec-Loc", metric)
        for metric in ("Q10", "Gorodkin MCC", "Q2", "membrane MCC")
    ]
    missing = next((cell for cell in cells if isinstance(cell, NotRun)), None)
    if table is None or missing is not None:
        return missing or NotRun(_NO_TABLE)
    own = [cell for found in cells if not isinstance(found, NotRun) for cell in found]
    differences, used = [], list(own)
    for cell in own:
        others = table[(table["metric"] == cell["metric"]) & (table["kind"] != "added")]
        others = others[~others["row"].isin([*EXCEPTED, "DeepSeqVec-Loc"])]
        for other in _records(others[others["value"].notna()]):
            used.append(other)
            difference = abs(float(cell["value"]) - float(other["value"]))
            differences.append(difference / float(cell["stderr"]))
    if not differences:
        return NotRun("Table 2 has no number of another method")
    least = min(differences)
    facts = replace(facts_of(used), n=int(own[0]["n"]))
    return replace(facts, values=(least,), text=f">={least:.1f}")
