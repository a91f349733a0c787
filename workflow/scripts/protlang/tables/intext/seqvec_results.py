"""SeqVec's numbers in the text that follow from a run's tables."""

from collections.abc import Sequence
from dataclasses import replace

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Statement, load_targets
from protlang.tables.agreement import EXCERPTED
from protlang.tables.intext.evidence import (
    Collect,
    Evidence,
    all_or_none,
    cells_of,
    facts_of,
    of_cell,
    records,
)
from protlang.tables.intext.rules import Found, decimals, half_up

SINGLE_SEQUENCE = ("DeepProtVec", "DeepOneHot", "DeepBLOSUM65")
"""Networks of the paper that see neither profiles nor SeqVec."""

EXCEPTED = ("DeepLoc", "iLoc-Euk")
"""Methods that the paper excepts where it calls all differences significant."""


def range_of(row: str, metric: str) -> Collect[Evidence]:
    """Least and most of a row of Table 1 over the test sets that have it."""

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        cells = cells_of(evidence.tables.get("table1"), row, metric)
        if isinstance(cells, NotRun):
            return cells
        values = tuple(float(cell["value"]) for cell in cells)
        quoted = all(cell["agreement"] == EXCERPTED for cell in cells)
        facts = replace(facts_of(cells), quoted=quoted)
        return _as_range(statement, values, facts)

    return collect


def gains_of_seqvec(
    metric: str, others: Sequence[str] = SINGLE_SEQUENCE
) -> Collect[Evidence]:
    """How much better DeepSeqVec is than others on each test set."""

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        table = evidence.tables.get("table1")
        first = cells_of(table, "DeepSeqVec", metric)
        if isinstance(first, NotRun):
            return first
        second = all_or_none([cells_of(table, other, metric) for other in others])
        if isinstance(second, NotRun):
            return second
        by_set = {cell["dataset"]: float(cell["value"]) for cell in first}
        values = [
            by_set[cell["dataset"]] - float(cell["value"])
            for cell in second
            if cell["dataset"] in by_set
        ]
        if not values:
            return NotRun(f"no test set has {metric} of all the methods")
        return _as_range(statement, values, facts_of([*first, *second]))

    return collect


def _as_range(statement: Statement, values: Sequence[float], facts: Found) -> Found:
    digits = decimals(statement.printed)
    # Adding 0 makes a zero of -0.
    ends = [half_up(end, digits) + 0 for end in (min(values), max(values))]
    between = "-" if ends[0] >= 0 else " to "
    text = between.join(f"{end:.{digits}f}" for end in ends)
    return replace(facts, values=tuple(values), text=text)


def against_best(metric: str) -> Collect[Evidence]:
    """DeepSeqVec beside the best of the others that see single sequences."""

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        table, datasets = evidence.tables.get("table1"), [statement.dataset]
        rows = ("DeepSeqVec", *SINGLE_SEQUENCE)
        cells = all_or_none([cells_of(table, row, metric, datasets) for row in rows])
        if isinstance(cells, NotRun):
            return cells
        first, *others = cells
        best = max(others, key=lambda cell: float(cell["value"]))
        values = float(first["value"]), float(best["value"])
        digits = decimals(statement.printed)
        text = " vs ".join(f"{half_up(value, digits):.{digits}f}" for value in values)
        pair = facts_of([first, best])
        yardsticks = float(first["yardstick"]), float(best["yardstick"])
        return replace(pair, values=values, text=text, yardsticks=yardsticks)

    return collect


def gain_over_profiles(_: Statement, evidence: Evidence) -> Found | NotRun:
    """DeepSeqVec-Loc less the worst method that uses evolutionary information."""
    cells = cells_of(evidence.tables.get("table2"), "DeepSeqVec-Loc", "Q10")
    if isinstance(cells, NotRun):
        return cells
    ours = of_cell(cells[0])
    others = [
        target.value
        for target in load_targets("SeqVec", "Table 2")
        if target.uses_profiles and target.metric == "Q10"
    ]
    return replace(ours, values=(ours.values[0] - min(others),))


def least_difference(_: Statement, evidence: Evidence) -> Found | NotRun:
    """The least difference to another method, in DeepSeqVec-Loc's standard errors."""
    table = evidence.tables.get("table2")
    own = all_or_none(
        [
            cells_of(table, "DeepSeqVec-Loc", metric)
            for metric in ("Q10", "Gorodkin MCC", "Q2", "membrane MCC")
        ]
    )
    if table is None or isinstance(own, NotRun):
        assert isinstance(own, NotRun)  # there are no cells without a table
        return own
    differences, used = [], list(own)
    for cell in own:
        others = table[(table["metric"] == cell["metric"]) & (table["kind"] != "added")]
        others = others[~others["row"].isin([*EXCEPTED, "DeepSeqVec-Loc"])]
        for other in records(others[others["value"].notna()]):
            used.append(other)
            difference = abs(float(cell["value"]) - float(other["value"]))
            differences.append(difference / float(cell["stderr"]))
    if not differences:
        return NotRun("Table 2 has no number of another method")
    least = min(differences)
    facts = replace(facts_of(used), n=int(own[0]["n"]))
    # Rows that are close to one another do not matter to differences from this one.
    return replace(facts, values=(least,), text=f">={least:.1f}", is_indistinct=False)
