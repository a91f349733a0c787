"""The list of the numbers in a paper's text: filled and laid out."""

import math
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Statement
from protlang.protocol import in_words
from protlang.tables.agreement import ADDED, NOT_COMPARABLE, NOT_RUN, REPRODUCED
from protlang.tables.cells import COLUMNS
from protlang.tables.grid import NOT_PRINTED
from protlang.tables.intext.evidence import AnyEvidence, Collect
from protlang.tables.intext.rules import RULES, Found, decimals, judge
from protlang.tables.layout import PrintedTable, listed_table

_STATED = ("row", "dataset", "metric", "unit")
_FOUND = ("stderr", "n", "seeds", "seed_sd", "simulated", "provenance")
_OWN_NUMBERS = ("value", "stderr", "seed_sd", "difference")


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
        simulated: whether its data are simulated; then nothing is reproduced.
    """
    rows = [_row(one, *entries[one.row, one.metric], evidence) for one in stated]
    table = pd.DataFrame(rows, columns=COLUMNS)
    if simulated:
        equal = table["agreement"] == REPRODUCED
        table.loc[equal, "reason"] += "; but the run's data are simulated"
        table.loc[equal, "agreement"] = NOT_COMPARABLE
        table.loc[equal, "simulated"] = True
    return table


def added_rows(added: Iterable[tuple[Statement, Found]]) -> pd.DataFrame:
    """One row per number of our own that the paper does not have: `COLUMNS`.

    Args:
        added: place of each, with nothing printed, and the number.
    """
    return pd.DataFrame([_added(*one) for one in added], columns=COLUMNS)


def intext_table(title: str, cells: pd.DataFrame) -> PrintedTable:
    """Lay out the numbers of a text as a list, one a line.

    Args:
        title: heading.
        cells: as read by `protlang.tables.cells.read_cells`.
    """
    notes = [f"{text[0].upper()}{text[1:]}." for text in RULES.values()]
    return listed_table(title, cells, _shown, notes)


def _added(place: Statement, found: Found) -> dict[str, object]:
    reason = "the data are simulated" if found.simulated else "a number of ours"
    return {
        **{name: getattr(place, name) for name in _STATED},
        **{name: getattr(found, name) for name in _FOUND},
        **dict.fromkeys(("paper_value", "paper_stderr", "difference"), math.nan),
        "paper_rounding": 0,
        "kind": "added",
        "value": _plain(found.values[0]),
        "protocol": in_words(found.deviations),
        "agreement": NOT_COMPARABLE if found.simulated else ADDED,
        "reason": reason,
    }


def _row(
    statement: Statement,
    rule: str,
    collect: Collect[AnyEvidence],
    evidence: AnyEvidence,
) -> dict[str, object]:
    found = collect(statement, evidence)
    single = len(statement.numbers) == 1
    row: dict[str, object] = {
        **{name: getattr(statement, name) for name in _STATED},
        "paper_value": statement.printed,
        "paper_stderr": statement.stderr,
        "paper_rounding": 10.0 ** -decimals(statement.printed) / 2 if single else 0,
        "kind": "in-text",
    }
    if isinstance(found, NotRun):
        nothing = dict.fromkeys(_OWN_NUMBERS, math.nan)
        counts = {"n": 0, "seeds": 0, "simulated": False, "provenance": "no run"}
        verdict = {"agreement": NOT_RUN, "reason": found.reason}
        return row | nothing | counts | verdict
    agreement = judge(statement, found, rule)
    compared = single and not (found.text or found.quoted)
    difference = found.values[0] - statement.numbers[0] if compared else math.nan
    return row | {
        **{name: getattr(found, name) for name in _FOUND},
        "value": found.text or _plain(found.values[0]),
        "difference": difference,
        "protocol": in_words(found.deviations),
        "yardstick": agreement.yardstick,
        "agreement": agreement.verdict,
        "reason": agreement.reason,
    }


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
