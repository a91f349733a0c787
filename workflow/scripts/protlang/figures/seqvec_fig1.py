"""SeqVec, Figure 1: bars of Tables 1 (A, B) and 2 (C, D) with standard errors.

Methods that use evolutionary profiles carry a hash (#) above their bars, methods that
see nothing but SeqVec's embeddings a star after their name, as in the paper. Rows that
the paper does not have are left to the tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from protlang.experiments.targets import load_targets
from protlang.figures.output import NEUTRAL, PALETTE, bars, plain, save_figure
from protlang.tables.agreement import EXCERPTED, NOT_COMPARABLE, NOT_RUN
from protlang.tables.cells import read_cells
from protlang.tables.inputs import Inputs

ONLY_EMBEDDINGS = frozenset({"DeepSeqVec", "DeepSeqVec-Loc"})
_COLOURS: Mapping[str, str] = {
    "NetSurfP-2.0 (hhblits)": NEUTRAL[0],
    "NetSurfP-1.0": NEUTRAL[1],
    "Spider3": NEUTRAL[2],
    "RaptorX": NEUTRAL[3],
    "Jpred4": NEUTRAL[4],
    "DeepSeqVec": PALETTE[0],
    "DeepProf": PALETTE[1],
    "DeepProf+SeqVec": PALETTE[2],
    "DeepProtVec": PALETTE[3],
    "DeepOneHot": PALETTE[4],
    "DeepBLOSUM65": PALETTE[5],
    "DeepSeqVec-Loc": PALETTE[0],
    "DeepProtVec-Loc": PALETTE[3],
}
_QUOTED = NEUTRAL[2]
"""Colour of methods that the paper quotes and that their names distinguish."""

_CAPTION = (
    "Bars: our numbers; grey: quoted by the paper; dotted: not run here, the paper's "
    "value. Dash: the paper's value. # uses evolutionary profiles. ★ SeqVec embeddings "
    "alone."
)


@dataclass(frozen=True)
class Panel:
    """One panel of the figure.

    Attributes:
        table: whose numbers it shows.
        metric: which of them.
        label: of the y axis.
        title: above the panel.
        lowest: where the y axis begins.
        highest: where it ends.
    """

    table: str
    metric: str
    label: str
    title: str
    lowest: float
    highest: float


PANELS: Mapping[str, Panel] = {
    "seqvec_fig1a": Panel(
        "Table 1",
        "Q3",
        "Q3 (% of residues correct)",
        "A  Secondary structure in three states",
        lowest=30,
        highest=95,
    ),
    "seqvec_fig1b": Panel(
        "Table 1",
        "disorder MCC",
        "MCC",
        "B  Disordered residues",
        lowest=0,
        highest=0.85,
    ),
    "seqvec_fig1c": Panel(
        "Table 2",
        "Q10",
        "Q10 (% of proteins correct)",
        "C  Localization in ten classes",
        lowest=0,
        highest=95,
    ),
    "seqvec_fig1d": Panel(
        "Table 2",
        "Q2",
        "Q2 (% of proteins correct)",
        "D  Membrane-bound or soluble",
        lowest=0,
        highest=108,
    ),
}
"""The paper's caption does not name the measure of panel D; its text begins with Q2."""


def make(panel: Panel, inputs: Inputs, stem: Path) -> None:
    """Draw one panel of a run.

    Args:
        panel: which.
        inputs: file `table`, the CSV of its table.
        stem: path without ending.
    """
    cells = read_cells(inputs.path("table"))
    targets = load_targets("SeqVec", panel.table)
    profile_rows = frozenset(one.row for one in targets if one.uses_profiles)
    chosen = cells[cells["metric"] == panel.metric]
    draw(panel, plotted_numbers(chosen, profile_rows), stem)


