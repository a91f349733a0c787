"""Where our numbers of the papers' texts come from: what both papers' entries share."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import pandas as pd

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Statement
from protlang.protocol import Deviation, merged, parse
from protlang.tables.agreement import (
    EXCERPTED,
    NOT_DISTINGUISHABLE,
    NOT_RUN,
)
from protlang.tables.intext.rules import Found, decimals, half_up

_COUNTED_IN = {"thousand": 1e3}
"""By unit of a printed size, what it stands for."""


@dataclass(frozen=True)
class Evidence:
    """Results of a run; a number whose origin is left out is `not run`.

    Attributes:
        tables: cells of other tables (`protlang.tables.cells.read_cells`), by name.
        corpora: metadata of each (`corpora.token_store.read_meta`), by name.
        architecture: sizes of the paper's networks (`tables.network_sizes`), by row and
            metric.
        settings: of the run, by row and metric.
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    corpora: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    architecture: Mapping[tuple[str, str], float | str] = field(default_factory=dict)
    settings: Mapping[tuple[str, str], float | str] = field(default_factory=dict)


AnyEvidence = TypeVar("AnyEvidence", bound=Evidence)

Collect = Callable[[Statement, AnyEvidence], Found | NotRun]
"""Finds our number for a statement, or the reason why there is none."""


def from_network(statement: Statement, evidence: Evidence) -> Found | NotRun:
    """A size of the paper's network, counted in the network itself."""
    value = evidence.architecture.get((statement.row, statement.metric))
    if value is None:
        return NotRun("the network was not built to count it")
    origin = "counted in the paper's network as built here"
    if isinstance(value, str):
        return Found(values=(), text=value, provenance=origin, setting=True)
    scaled = float(value) / _COUNTED_IN.get(statement.unit, 1)
    return Found(values=(scaled,), provenance=origin, setting=True)


def from_setting(statement: Statement, evidence: Evidence) -> Found | NotRun:
    """A setting of the run: a choice, whatever the data."""
    value = evidence.settings.get((statement.row, statement.metric))
    if value is None:
        return NotRun("no step of this run has such a setting")
    facts = Found(values=(), provenance="the run's settings", setting=True)
    if isinstance(value, str):
        return replace(facts, text=value)
    return replace(facts, values=(value,))


def from_corpus(source: str, *path: str, scale: float = 1) -> Collect[Evidence]:
    """A count of a corpus.

    Args:
        source: how the names of all its sources begin.
        path: keys of the count in the corpus's metadata.
        scale: that the count is divided by.
    """

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        for name, meta in evidence.corpora.items():
            if all(part["name"].startswith(source) for part in meta["sources"]):
                value: Any = meta
                for key in path:
                    value = value[key]
                found = counted(statement, value / scale, _origin(meta))
                return replace(
                    found,
                    n=meta["proteins"],
                    simulated=meta["simulated"],
                    provenance=f"corpus {name}: {found.provenance}",
                )
        return NotRun(f"the configuration has no corpus of {source} alone")

    return collect


def from_table(
    name: str, row: str = "", dataset: str = "", metric: str = ""
) -> Collect[Evidence]:
    """The cell of another table; by default that with the statement's own names."""

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        chosen = cells_of(
            evidence.tables.get(name),
            row or statement.row,
            metric or statement.metric,
            [dataset or statement.dataset],
        )
        return chosen if isinstance(chosen, NotRun) else of_cell(chosen[0])

    return collect


def quoted(statement: Statement, _: Evidence) -> Found | NotRun:
    """A number that the paper takes from elsewhere."""
    return Found(values=tuple(statement.numbers), quoted=True, provenance="the paper")


def never_computed(reason: str) -> Collect[Evidence]:
    """A number that the project does not compute."""

    def collect(_statement: Statement, _evidence: Evidence) -> NotRun:
        return NotRun(reason)

    return collect


def counted(statement: Statement, value: float, origin: str) -> Found:
    """A count; one that differs from the paper's is of another origin.

    Args:
        statement: with the paper's count.
        value: ours.
        origin: what was counted.
    """
    equal = half_up(value, decimals(statement.printed)) == statement.numbers[0]
    return Found(
        values=(value,),
        deviations=() if equal else (Deviation("counted in", origin),),
        provenance=origin,
    )


def share(facts: Mapping[str, Any], provenance: str) -> Found:
    """A percentage with its `share`, `n`, `simulated` and `deviations`."""
    percent, n = float(facts["share"]), int(facts["n"])
    return Found(
        values=(percent,),
        stderr=math.sqrt(percent * (100 - percent) / n),
        n=n,
        simulated=bool(facts["simulated"]),
        deviations=tuple(facts["deviations"]),
        provenance=provenance,
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
        return NotRun("the table that it would be taken from is not part of this run")
    chosen = table[(table["row"] == row) & (table["metric"] == metric)]
    if datasets:
        chosen = chosen[chosen["dataset"].isin(datasets)]
    filled = chosen[chosen["value"].notna() & (chosen["agreement"] != NOT_RUN)]
    if len(filled):
        return records(filled)
    reasons = dict.fromkeys(chosen["reason"])
    return NotRun("; ".join(reasons) or f"no {metric} of {row} is computed")


def all_or_none(
    found: Sequence[list[dict[str, Any]] | NotRun],
) -> list[dict[str, Any]] | NotRun:
    """All cells of several, or the first reason why there are none."""
    cells: list[dict[str, Any]] = []
    for part in found:
        if isinstance(part, NotRun):
            return part
        cells += part
    return cells


def of_cell(cell: Mapping[str, Any]) -> Found:
    """The number of a cell."""
    return replace(
        facts_of([cell]),
        values=(float(cell["value"]),),
        stderr=float(cell["stderr"]),
        n=int(cell["n"]),
        seeds=int(cell["seeds"]),
        seed_sd=float(cell["seed_sd"]),
        quoted=cell["agreement"] == EXCERPTED,
    )


def facts_of(cells: Sequence[Mapping[str, Any]]) -> Found:
    """Deviations, origins, fewest seeds and number of proteins of some cells."""
    protocols = [parse(cell["protocol"]) for cell in cells if _is_ours(cell)]
    trained = [int(cell["seeds"]) for cell in cells if cell["seeds"]]
    origins = dict.fromkeys(str(cell["provenance"]) for cell in cells)
    return Found(
        values=(),
        seeds=min(trained, default=0),
        is_indistinct=any(cell["agreement"] == NOT_DISTINGUISHABLE for cell in cells),
        n=sum(int(cell["n"]) for cell in cells),
        simulated=any(cell["simulated"] for cell in cells),
        deviations=merged(*protocols),
        provenance=" | ".join(origins),
    )


def _is_ours(cell: Mapping[str, Any]) -> bool:
    return cell["agreement"] not in (EXCERPTED, NOT_RUN)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, each by column."""
    rows = table.itertuples(index=False, name=None)
    return [dict(zip(table.columns, row, strict=True)) for row in rows]


def _origin(meta: Mapping[str, Any]) -> str:
    return " and ".join(
        f"{part['title']} (release {part['release']})" for part in meta["sources"]
    )
