"""PLUS's Tables 2 to 6 in print: their columns and remarks, one row per method."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from protlang.experiments.targets import WITHOUT_PRETRAINING, loss_weights, model_of
from protlang.tables.agreement import EXCERPTED, NOT_RUN
from protlang.tables.grid import NOT_PRINTED, Entry, Grid, number_text
from protlang.tables.layout import (
    PrintedTable,
    compared_page,
    own_text,
    paper_text,
)
from protlang.tables.plus_differences import DIFFERENCE, REFERENCE_MODELS
from protlang.tables.plus_finetuned import FITTED, HIGH, LOW, TaskTable
from protlang.tables.plus_scores import (
    DEVELOPMENT_PAIRS,
    HOMOLOGY,
    RECOMPUTED,
    SECSTR,
    Place,
)
from protlang.tables.protocol_notes import ProtocolNotes

BESIDE_TITLE = "Intervals and tests"
"""Above the second table of a page."""

NEVER_PRETRAINED = ("SOTA ", "NW-align", "phhmer", "phmmer", "HHalign", "TMalign")
"""How the rows of methods without pre-training begin."""

_WITH_PRETRAINING = " [w/ PT]"


_R, _Q8 = "Pearson r (SCOPe 2.06)", "accuracy (8-state, CB513)"
_TOPOLOGY = "per-protein topology accuracy"

_DEVELOPMENT_HEADINGS = {
    (DEVELOPMENT_PAIRS, "accuracy"): "Accuracy",
    (DEVELOPMENT_PAIRS, "Pearson r"): "r",
}

_PAIRED = (
    "Differences from PLUS-RNN BASE are paired: of the same pairs, over the same drawn "
    "domains. They hold for the networks of the first seed; another may change them."
)

TABLES: Mapping[str, TaskTable] = {
    "plus_table2": TaskTable(
        "Table 2",
        "",
        headings={
            (HOMOLOGY, _R): "Homology r",
            ("Solubility", "accuracy"): "Solubility accuracy",
            ("Localization", "accuracy"): "Localization accuracy",
            ("Stability", "Spearman rho"): "Stability \N{GREEK SMALL LETTER RHO}",
            ("Fluorescence", "Spearman rho"): "Fluorescence \N{GREEK SMALL LETTER RHO}",
            (SECSTR, _Q8): "SecStr accuracy",
            ("Transmembrane", _TOPOLOGY): "Transmembrane accuracy",
        },
        remarks=(
            "Homology: Pearson's r on SCOPe 2.06, as in Table 3; SecStr: accuracy in "
            "eight states on CB513, as in Table 4; Transmembrane: share of proteins "
            "with all helices and no other predicted.",
            "Errors of Stability and Fluorescence are over test proteins as if these "
            "were independent. In the paper's sets 12,851 proteins are variants of 17 "
            "parents and 27,217 are variants of one, so the errors do not hold for "
            "other parents.",
        ),
        # Homology and SecStr are represented by a column of Tables 3 and 4.
        places={
            (HOMOLOGY, _R): Place(HOMOLOGY, "SCOPe 2.06", "Pearson r"),
            (SECSTR, _Q8): Place(SECSTR, "CB513", "8-state accuracy"),
        },
    ),
    "plus_table3": TaskTable(
        "Table 3",
        HOMOLOGY,
        headings={
            (dataset, metric): f"{dataset} {short}"
            for dataset in ("SCOPe 2.06", "SCOPe 2.07")
            for metric, short in (("accuracy", "accuracy"), ("Pearson r", "r"))
        },
        remarks=(
            "Accuracies have thresholds from development pairs. The paper's thresholds "
            "are from the test pairs themselves; ours by that rule stand below.",
            "r against a model: Steiger's test of two correlations with the same "
            "levels; t is positive if the row's method is better, p is one-tailed.",
            "Steiger's test treats pairs as independent, though they share domains, so "
            "its p-values are too small. Intervals and differences are over drawn "
            "domains. Both compare the networks of the first seed.",
        ),
    ),
    "plus_table4": TaskTable(
        "Table 4",
        SECSTR,
        headings={
            (name, "8-state accuracy"): name for name in ("CB513", "CASP12", "TS115")
        },
        remarks=("Accuracies in eight states, over all residues of a test set.",),
    ),
    "plus_table5": TaskTable(
        "Table 5",
        HOMOLOGY,
        headings=_DEVELOPMENT_HEADINGS,
        remarks=(
            "MLM and SFP are the weights of the two losses of pre-training; "
            "fine-tuning is that of PLUS-RNN BASE in the other tables. Data: "
            "development pairs of SCOPe 2.06.",
            _PAIRED,
        ),
        adds=False,
    ),
    "plus_table6": TaskTable(
        "Table 6",
        HOMOLOGY,
        headings=_DEVELOPMENT_HEADINGS,
        remarks=(
            "MLM, SL and CMP are the weights of three losses of fine-tuning: masked "
            "language model, levels and contact maps. Data: development pairs of "
            "SCOPe 2.06.",
            _PAIRED,
        ),
        adds=False,
    ),
}
"""By file name."""


def arrange(table: TaskTable, title: str, cells: pd.DataFrame) -> PrintedTable:
    """Lay out long-form cells as PLUS prints its tables.

    Args:
        table: which.
        title: heading.
        cells: as read by `protlang.tables.cells.read_cells`.
    """
    headings, protocol = table.headings, ProtocolNotes(cells["protocol"])
    rows = list(dict.fromkeys(cells["row"]))
    losses = list(dict.fromkeys(loss for row in rows for loss in loss_weights(row)))
    by_place = {
        (cell["row"], cell["dataset"], cell["metric"]): cell
        for _, cell in cells.iterrows()
    }
    grid = [
        [*_names(row, losses), *_numbers(row, headings, by_place, protocol)]
        for row in rows  # one line a method
    ]
    first = losses or ["Pre-training"]
    names = ["Method", *first] if losses else [*first, "Method"]
    pairs = [f"{text} {who}" for text in headings.values() for who in ("paper", "ours")]
    shown = Grid([*names, *pairs], grid)
    beside = _beside(cells, headings)
    page = compared_page(title, cells, shown, protocol, table.remarks, beside)
    return replace(page, countings_title=BESIDE_TITLE)


def _names(row: str, losses: Sequence[str]) -> list[str]:
    if losses:
        weights = loss_weights(row)
        name = row.partition(" (MLM")[0]
        return [name, *(weights.get(loss, NOT_PRINTED) for loss in losses)]
    own = RECOMPUTED if row.endswith(RECOMPUTED) else ""
    row = row.removesuffix(own)
    without = row.endswith(WITHOUT_PRETRAINING) or row.startswith(NEVER_PRETRAINED)
    name = row.removesuffix(_WITH_PRETRAINING).removesuffix(WITHOUT_PRETRAINING)
    return ["w/o PT" if without else "w/ PT", name + own]


def _numbers(
    row: str,
    headings: Mapping[tuple[str, str], str],
    by_place: Mapping[tuple[str, str, str], "pd.Series[Any]"],
    protocol: ProtocolNotes,
) -> list[Entry]:
    texts: list[Entry] = []
    for place in headings:
        cell = by_place.get((row, *place))
        if cell is None:
            texts += [NOT_PRINTED, NOT_PRINTED]
        else:
            texts += [paper_text(cell), own_text(cell, protocol)]
    return texts


def _beside(cells: pd.DataFrame, headings: Mapping[tuple[str, str], str]) -> Grid:
    """Intervals and tests of our numbers."""
    own = cells[~cells["agreement"].isin([EXCERPTED, NOT_RUN])]
    if own.empty:
        return Grid([], [])
    rows = own.to_dict("records")
    texts = {
        "Method": [model_of(row["row"]) for row in rows],
        "Measure": [headings[row["dataset"], row["metric"]] for row in rows],
        "ours": [number_text(row["value"], row["stderr"], row["unit"]) for row in rows],
        "95 % interval": [_interval(row) for row in rows],
    }
    if own[FITTED].notna().any():
        texts["with thresholds from the same pairs"] = [
            number_text(row[FITTED], math.nan, row["unit"]) for row in rows
        ]
    for name in own.columns:
        if str(name).startswith("Steiger_t_"):
            other = str(name).removeprefix("Steiger_t_")
            texts[f"r against {other}"] = [_steiger(row, other) for row in rows]
    for other in REFERENCE_MODELS:
        if f"{DIFFERENCE[0]}_{other}" in own and len(rows) > 1:
            texts[f"difference from {other}"] = [_paired(row, other) for row in rows]
    return Grid(list(texts), [list(row) for row in zip(*texts.values(), strict=True)])


def _interval(row: Mapping[Any, Any]) -> str:
    if math.isnan(row[LOW]):
        return NOT_PRINTED
    ends = (number_text(row[end], math.nan, row["unit"]) for end in (LOW, HIGH))
    return " to ".join(ends)


def _steiger(row: Mapping[Any, Any], other: str) -> str:
    """The statistic, and a p-value that may be too small for a computer's numbers."""
    statistic, p_value = row[f"Steiger_t_{other}"], row[f"Steiger_p_{other}"]
    if math.isnan(statistic):
        return NOT_PRINTED
    probability = f"p = {p_value:.2g}" if p_value else "p < 1e-300"
    return f"t = {statistic:+.1f}, {probability}"


def _paired(row: Mapping[Any, Any], other: str) -> str:
    """A paired difference with its interval and p-value."""
    value, low, high, p_value = (row[f"{part}_{other}"] for part in DIFFERENCE)
    if math.isnan(value):
        return NOT_PRINTED
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f}), p = {p_value:.2g}"
