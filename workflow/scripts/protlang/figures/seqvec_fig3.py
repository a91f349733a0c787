"""SeqVec, Figure 3: amino acids, and SCOPe's domains by class, enzyme and kingdom.

A: the 20 standard amino acids (perplexity 5); the paper removed O, U, Z and B and does
not show X. B to D: one projection of SCOPe's domains (perplexity 30), each panel
without the domains that lack what it is coloured by.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from protlang.alphabet import AMINO_ACIDS
from protlang.datasets.scope import read_annotations
from protlang.errors import ProtlangError
from protlang.evaluation.places import read_places
from protlang.experiments.projections import PERPLEXITIES
from protlang.figures.output import PALETTE, save_figure
from protlang.figures.projections import (
    BLACK,
    add_legend,
    draw_points,
    frame,
    labelled_places,
    moved_apart,
)
from protlang.tables.inputs import Inputs

AMINO_ACID_CLASSES = {
    **dict.fromkeys("HKR", "positive"),
    **dict.fromkeys("DE", "negative"),
    **dict.fromkeys("NQST", "polar"),
    **dict.fromkeys("AILMV", "aliphatic"),
    **dict.fromkeys("FWY", "aromatic"),
    **dict.fromkeys("CGP", "special"),
}
"""Biophysical class of each; aromatic and aliphatic ones as the paper names them."""

SIZES = {
    **dict.fromkeys(AMINO_ACIDS, "medium"),
    **dict.fromkeys("ACGPST", "small"),
    **dict.fromkeys("FHRWY", "large"),
}
"""Of the side chains; small and large ones as the paper names them."""

_DIAMETERS = {"small": 14.5, "medium": 18.5, "large": 23.0}
"""Of the discs, in points."""

_PANEL_POINTS = 280.0
"""Width of what a panel shows, in points, or a little less."""

AMINO_ACID_COLOURS = {
    "positive": PALETTE[0],
    "negative": PALETTE[1],
    "polar": PALETTE[5],
    "aliphatic": PALETTE[4],
    "aromatic": PALETTE[2],
    "special": PALETTE[3],
}

CLASS_COLOURS = {
    "All alpha": PALETTE[1],
    "All beta": PALETTE[0],
    "Alpha/beta": PALETTE[2],
    "Alpha+beta": PALETTE[5],
    "Multi-domain": BLACK,
    "Membrane": PALETTE[3],
    "Small": PALETTE[4],
}

ENZYME_COLOURS = {
    "Oxidoreductases": PALETTE[1],
    "Transferases": PALETTE[0],
    "Hydrolases": PALETTE[4],
    "Lyases": PALETTE[2],
    "Isomerases": PALETTE[3],
    "Ligases": PALETTE[5],
    "Translocases": BLACK,
}

KINGDOM_COLOURS = {
    "Archaea": BLACK,
    "Bacteria": PALETTE[2],
    "Eukaryota": PALETTE[0],
    "Viruses": PALETTE[4],
}

_DOMAIN_PANELS = {
    "B": ("class", "class", "B  SCOPe class", CLASS_COLOURS),
    "C": ("ec", "E.C. class", "C  Enzymes, E.C. class", ENZYME_COLOURS),
    "D": ("kingdom", "kingdom", "D  Kingdom of life, viruses", KINGDOM_COLOURS),
}
"""Column of the annotations, name in messages, title and colours of each panel."""


def make(inputs: Inputs, stem: Path) -> None:
    """Draw the figure of a run.

    Args:
        inputs: files `amino_acids` and `domains`, their places, and `annotations` of
            the domains; the parameters `encoder`, whose vectors are shown, and
            `simulated`.
        stem: path without ending.
    """
    numbers = plotted_numbers(
        read_places(inputs.path("amino_acids")),
        read_places(inputs.path("domains")),
        read_annotations(inputs.path("annotations")),
    )
    draw(numbers, stem, inputs.params["encoder"], inputs.params["simulated"])


def plotted_numbers(
    amino_acids: pd.DataFrame, domains: pd.DataFrame, annotations: pd.DataFrame
) -> pd.DataFrame:
    """What is drawn, a row per point and panel.

    Args:
        amino_acids: places `id, x, y` of letters; others than the 20 are left out.
        domains: places of SCOPe's domains.
        annotations: `id, class, ec, kingdom`, empty where a domain has none.

    Returns:
        Columns `panel, id, x, y, label`.

    Raises:
        ProtlangError: if an amino acid is missing, or a panel would be empty.
    """
    missing = sorted(set(AMINO_ACIDS) - set(amino_acids["id"]))
    if missing:
        raise ProtlangError(
            f"panel A: the amino acids {', '.join(missing)} were not projected; "
            "project all 20"
        )
    panels = [labelled_places(amino_acids, AMINO_ACID_CLASSES, "A", "class")]
    for panel, (column, what, _, _) in _DOMAIN_PANELS.items():
        labels = dict(zip(annotations["id"], annotations[column], strict=True))
        panels.append(labelled_places(domains, labels, panel, what))
    return pd.concat(panels, ignore_index=True)


def draw(numbers: pd.DataFrame, stem: Path, encoder: str, simulated: bool) -> None:
    """Draw the four panels and write `<stem>.svg`, `.png` and `.csv`.

    Args:
        numbers: as made by `plotted_numbers`.
        stem: path without ending.
        encoder: whose vectors are shown.
        simulated: whether the proteins are simulated.
    """
    figure = Figure(figsize=(9.6, 11.6), layout="constrained")
    grid = figure.subplots(4, 2, height_ratios=[10, 1.7, 10, 1.7])
    panels = dict(zip("ABCD", grid[::2].flat, strict=True))
    legends = dict(zip("ABCD", grid[1::2].flat, strict=True))
    amino_acids = numbers[numbers["panel"] == "A"]
    _draw_amino_acids(panels["A"], amino_acids)
    add_legend(legends["A"], amino_acids, AMINO_ACID_COLOURS, columns=3)
    projected = numbers[numbers["panel"] != "A"]
    for panel, (_, _, title, colours) in _DOMAIN_PANELS.items():
        points = numbers[numbers["panel"] == panel]
        draw_points(panels[panel], points, projected, colours, title)
        columns = 2 if panel == "D" else 3
        add_legend(legends[panel], points, colours, columns)
    caption = (
        f"t-SNE of vectors of {encoder}, cosine distance; perplexity "
        f"{PERPLEXITIES['amino_acids']} (A) and {PERPLEXITIES['domains']} (B to D, one "
        "projection). A: letters are moved apart where they would overlap; lines lead "
        "to their places. B to D: without domains that lack the annotation; in "
        "brackets: domains shown."
    )
    save_figure(figure, numbers, stem, caption, simulated)


def _draw_amino_acids(axes: Axes, points: pd.DataFrame) -> None:
    """Letters on discs: the colour is the class, the area the side chain's size."""
    diameters = np.array([_DIAMETERS[SIZES[letter]] for letter in points["id"]])
    places = points[["x", "y"]].to_numpy()
    unit = np.ptp(places, axis=0).max() / _PANEL_POINTS
    centres = moved_apart(places, diameters * unit)
    for place, centre in zip(places, centres, strict=True):
        axes.plot(*zip(place, centre, strict=True), color="#7d7d7d", linewidth=0.8)
    # Small discs last: none of them can be hidden altogether.
    order = np.argsort(-diameters, kind="stable")
    axes.scatter(
        centres[order, 0],
        centres[order, 1],
        s=diameters[order] ** 2,
        c=[AMINO_ACID_COLOURS[label] for label in points["label"].iloc[order]],
        linewidths=0.8,
        edgecolors="white",
        zorder=2,
    )
    for letter, centre in zip(points["id"], centres, strict=True):
        axes.annotate(
            letter, centre, ha="center", va="center", fontweight="bold", color="white"
        )
    drawn = pd.DataFrame(np.vstack([places, centres]), columns=["x", "y"])
    frame(axes, drawn, "A  Amino acids", margin=0.07)
    _explain_sizes(axes)


def _explain_sizes(axes: Axes) -> None:
    handles = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker="o",
            markersize=diameter,
            color="#b9b9b9",
            label=size,
        )
        for size, diameter in _DIAMETERS.items()
    ]
    axes.legend(
        handles=handles,
        loc="best",
        title="side chain",
        fontsize=8,
        title_fontsize=8,
        labelspacing=1.2,
        borderpad=0.8,
        handletextpad=1.4,
    )
