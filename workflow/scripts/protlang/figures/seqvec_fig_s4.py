"""SeqVec, Figure S4: two methods, protein by protein.

The supplement that prints it is not available. By the text it compares DeepSeqVec with
NetSurfP-2.0 on CB513, where the former is better for 12 % of the proteins. Predictions
of NetSurfP-2.0 are not available either, so another predictor takes its place.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from protlang.evaluation.per_residue import read_protein_values
from protlang.evaluation.statistics import paired_bootstrap_of_means
from protlang.figures.output import NEUTRAL, PALETTE, plain, save_figure
from protlang.tables.comparisons import paired_values
from protlang.tables.inputs import Inputs

PRINTED_SHARE = 12
"""Percent of CB513 that DeepSeqVec predicts better than NetSurfP-2.0 (Discussion)."""

METRIC = "Q3"

_BINS = (0.5, 1, 2, 5)
"""Widths of the histogram's bars to choose from, in percentage points."""

_MOST_BINS = 20
"""On either side of zero."""

_DECIMALS = 9
"""Means over seeds may differ in later digits where the methods are equally good."""


@dataclass(frozen=True)
class Names:
    """What the figure calls things.

    Attributes:
        method: on the y axis.
        reference: on the x axis.
        test_set: whose proteins are the dots.
    """

    method: str
    reference: str
    test_set: str


@dataclass(frozen=True)
class Shares:
    """Percent of the proteins that are above, on and below the diagonal.

    Attributes:
        better: the method predicts them better.
        equal: both predict them equally well.
        worse: the reference predicts them better.
    """

    better: float
    equal: float
    worse: float


def make(inputs: Inputs, stem: Path) -> None:
    """Draw the figure of a run.

    Args:
        inputs: files `method` and `reference`, per-protein values; the parameters
            `names`, fields of `Names`, and `simulated`.
        stem: path without ending.
    """
    numbers = plotted_numbers(
        *(read_protein_values(inputs.path(kind)) for kind in ("method", "reference"))
    )
    draw(numbers, Names(**inputs.params["names"]), stem, inputs.params["simulated"])


def plotted_numbers(method: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """What is drawn, one row per protein.

    Args:
        method: its per-protein values (`evaluation.per_residue.protein_values`).
        reference: those of the other one, on the same proteins.

    Returns:
        Columns `id, method, reference, difference` (method minus reference), percent.

    Raises:
        ProtlangError: if the two are not of the same proteins.
    """
    both = paired_values(reference, method, METRIC)
    both = both.rename(columns={"first": "reference", "second": "method"})
    both["difference"] = (both["method"] - both["reference"]).round(_DECIMALS)
    return both.reset_index()[["id", "method", "reference", "difference"]]


def shares(numbers: pd.DataFrame) -> Shares:
    """How many percent of the proteins either method predicts better.

    Args:
        numbers: as made by `plotted_numbers`, of at least one protein.
    """
    signs = np.sign(numbers["difference"].to_numpy())
    better, equal, worse = (float(100 * (signs == sign).mean()) for sign in (1, 0, -1))
    return Shares(better, equal, worse)


def draw(numbers: pd.DataFrame, names: Names, stem: Path, simulated: bool) -> None:
    """Draw the scatter plot and the histogram; write `<stem>.svg`, `.png`, `.csv`.

    Args:
        numbers: as made by `plotted_numbers`, of at least one protein.
        names: of what is compared.
        stem: path without ending.
        simulated: whether any input is simulated.
    """
    figure = Figure(figsize=(11, 6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1.1, 1])
    _draw_proteins(left, numbers, names)
    _draw_differences(right, numbers, names)
    save_figure(figure, numbers, stem, _caption(numbers, names), simulated)


def _draw_proteins(axes: Axes, numbers: pd.DataFrame, names: Names) -> None:
    """One dot per protein, and the diagonal on which both methods are equal."""
    values = numbers[["method", "reference"]].to_numpy()
    lowest, highest = 5 * np.floor(values.min() / 5) - 2, 102
    axes.axline((0, 0), slope=1, color=NEUTRAL[2], linewidth=1, zorder=1)
    axes.scatter(
        numbers["reference"],
        numbers["method"],
        s=14,
        alpha=0.5,
        color=PALETTE[0],
        linewidths=0,
    )
    axes.set(xlim=(lowest, highest), ylim=(lowest, highest), aspect="equal")
    axes.set_xlabel(f"Q3 of {names.reference} (%)")
    axes.set_ylabel(f"Q3 of {names.method} (%)")
    axes.set_title(f"Proteins of {names.test_set}", loc="left", fontweight="bold")
    share = shares(numbers)
    for x, y, side, text in (
        (0.03, 0.97, "left", f"{names.method} better:\n{share.better:.0f} %"),
        (0.97, 0.03, "right", f"{names.reference} better:\n{share.worse:.0f} %"),
    ):
        axes.text(
            x,
            y,
            text,
            ha=side,
            va="top" if side == "left" else "bottom",
            transform=axes.transAxes,
        )
    plain(axes)


def _draw_differences(axes: Axes, numbers: pd.DataFrame, names: Names) -> None:
    """How the differences are distributed, coloured by who is better."""
    differences = numbers["difference"].to_numpy()
    signs = np.sign(differences)
    axes.hist(
        [differences[signs == sign] for sign in (-1, 0, 1)],
        bins=histogram_edges(differences).tolist(),
        stacked=True,
        color=[NEUTRAL[3], NEUTRAL[0], PALETTE[0]],
        label=[f"{names.reference} better", "equal", f"{names.method} better"],
    )
    axes.axvline(0, color="black", linewidth=1)
    axes.axvline(
        differences.mean(), color="black", linewidth=1, linestyle="--", label="mean"
    )
    axes.set_xlabel(f"Q3 of {names.method} minus {names.reference} (points)")
    axes.set_ylabel("Proteins")
    axes.set_title("Differences", loc="left", fontweight="bold")
    axes.legend(frameon=False)
    plain(axes)


def histogram_edges(differences: np.ndarray) -> np.ndarray:
    """Edges of bins of equal width, the middle one around zero."""
    reach = np.abs(differences).max()
    width = next(width for width in _BINS if reach <= width * _MOST_BINS)
    beside = np.ceil(reach / width - 0.5)
    return np.asarray(width * (np.arange(-beside, beside + 2) - 0.5))


def _caption(numbers: pd.DataFrame, names: Names) -> str:
    share = shares(numbers)
    found = paired_bootstrap_of_means(
        numbers["reference"].to_numpy(), numbers["method"].to_numpy()
    )
    return (
        f"{names.method} is better than {names.reference} for {share.better:.1f} % of "
        f"the {len(numbers):,} proteins of {names.test_set}, worse for "
        f"{share.worse:.1f} % and equal for {share.equal:.1f} %. Mean difference "
        f"{found.value:+.1f} points (95 % interval {found.low:+.1f} to "
        f"{found.high:+.1f}, paired bootstrap, p = {found.p_value:.2g}). The paper "
        f"compares with NetSurfP-2.0: there DeepSeqVec is better for {PRINTED_SHARE} % "
        "of CB513."
    )
