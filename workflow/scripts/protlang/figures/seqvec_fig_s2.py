"""SeqVec, Figure S2: confusion matrices.

The supplement that prints it is not available. By the text it holds the confusion
matrices of secondary structure (three and eight states) and of membrane-bound proteins;
those of localization are added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from protlang.alphabet import LOCATIONS
from protlang.figures.output import save_figure
from protlang.tables.grid import NOT_PRINTED
from protlang.tables.inputs import Inputs

_COLOURS = "Blues"
"""One hue from light to dark, which also prints well in grey."""

_DARK = 70
"""Percent above which the numbers in a cell are white."""

_INCHES_PER_CLASS = 0.62


@dataclass(frozen=True)
class Panel:
    """One confusion matrix.

    Attributes:
        title: above it.
        counted: what is counted, and the column of the counts.
        names: of the classes, in the order in which they are drawn.
    """

    title: str
    counted: str
    names: Mapping[str, str]


PANELS: Mapping[str, Panel] = {
    "q3": Panel(
        "A  Secondary structure in three states",
        "residues",
        {"H": "helix", "E": "strand", "C": "other"},
    ),
    "q8": Panel(
        "B  Secondary structure in eight states",
        "residues",
        {
            "G": "3-10 helix (G)",
            "H": "alpha helix (H)",
            "I": "pi helix (I)",
            "B": "bridge (B)",
            "E": "strand (E)",
            "S": "bend (S)",
            "T": "turn (T)",
            "C": "coil (C)",
        },
    ),
    "membrane": Panel(
        "C  Membrane-bound or soluble",
        "proteins",
        {"S": "soluble", "M": "membrane"},
    ),
    "location": Panel(
        "D  Localization",
        "proteins",
        {name: name.replace(".", " ") for name in LOCATIONS},
    ),
}
"""By label; two of them side by side."""


def make(inputs: Inputs, stem: Path) -> None:
    """Draw the figure of a run.

    Args:
        inputs: files `confusions`, of residues and of proteins; the parameters `data`,
            method and test set by label, and `simulated`.
        stem: path without ending.
    """
    # No name of a class may become a missing value.
    confusions = [
        pd.read_csv(path, keep_default_na=False) for path in inputs.paths("confusions")
    ]
    numbers = plotted_numbers(confusions)
    draw(numbers, inputs.params["data"], stem, inputs.params["simulated"])


def plotted_numbers(confusions: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """What is drawn, one row per cell.

    Args:
        confusions: as made by `protlang.evaluation.per_residue.confusion_table` or
            `protlang.evaluation.per_protein.confusion_table`. Labels without a panel
            are ignored.

    Returns:
        Columns `label, true, predicted, count, share`: the mean count over seeds, and
        how many percent of the true class it is (NaN if there is none of that class).
    """
    parts = [
        _averaged(table.rename(columns={PANELS[str(label)].counted: "count"}))
        for confusion in confusions
        for label, table in confusion.groupby("label", sort=False)
        if label in PANELS
    ]
    return pd.concat(parts, ignore_index=True)


def draw(
    numbers: pd.DataFrame, data: Mapping[str, str], stem: Path, simulated: bool
) -> None:
    """Draw the panels of which there are numbers; write `<stem>.svg`, `.png`, `.csv`.

    Args:
        numbers: as made by `plotted_numbers`.
        data: by label, the method and the test set behind the numbers.
        stem: path without ending.
        simulated: whether the data are simulated.
    """
    labels = [label for label in PANELS if label in set(numbers["label"])]
    rows = [labels[start : start + 2] for start in range(0, len(labels), 2)]
    heights = [max(_classes(label) for label in row) + 2.5 for row in rows]
    figure = Figure(
        figsize=(13, 1 + _INCHES_PER_CLASS * sum(heights)), layout="constrained"
    )
    parts = figure.subfigures(len(rows), height_ratios=heights, squeeze=False)[:, 0]
    for part, row in zip(parts, rows, strict=True):
        widths = [_classes(label) + 2.5 for label in row]
        grid = part.subplots(1, len(row), width_ratios=widths, squeeze=False)[0]
        for axes, label in zip(grid, row, strict=True):
            _draw_panel(axes, label, numbers[numbers["label"] == label], data[label])
    caption = (
        "Each row is a true class and adds up to 100 %: colour and upper number are "
        "percent, the lower number counts residues (A, B) or proteins (C, D), and so "
        "does the number below the name of a class; means over all training seeds."
    )
    save_figure(figure, numbers, stem, caption, simulated)


def _averaged(table: pd.DataFrame) -> pd.DataFrame:
    """Mean counts over seeds and their percentages of the true class."""
    cells = table.groupby(["label", "true", "predicted"], sort=False)["count"].mean()
    averaged = cells.reset_index()
    totals = averaged.groupby("true")["count"].transform("sum")
    averaged["share"] = 100 * averaged["count"] / totals.where(totals > 0)
    return averaged


def _classes(label: str) -> int:
    return len(PANELS[label].names)


def _draw_panel(axes: Axes, label: str, numbers: pd.DataFrame, data: str) -> None:
    names = PANELS[label].names
    matrices = {
        column: numbers.pivot_table(
            index="true", columns="predicted", values=column, dropna=False
        ).reindex(index=list(names), columns=list(names))
        for column in ("share", "count")
    }
    shares, counts = (matrix.to_numpy(dtype=float) for matrix in matrices.values())
    axes.imshow(shares, cmap=_COLOURS, vmin=0, vmax=100)
    for (row, column), share in np.ndenumerate(shares):
        _write_cell(axes, row, column, float(share), float(counts[row, column]))
    places = range(len(names))
    totals = counts.sum(axis=1)
    axes.set_xticks(
        places,
        list(names.values()),
        rotation=40,
        ha="right",
        rotation_mode="anchor",
    )
    axes.set_yticks(
        places,
        [
            f"{name}\n{total:,.0f}"
            for name, total in zip(names.values(), totals, strict=True)
        ],
    )
    axes.tick_params(length=0)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.set_anchor("N")
    axes.set_title(f"{PANELS[label].title}\n{data}", loc="left", fontsize=10)


def _write_cell(axes: Axes, row: int, column: int, share: float, count: float) -> None:
    text = NOT_PRINTED if np.isnan(share) else f"{share:.0f}\n{count:,.0f}"
    axes.text(
        column,
        row,
        text,
        ha="center",
        va="center",
        fontsize=7.5,
        color="white" if share > _DARK else "black",
        in_layout=False,
    )
