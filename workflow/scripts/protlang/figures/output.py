"""How figures are stored: SVG and PNG with reproducible bytes, numbers beside them."""

import textwrap
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from protlang.files import atomic_path
from protlang.tables.cells import write_csv
from protlang.tables.layout import SIMULATED_BANNER

PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
"""Okabe and Ito's colours, which colour-blind readers can tell apart."""

NEUTRAL = ["#5f5f5f", "#7d7d7d", "#9b9b9b", "#b9b9b9", "#d5d5d5"]
"""Greys for numbers that are not ours."""

_DOTS_PER_INCH = 150
_CHARACTERS_PER_INCH = 15
"""Of small print."""


def add_caption(figure: Figure, text: str, simulated: bool) -> None:
    """Write remarks below a figure, wrapped to its width.

    Args:
        figure: with the constrained layout, which makes room.
        text: remarks.
        simulated: whether to say that the data are simulated.
    """
    paragraphs = [text, SIMULATED_BANNER] if simulated else [text]
    width = int(figure.get_figwidth() * _CHARACTERS_PER_INCH)
    lines = [textwrap.fill(paragraph, width) for paragraph in paragraphs]
    figure.supxlabel("\n".join(lines), fontsize=8, x=0.02, ha="left")


def save_figure(figure: Figure, numbers: pd.DataFrame, stem: Path) -> None:
    """Write `<stem>.svg`, `<stem>.png` and the plotted numbers as `<stem>.csv`.

    Element ids of the SVG come from a fixed salt and no file holds a date, so drawing
    the same numbers again gives the same bytes.
    """
    with mpl.rc_context({"svg.hashsalt": "protlang"}):
        for ending in ("svg", "png"):
            metadata = {"Date": None} if ending == "svg" else {"Software": None}
            with atomic_path(stem.with_name(f"{stem.name}.{ending}")) as temporary:
                figure.savefig(temporary, dpi=_DOTS_PER_INCH, metadata=metadata)
    write_csv(numbers, stem.with_name(f"{stem.name}.csv"))
