"""How long a protein takes to embed by its length, beside SeqVec's times."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from protlang.figures.output import PALETTE, plain, save_figure
from protlang.tables.inputs import Inputs
from protlang.tables.seqvec_timings import TimedSet, read_timed_sets

PAPER = "SeqVec, GeForce GTX 1080 (as printed)"

PRINTED = {
    "NetSurfP-2.0": [(38, 0.003), (256, 0.027), (1578, 1.5)],
    "DeepLoc": [(67, 0.006), (558, 0.08), (9860, 14.5)],
}
"""Mean residues and seconds per protein of the shortest batch, the set, the longest.

Source: SeqVec, Results, "CPU/GPU time used".
"""


def make(inputs: Inputs, stem: Path) -> None:
    """Draw the figure of a run.

    Args:
        inputs: as of `protlang.tables.seqvec_timings.read_timed_sets`.
        stem: path without ending.
    """
    timed = read_timed_sets(inputs)
    draw(plotted_numbers(timed), stem, any(one.simulated for one in timed))


def plotted_numbers(timed: Sequence[TimedSet]) -> pd.DataFrame:
    """Ours and the paper's, columns `series, dataset, mean_length, seconds`."""
    ours = [
        (one.hardware, one.name, row.mean_length, row.seconds_per_protein)
        for one in timed
        for row in one.batches.groupby("batch").mean(numeric_only=True).itertuples()
    ]
    papers = [
        (PAPER, dataset, length, seconds)
        for dataset, points in PRINTED.items()
        for length, seconds in points
    ]
    columns = ["series", "dataset", "mean_length", "seconds"]
    return pd.DataFrame([*ours, *papers], columns=columns)


def draw(numbers: pd.DataFrame, stem: Path, simulated: bool) -> None:
    """Draw the times and write `<stem>.svg`, `.png` and `.csv`.

    Args:
        numbers: as made by `plotted_numbers`.
        stem: path without ending.
        simulated: whether the proteins are simulated.
    """
    figure = Figure(figsize=(8, 4.8), layout="constrained")
    axes = figure.subplots()
    series = numbers.groupby(["series", "dataset"], sort=False)
    for place, ((name, dataset), points) in enumerate(series):
        printed = name == PAPER
        axes.plot(
            points["mean_length"],
            points["seconds"],
            color="black" if printed else PALETTE[place % len(PALETTE)],
            marker="s" if dataset == "DeepLoc" else "o",
            markerfacecolor="none" if printed else None,
            linestyle=":" if printed else "-",
            label=f"{dataset}: {name}",
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("Mean length of a batch's proteins (residues)")
    axes.set_ylabel("Seconds per protein")
    plain(axes)
    axes.legend(frameon=False, fontsize=8)
    caption = (
        "Batches of similar lengths, from a set's shortest proteins to its longest. "
        "The paper's 1.5 s at 1,578 residues is probably a misprint of 0.15 s."
    )
    save_figure(figure, numbers, stem, caption, simulated)
