"""How figures are stored: SVG and PNG with reproducible bytes, numbers beside them."""

import textwrap
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

from protlang.files import atomic_path
from protlang.tables.cells import write_csv
from protlang.tables.layout import SIMULATED_BANNER

PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
"""Okabe and Ito's colours, which colour-blind readers can distinguish."""

NEUTRAL = ["#5f5f5f", "#7d7d7d", "#9b9b9b", "#b9b9b9", "#d5d5d5"]
"""Greys for numbers that are not ours."""

_DOTS_PER_INCH = 150
_CHARACTERS_PER_INCH = 15
"""Of the caption."""


def plain(axes: Axes) -> None:
    """Leave out the frame above and at the right."""
    axes.spines[["top", "right"]].set_visible(False)


def bars(
    axes: Axes,
    centres: np.ndarray,
    heights: np.ndarray,
    errors: np.ndarray,
    width: float,
    colour: str,
    label: str,
) -> BarContainer:
    """Draw one method's bars with error bars; NaN draws neither.

    Args:
        axes: to draw into.
        centres: of the bars, (bars,).
        heights: (bars,).
        errors: lengths of the error bars, (bars,), or downwards and upwards, (2, bars).
        width: of a bar with the gap to the next method's.
        colour: of the bars.
        label: in the legend.
    """
    return axes.bar(
        centres,
        heights,
        width * 0.92,
        yerr=errors,
        color=colour,
        label=label,
        error_kw={"elinewidth": 1, "capsize": 2},
    )


def save_figure(
    figure: Figure, numbers: pd.DataFrame, stem: Path, caption: str, simulated: bool
) -> None:
    """Write `<stem>.svg`, `<stem>.png` and the plotted numbers as `<stem>.csv`.

    Element ids of the SVG come from a fixed salt and no file holds a date, so drawing
    the same numbers again gives the same bytes.

    Args:
        figure: with the constrained layout, which makes room for the caption.
        numbers: that are drawn.
        stem: path without ending.
        caption: remarks below the figure, wrapped to its width.
        simulated: whether to state that the data are simulated.
    """
    paragraphs = [caption, SIMULATED_BANNER] if simulated else [caption]
    width = int(figure.get_figwidth() * _CHARACTERS_PER_INCH)
    lines = [textwrap.fill(paragraph, width) for paragraph in paragraphs]
    figure.supxlabel("\n".join(lines), fontsize=8, x=0.02, ha="left")
    with mpl.rc_context({"svg.hashsalt": "protlang"}):
        for ending in ("svg", "png"):
            metadata = {"Date": None} if ending == "svg" else {"Software": None}
            with atomic_path(stem.with_name(f"{stem.name}.{ending}")) as temporary:
                figure.savefig(temporary, dpi=_DOTS_PER_INCH, metadata=metadata)
    write_csv(numbers, stem.with_name(f"{stem.name}.csv"))
