"""SeqVec, Figure 1A and 1B: bars of Table 1 with standard errors.

Methods that use evolutionary profiles carry a hash (#) above their bars, methods that
see nothing but SeqVec's embeddings a star after their name, as in the paper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from protlang.figures.output import NEUTRAL, PALETTE, add_caption, save_figure
from protlang.tables.cells import EXCERPTED, NOT_COMPARABLE, NOT_RUN

ONLY_EMBEDDINGS = frozenset({"DeepSeqVec"})
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
}


@dataclass(frozen=True)
class Panel:
    """One panel of the figure.

    Attributes:
        metric: of Table 1.
        label: of the y axis.
        title: above the panel.
        lowest: where the y axis begins.
        highest: where it ends.
    """

    metric: str
    label: str
    title: str
    lowest: float
    highest: float


PANELS: Mapping[str, Panel] = {
    "seqvec_fig1a": Panel(
        "Q3",
        "Q3 (% of residues correct)",
        "A  Secondary structure in three states",
        lowest=30,
        highest=95,
    ),
    "seqvec_fig1b": Panel(
        "disorder MCC",
        "MCC",
        "B  Disordered residues",
        lowest=0,
        highest=0.85,
    ),
}


def plotted_numbers(cells: pd.DataFrame, profile_rows: frozenset[str]) -> pd.DataFrame:
    """What is drawn, one row per bar: our value, or the paper's if excerpted.

    Args:
        cells: the table's cells of one metric.
        profile_rows: methods that use evolutionary profiles.
    """
    columns = ["dataset", "row", "value", "stderr", "paper_value", "paper_stderr"]
    numbers = cells[[*columns, "verdict"]].copy()
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
    figure = Figure(figsize=(11, 5.2), layout="constrained")
    axes = figure.subplots()
    datasets = list(dict.fromkeys(numbers["dataset"]))
    rows = list(dict.fromkeys(numbers["row"]))
    width = 0.86 / len(rows)
    for position, row in enumerate(rows):
        bars = numbers[numbers["row"] == row].set_index("dataset").reindex(datasets)
        centres = np.arange(len(datasets)) + (position - (len(rows) - 1) / 2) * width
        _draw_method(axes, row, bars, centres, width)
    axes.set_xticks(range(len(datasets)), datasets)
    axes.set_ylim(panel.lowest, panel.highest)
    axes.set_ylabel(panel.label)
    axes.set_title(panel.title, loc="left", fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    _explain(figure, axes, numbers)
    save_figure(figure, numbers, stem)


def _draw_method(
    axes: Axes,
    row: str,
    bars: pd.DataFrame,
    centres: np.ndarray,
    width: float,
) -> None:
    """One method's bars over all test sets; hollow where there is only the paper's."""
    missing = (bars["verdict"] == NOT_RUN).to_numpy()
    heights = bars["value"].where(~missing, bars["paper_value"]).to_numpy(dtype=float)
    errors = bars["stderr"].where(~missing, bars["paper_stderr"]).to_numpy(dtype=float)
    drawn = axes.bar(
        centres,
        heights,
        width * 0.92,
        yerr=errors,
        color=_COLOURS[row],
        label=f"{row} ★" if row in ONLY_EMBEDDINGS else row,
        error_kw={"elinewidth": 1, "capsize": 2},
    )
    for bar, hollow in zip(drawn, missing, strict=True):
        if hollow:
            bar.set(facecolor="none", edgecolor=_COLOURS[row], linestyle=":")
    _mark_paper_values(axes, bars, centres)
    _mark_profiles(axes, bars, centres, heights + np.nan_to_num(errors))


def _mark_paper_values(axes: Axes, bars: pd.DataFrame, centres: np.ndarray) -> None:
    """A dash at the paper's value wherever the bar is ours."""
    ours = ~bars["verdict"].isin([EXCERPTED, NOT_RUN])
    paper = bars["paper_value"].where(ours)
    axes.plot(centres, paper, linestyle="none", marker="_", markersize=9, color="black")


def _mark_profiles(
    axes: Axes, bars: pd.DataFrame, centres: np.ndarray, tops: np.ndarray
) -> None:
    """A hash above the bars of methods that use evolutionary profiles."""
    highest = np.fmax(tops, bars["paper_value"].to_numpy(dtype=float))
    for centre, top, uses_profiles in zip(
        centres, highest, bars["uses_profiles"], strict=True
    ):
        if uses_profiles is True and np.isfinite(top):
            axes.annotate(
                "#", (centre, top), (0, 3), textcoords="offset points", ha="center"
            )


def _explain(figure: Figure, axes: Axes, numbers: pd.DataFrame) -> None:
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="outside right upper",
        frameon=False,
        title="★ SeqVec embeddings alone",
    )
    add_caption(
        figure,
        "Bars: our numbers; grey: quoted by the paper; dotted: not run here, the "
        "paper's value. Dash: the paper's value. # uses evolutionary profiles.",
        bool((numbers["verdict"] == NOT_COMPARABLE).any()),
    )
