"""PLUS, Figure 2: homology of short and of long pairs, on development pairs.

The paper does not name the measure of its bars, so both of its measures are drawn. A
pair is long if its domains have more than 512 residues together. PLUS-TFM-EXT reads
such pairs whole, PLUS-TFM truncates them.

Source: PLUS, Section 4.4.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from protlang.figures.output import PALETTE, bars, plain, save_figure
from protlang.homology.pair_sets import LONG, SHORT
from protlang.tables.inputs import Inputs
from protlang.tables.plus_scores import (
    DEVELOPMENT_PAIRS,
    HOMOLOGY,
    Place,
    ScoredModel,
    read_models,
)

MODELS = ("PLUS-RNN LARGE", "PLUS-TFM-EXT", "PLUS-TFM")
"""In the order of the paper's legend."""

PARTS: Mapping[str, str] = {"Short": SHORT, "Long": LONG}
"""Parts of the pairs, and the endings of their test sets' names."""

MEASURES: Mapping[str, str] = {"accuracy": "Accuracy", "Pearson r": "Pearson's r"}

_COLOURS: Mapping[str, str] = dict(
    zip(MODELS, (PALETTE[0], PALETTE[4], PALETTE[1]), strict=True)
)
_WIDTH = 0.26


def make(inputs: Inputs, stem: Path) -> None:
    """Draw the figure of a run.

    Args:
        inputs: as of `protlang.tables.plus_scores.read_models`; the parameter
            `simulated`.
        stem: path without ending.
    """
    draw(plotted_numbers(read_models(inputs)), stem, inputs.params["simulated"])


def plotted_numbers(models: Sequence[ScoredModel]) -> pd.DataFrame:
    """What is drawn, one row per bar.

    Args:
        models: on homology; those of other rows than `MODELS` are ignored.

    Returns:
        Columns `metric, pairs, row, value, low, high, n`; a bar without a score has NaN
        and `n` 0.
    """
    by_row = {model.row: model for model in models}
    rows = [
        {"metric": metric, "pairs": part, "row": row, **_bar(by_row.get(row), place)}
        for metric in MEASURES
        for part, ending in PARTS.items()
        for row in MODELS
        for place in [Place(HOMOLOGY, DEVELOPMENT_PAIRS + ending, metric)]
    ]
    return pd.DataFrame(rows)


def draw(numbers: pd.DataFrame, stem: Path, simulated: bool) -> None:
    """Draw both measures side by side and write `<stem>.svg`, `.png` and `.csv`.

    Args:
        numbers: as made by `plotted_numbers`.
        stem: path without ending.
        simulated: whether the domains are simulated.
    """
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    panels = figure.subplots(1, len(MEASURES))
    for axes, metric in zip(panels, MEASURES, strict=True):
        _draw_measure(axes, numbers[numbers["metric"] == metric])
        axes.set_title(MEASURES[metric], loc="left", fontweight="bold")
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper right", ncols=3, frameon=False)
    save_figure(figure, numbers, stem, _caption(numbers), simulated)


def _bar(model: ScoredModel | None, place: Place) -> dict[str, float]:
    score = model.score(place) if model else None
    if score is None:
        return {"value": np.nan, "low": np.nan, "high": np.nan, "n": 0}
    return {name: score[name] for name in ("value", "low", "high", "n")}


def _draw_measure(axes: Axes, numbers: pd.DataFrame) -> None:
    """A group of bars for each kind of pairs, with 95 % intervals."""
    parts = np.arange(len(PARTS))
    for place, row in enumerate(MODELS):
        model = numbers[numbers["row"] == row].set_index("pairs").loc[list(PARTS)]
        centres = parts + (place - 1) * _WIDTH
        values = model["value"].to_numpy(dtype=float)
        reach = np.abs(model[["low", "high"]].to_numpy(dtype=float).T - values)
        bars(axes, centres, values, reach, _WIDTH, _COLOURS[row], row)
        _write_values(axes, centres, model)
    axes.set_xticks(parts, [_named(numbers, part) for part in PARTS])
    # Of few pairs there may be a value and no interval.
    lowest = float(np.nanmin([0.0, *numbers["low"], *numbers["value"]]))
    axes.set_ylim(lowest * 1.1, 1.08)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_xlim(-0.5, len(PARTS) - 0.5)
    plain(axes)


def _write_values(axes: Axes, centres: np.ndarray, model: pd.DataFrame) -> None:
    """The number above each bar, or that there is none."""
    for centre, (_, bar) in zip(centres, model.iterrows(), strict=True):
        known = np.isfinite(bar["value"])
        top = np.nanmax([bar["value"], bar["high"], 0]) if known else 0
        text = f"{bar['value']:.3f}" if known else "no score"
        axes.annotate(
            text,
            (centre, top),
            (0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8,
            rotation=0 if known else 90,
        )


def _named(numbers: pd.DataFrame, part: str) -> str:
    """A kind of pairs and how many there are, of the models that have them."""
    counts = numbers.loc[numbers["pairs"] == part, "n"]
    return f"{part}\n{int(counts.max()):,} pairs"


def _caption(numbers: pd.DataFrame) -> str:
    missing = list(dict.fromkeys(numbers.loc[numbers["n"] == 0, "row"]))
    remark = f" Without a score: {', '.join(missing)}." if missing else ""
    return (
        "Development pairs of SCOPe 2.06. Long: both domains have more than 512 "
        "residues together. PLUS-TFM truncates such pairs, PLUS-TFM-EXT and PLUS-RNN "
        "read them whole. Thresholds of the accuracy come from all development pairs. "
        "Lines: 95 % intervals over resampled pairs. The paper prints neither its "
        f"values nor the measure.{remark}"
    )
