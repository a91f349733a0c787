"""Coloured points on a plane, as in all figures of projections."""

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from protlang.errors import ProtlangError

BLACK = "#1A1A1A"

MUTED = {
    "indigo": "#332288",
    "cyan": "#88CCEE",
    "teal": "#44AA99",
    "green": "#117733",
    "olive": "#999933",
    "sand": "#DDCC77",
    "rose": "#CC6677",
    "wine": "#882255",
    "purple": "#AA4499",
}
"""Paul Tol's nine muted colours, which colour-blind readers can distinguish."""

_SMALLEST, _LARGEST = 1.2, 22.0
"""Of a point, in square points."""

_INK = 28_000.0
"""What all points of a projection cover together, in square points."""

_DRAWING_SEED = 1

_PUSHES = 2000
"""At most so many, to move discs apart."""


def labelled_places(
    places: pd.DataFrame, labels: Mapping[str, str], panel: str, what: str
) -> pd.DataFrame:
    """The points that a panel shows: those with a label.

    Args:
        places: `id, x, y`.
        labels: by id; points whose label is missing or empty are left out.
        panel: its letter.
        what: is shown, for messages.

    Returns:
        Columns `panel, id, x, y, label`.

    Raises:
        ProtlangError: if no point has a label.
    """
    found = places["id"].map(labels.get)
    shown = places[found.notna() & (found != "")]
    if shown.empty:
        raise ProtlangError(
            f"panel {panel}: none of the {len(places)} projected points has a {what}; "
            "are the labels those of the projected proteins?"
        )
    points = shown.assign(panel=panel, label=found[shown.index])
    return points[["panel", "id", "x", "y", "label"]].reset_index(drop=True)


def draw_points(
    axes: Axes,
    points: pd.DataFrame,
    places: pd.DataFrame,
    colours: Mapping[str, str],
    title: str,
) -> None:
    """Draw a panel's points in random order, so that no group hides the others.

    Points are pixels in the SVG too, which thousands of circles would make too large.
    All panels of one projection have the same limits and points of the same size.

    Args:
        axes: to draw into.
        points: `x, y, label` of the panel.
        places: `x, y` of all panels of this projection.
        colours: of the labels.
        title: above the panel, at its left.
    """
    order = np.random.default_rng(_DRAWING_SEED).permutation(len(points))
    shuffled = points.iloc[order]
    largest = len(places[["x", "y"]].drop_duplicates())
    axes.scatter(
        shuffled["x"],
        shuffled["y"],
        s=float(np.clip(_INK / largest, _SMALLEST, _LARGEST)),
        c=[colours[label] for label in shuffled["label"]],
        linewidths=0,
        rasterized=True,
    )
    frame(axes, places, title)


def frame(axes: Axes, places: pd.DataFrame, title: str, margin: float = 0.04) -> None:
    """A square frame without numbers, as places of a projection have no unit.

    Args:
        axes: of the panel.
        places: `x, y`, all of which are to fit.
        title: above the panel, at its left.
        margin: between points and frame, as a share of the places' extent.
    """
    low, high = places[["x", "y"]].min(), places[["x", "y"]].max()
    middle, half = (low + high) / 2, (high - low).max() * (0.5 + margin) or 1.0
    axes.set_xlim(middle["x"] - half, middle["x"] + half)
    axes.set_ylim(middle["y"] - half, middle["y"] + half)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color("#b9b9b9")
    axes.set_title(title, loc="left", fontweight="bold", fontsize=11)


def moved_apart(places: np.ndarray, diameters: np.ndarray) -> np.ndarray:
    """Centres of discs near the given places, with hardly any overlap.

    Overlapping discs push each other apart, over and over.

    Args:
        places: (discs, 2).
        diameters: (discs,), in the same unit.

    Returns:
        (discs, 2); places without a disc nearby are unchanged.
    """
    count = len(places)
    turns = 2 * np.pi * np.arange(count) / count
    # Places that are the same have no direction; these give each one of its own.
    centres = places + 1e-6 * np.column_stack([np.cos(turns), np.sin(turns)])
    wanted = (diameters[:, None] + diameters) / 2
    np.fill_diagonal(wanted, 0)
    for _ in range(_PUSHES):
        apart = centres[:, None] - centres
        distance = np.hypot(apart[..., 0], apart[..., 1])
        lacking = np.maximum(wanted - distance, 0)
        if not lacking.any():
            break
        direction = apart / np.maximum(distance, 1e-12)[..., None]
        centres = centres + 0.25 * (lacking[..., None] * direction).sum(axis=1)
    return np.where(np.abs(centres - places) < 1e-5, places, centres)


def add_legend(
    axes: Axes,
    points: pd.DataFrame,
    colours: Mapping[str, str],
    columns: int,
) -> None:
    """Name the groups of a panel, with the number of points in each.

    Args:
        axes: empty ones that the legend fills; outside of a panel's own, layouts do not
            always make room.
        points: of the panel, with `label`.
        colours: of the labels, in the legend's order.
        columns: of the legend.
    """
    axes.set_axis_off()
    counts = points["label"].value_counts()
    handles = [
        _handle(colour, f"{label} ({counts[label]:,})")
        for label, colour in colours.items()
        if label in counts
    ]
    axes.legend(
        handles=handles,
        loc="upper center",
        ncols=columns,
        frameon=False,
        fontsize=8.5,
        handletextpad=0.2,
        columnspacing=1.0,
    )


def _handle(colour: str, label: str) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="none",
        marker="o",
        markersize=6,
        color=colour,
        label=textwrap.shorten(label, 40),
    )
