"""SeqVec, Figure 2: DeepLoc's proteins on a plane, before and after training.

Upper row: mean vectors of the encoder (perplexity 20); lower row: the trained network's
32 hidden features (perplexity 15). Left: coloured by location; right: by
membrane-bound or soluble, without the proteins for which that is unknown.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from protlang.alphabet import LOCATIONS
from protlang.datasets.splits import read_split
from protlang.evaluation.places import read_places
from protlang.experiments.projections import PERPLEXITIES
from protlang.figures.output import PALETTE, save_figure
from protlang.figures.projections import (
    BLACK,
    MUTED,
    add_legend,
    draw_points,
    labelled_places,
)
from protlang.tables.inputs import Inputs

_LOCATION_NAMES = {name: name.replace(".", " ") for name in LOCATIONS}

LOCATION_COLOURS = {
    "Cell membrane": MUTED["rose"],
    "Cytoplasm": MUTED["cyan"],
    "Endoplasmic reticulum": MUTED["sand"],
    "Golgi apparatus": MUTED["olive"],
    "Lysosome/Vacuole": MUTED["green"],
    "Mitochondrion": MUTED["wine"],
    "Nucleus": MUTED["indigo"],
    "Peroxisome": MUTED["teal"],
    "Plastid": MUTED["purple"],
    "Extracellular": BLACK,
}
"""Colours that are similar to some readers belong to rare locations."""

MEMBRANE_NAMES = {"M": "Membrane-bound", "S": "Soluble"}

MEMBRANE_COLOURS = {"Membrane-bound": PALETTE[1], "Soluble": PALETTE[0]}

_TITLES = {
    "A": "A  {encoder}, by location",
    "B": "B  {encoder}, membrane-bound or soluble",
    "C": "C  {network}, by location",
    "D": "D  {network}, membrane-bound or soluble",
}


def make(inputs: Inputs, stem: Path) -> None:
    """Draw the figure of a run.

    Args:
        inputs: files `raw` and `hidden`, places of the proteins, and `proteins`, their
            split; the parameters `encoder` and `network`, names of what is shown, and
            `simulated`.
        stem: path without ending.
    """
    proteins = read_split(inputs.path("proteins")).proteins
    numbers = plotted_numbers(
        read_places(inputs.path("raw")),
        read_places(inputs.path("hidden")),
        {protein.id: protein.classes["location"] for protein in proteins},
        {protein.id: protein.classes["membrane"] for protein in proteins},
    )
    encoder, network = inputs.params["encoder"], inputs.params["network"]
    draw(numbers, stem, encoder, network, inputs.params["simulated"])


def plotted_numbers(
    raw: pd.DataFrame,
    hidden: pd.DataFrame,
    locations: Mapping[str, str],
    membranes: Mapping[str, str],
) -> pd.DataFrame:
    """What is drawn, a row per point and panel.

    Args:
        raw: places `id, x, y` of the encoder's mean vectors.
        hidden: places of the trained network's hidden vectors.
        locations: by id, one of `alphabet.LOCATIONS`; others are left out.
        membranes: by id, `M` or `S`; others (`U`) are left out.

    Returns:
        Columns `panel, id, x, y, label`.

    Raises:
        ProtlangError: if no projected protein has a location, or none a membrane state.
    """
    located = _renamed(locations, _LOCATION_NAMES)
    bound = _renamed(membranes, MEMBRANE_NAMES)
    panels = [
        labelled_places(raw, located, "A", "location"),
        labelled_places(raw, bound, "B", "membrane state"),
        labelled_places(hidden, located, "C", "location"),
        labelled_places(hidden, bound, "D", "membrane state"),
    ]
    return pd.concat(panels, ignore_index=True)


def draw(
    numbers: pd.DataFrame, stem: Path, encoder: str, network: str, simulated: bool
) -> None:
    """Draw the four panels and write `<stem>.svg`, `.png` and `.csv`.

    Args:
        numbers: as made by `plotted_numbers`.
        stem: path without ending.
        encoder: name of what the upper row shows.
        network: name of what the lower row shows.
        simulated: whether the proteins are simulated.
    """
    figure = Figure(figsize=(9.4, 10.8), layout="constrained")
    grid = figure.subplots(3, 2, height_ratios=[10, 10, 2.4])
    legends = dict(zip("CD", grid[2], strict=True))
    for axes, (panel, title) in zip(grid[:2].flat, _TITLES.items(), strict=True):
        points = numbers[numbers["panel"] == panel]
        row = numbers[numbers["panel"].isin(["A", "B"] if panel < "C" else ["C", "D"])]
        colours = LOCATION_COLOURS if panel in "AC" else MEMBRANE_COLOURS
        heading = title.format(encoder=encoder, network=network)
        draw_points(axes, points, row, colours, heading)
        if panel in legends:
            add_legend(legends[panel], points, colours, columns=2)
    caption = (
        "t-SNE of the test proteins, cosine distance; perplexity "
        f"{PERPLEXITIES['raw']} above, "
        f"{PERPLEXITIES['hidden']} below. Legends hold for both rows. Right: without "
        "proteins for which it is unknown whether they are membrane-bound."
    )
    save_figure(figure, numbers, stem, caption, simulated)


def _renamed(labels: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {key: names[label] for key, label in labels.items() if label in names}