def plotted_numbers(cells: pd.DataFrame, profile_rows: frozenset[str]) -> pd.DataFrame:
    """What is drawn, one row per bar: our value, or the paper's if excerpted.

    Args:
        cells: the table's cells of one metric; those of added rows are passed over.
        profile_rows: methods that use evolutionary profiles.
    """
    columns = ["dataset", "row", "value", "stderr", "paper_value", "paper_stderr"]
    numbers = cells.loc[cells["kind"] != "added", [*columns, "agreement"]]
    numbers["uses_profiles"] = numbers["row"].isin(profile_rows)
    numbers["only_embeddings"] = numbers["row"].isin(ONLY_EMBEDDINGS)
    return numbers.reset_index(drop=True)


def draw(panel: Panel, numbers: pd.DataFrame, stem: Path) -> None:
    """Draw one panel and write `<stem>.svg`, `.png` and `.csv`.

    Args:
        panel: which.
        numbers: as made by `plotted_numbers`.
        stem: path without ending.
    """
    datasets = list(dict.fromkeys(numbers["dataset"]))
    rows = list(dict.fromkeys(numbers["row"]))
    inches = 11 if len(datasets) > 1 else max(6, len(rows))
    figure = Figure(figsize=(inches, 5.2), layout="constrained")
    axes = figure.subplots()
    width = 0.86 / len(rows)
    offsets = (np.arange(len(rows)) - (len(rows) - 1) / 2) * width
    for row, offset in zip(rows, offsets, strict=True):
        method = numbers[numbers["row"] == row].set_index("dataset").reindex(datasets)
        _draw_method(axes, row, method, np.arange(len(datasets)) + offset, width)
    axes.set_ylim(panel.lowest, panel.highest)
    axes.set_ylabel(panel.label)
    axes.set_title(panel.title, loc="left", fontweight="bold")
    plain(axes)
    if len(datasets) == 1:
        names = [_named(row) for row in rows]
        axes.set_xticks(offsets, names, rotation=30, ha="right", rotation_mode="anchor")
        axes.set_xlabel(datasets[0])
    else:
        axes.set_xticks(range(len(datasets)), datasets)
        _add_legend(figure, axes)
    simulated = bool((numbers["agreement"] == NOT_COMPARABLE).any())
    save_figure(figure, numbers, stem, _CAPTION, simulated)


def _named(row: str) -> str:
    return f"{row} ★" if row in ONLY_EMBEDDINGS else row


def _draw_method(
    axes: Axes,
    row: str,
    numbers: pd.DataFrame,
    centres: np.ndarray,
    width: float,
) -> None:
    """One method's bars over all test sets; hollow where there is only the paper's."""
    colour = _COLOURS.get(row, _QUOTED)
    missing = (numbers["agreement"] == NOT_RUN).to_numpy()
    heights, errors = (
        numbers[ours].where(~missing, numbers[papers]).to_numpy(dtype=float)
        for ours, papers in (("value", "paper_value"), ("stderr", "paper_stderr"))
    )
    drawn = bars(axes, centres, heights, errors, width, colour, _named(row))
    for bar, hollow in zip(drawn, missing, strict=True):
        if hollow:
            bar.set(facecolor="none", edgecolor=colour, linestyle=":")
    _mark_paper_values(axes, numbers, centres)
    _mark_profiles(axes, numbers, centres, heights + np.nan_to_num(errors))


def _mark_paper_values(axes: Axes, numbers: pd.DataFrame, centres: np.ndarray) -> None:
    """A dash at the paper's value wherever the bar is ours."""
    ours = ~numbers["agreement"].isin([EXCERPTED, NOT_RUN])
    paper = numbers["paper_value"].where(ours)
    axes.plot(centres, paper, linestyle="none", marker="_", markersize=9, color="black")


def _mark_profiles(
    axes: Axes, numbers: pd.DataFrame, centres: np.ndarray, tops: np.ndarray
) -> None:
    """A hash above the bars of methods that use evolutionary profiles."""
    highest = np.fmax(tops, numbers["paper_value"].to_numpy(dtype=float))
    for centre, top, uses_profiles in zip(
        centres, highest, numbers["uses_profiles"], strict=True
    ):
        if uses_profiles is True and np.isfinite(top):
            axes.annotate(
                "#", (centre, top), (0, 3), textcoords="offset points", ha="center"
            )


def _add_legend(figure: Figure, axes: Axes) -> None:
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside right upper", frameon=False
    )
