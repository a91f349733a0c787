"""SeqVec, Figure S1: perplexity while the language model is trained."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from protlang.figures.output import PALETTE, plain, save_figure
from protlang.tables.inputs import Inputs

PRINTED_PERPLEXITY = 10.5
"""Where SeqVec's training converged (Results, "Modeling protein sequences")."""


def make(inputs: Inputs, stem: Path) -> None:
    """Draw the figure of a run.

    Args:
        inputs: files `metrics` (`.../<encoder>/metrics.jsonl`); the parameter
            `simulated`.
        stem: path without ending.
    """
    numbers = plotted_numbers(list(inputs.folders("metrics")))
    draw(numbers, stem, inputs.params["simulated"])


def plotted_numbers(folders: Sequence[Path]) -> pd.DataFrame:
    """Perplexities in training, and held-out ones at the end, of several encoders.

    Args:
        folders: of encoders, with `metrics.jsonl` and `summary.json`.

    Returns:
        Columns `encoder, proteins, step, tokens, perplexity`; `proteins` is `training`
        or `held out`.
    """
    parts = []
    for folder in folders:
        training = pd.read_json(folder / "metrics.jsonl", lines=True)
        training = training[["step", "tokens", "perplexity"]]
        parts.append(training.assign(encoder=folder.name, proteins="training"))
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        if "held_out_perplexity" in summary:
            last = training.tail(1).assign(perplexity=summary["held_out_perplexity"])
            parts.append(last.assign(encoder=folder.name, proteins="held out"))
    columns = ["encoder", "proteins", "step", "tokens", "perplexity"]
    return pd.concat(parts, ignore_index=True)[columns]


def draw(numbers: pd.DataFrame, stem: Path, simulated: bool) -> None:
    """Draw the curves and write `<stem>.svg`, `.png` and `.csv`.

    Args:
        numbers: as made by `plotted_numbers`.
        stem: path without ending.
        simulated: whether the corpora are simulated.
    """
    figure = Figure(figsize=(8, 4.8), layout="constrained")
    axes = figure.subplots()
    for place, (encoder, curve) in enumerate(numbers.groupby("encoder", sort=False)):
        _draw_encoder(axes, str(encoder), curve, PALETTE[place % len(PALETTE)])
    axes.axhline(PRINTED_PERPLEXITY, color="black", linestyle=":", linewidth=1)
    axes.annotate(
        "SeqVec on UniRef50, as printed (10.5)",
        (1, PRINTED_PERPLEXITY),
        (0, 4),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        fontsize=8,
    )
    axes.set_xlabel("Residues read")
    axes.set_ylabel("Perplexity per residue")
    plain(axes)
    axes.legend(frameon=False)
    caption = "Lines: in training, with dropout. Dots: held-out proteins, at the end."
    save_figure(figure, numbers, stem, caption, simulated)


def _draw_encoder(axes: Axes, encoder: str, curve: pd.DataFrame, colour: str) -> None:
    for proteins, part in curve.groupby("proteins", sort=False):
        held_out = proteins == "held out"
        axes.plot(
            part["tokens"],
            part["perplexity"],
            color=colour,
            linestyle="none" if held_out else "-",
            marker="o" if held_out else None,
            label=f"{encoder}, held out" if held_out else encoder,
        )
