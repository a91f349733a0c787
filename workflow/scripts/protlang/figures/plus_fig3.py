"""PLUS, Figure 3: scores of pairs by their true level, for PLUS-RNN and NW-align.

Dots of a level spread sideways as far as scores are dense there, so that its shape is
seen even where dots lie on one another. A network's score is its expected level. An
alignment's is scaled linearly so that its scores span 0 to 4; the paper does not state
how it scaled them.

Source: PLUS, Section 4.5.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from protlang.figures.output import PALETTE, plain, save_figure
from protlang.homology.domains import LEVELS
from protlang.homology.measures import scaled_to_levels
from protlang.homology.scores import (
    PairScores,
    read_pair_scores,
    require_same_pairs,
)
from protlang.tables.inputs import Inputs

MOST_DOTS = 1_000
"""Drawn of a level."""

_REACH = 0.4
"""Of the dots of a level, to either side."""

_BINS = 40
_SMOOTHING = np.array([1.0, 2.0, 3.0, 2.0, 1.0])
_SEED = 0
_QUARTILES = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}


class Method(NamedTuple):
    """One panel.

    Attributes:
        name: above it.
        pairs: with its scores.
        scores_are_levels: whether scores need no scaling to levels, 0 to 4.
    """

    name: str
    pairs: PairScores
    scores_are_levels: bool


def make(inputs: Inputs, stem: Path) -> None:
    """Draw the figure of a run.

    Args:
        inputs: files `network` and `alignment`, scores of the same pairs; the
            parameters `network` and `alignment`, names of the methods, and
            `simulated`.
        stem: path without ending.
    """
    methods = [
        Method(
            inputs.params[kind],
            read_pair_scores(inputs.path(kind)),
            scores_are_levels=kind == "network",
        )
        for kind in ("network", "alignment")
    ]
    numbers = plotted_numbers(methods).assign(simulated=inputs.params["simulated"])
    draw(numbers, correlations_of(methods), stem)


def plotted_numbers(methods: Sequence[Method]) -> pd.DataFrame:
    """What is drawn, one row per method and dot.

    Of each level the same pairs are drawn for all methods, at most `MOST_DOTS`.

    Args:
        methods: with the same pairs.

    Returns:
        Columns `method, level, id_a, id_b, score`, as it was, `scaled_score`, 0 to 4,
        and of all pairs of the level their number `pairs` and the `lower_quartile`,
        `median` and `upper_quartile` of their scaled scores.

    Raises:
        ProtlangError: if the methods have not scored the same pairs.
    """
    require_same_pairs(*(method.pairs for method in methods))
    chosen = _chosen(methods[0].pairs.levels)
    return pd.concat([_dots(method, chosen) for method in methods], ignore_index=True)


def draw(numbers: pd.DataFrame, correlations: dict[str, float], stem: Path) -> None:
    """Draw one panel per method and write `<stem>.svg`, `.png` and `.csv`.

    Args:
        numbers: as made by `plotted_numbers`, with a column `simulated`.
        correlations: Pearson's r of scores and levels, of all pairs, by method.
        stem: path without ending.
    """
    names = list(dict.fromkeys(numbers["method"]))
    figure = Figure(figsize=(11, 5.4), layout="constrained")
    panels = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for number, (axes, name) in enumerate(zip(panels, names, strict=True)):
        colour = PALETTE[number % len(PALETTE)]
        _draw_method(axes, numbers[numbers["method"] == name], colour)
        title = f"{name}  (r = {correlations[name]:.2f})"
        axes.set_title(title, loc="left", fontweight="bold")
    panels[0].set_ylabel("Similarity score, scaled to 0 to 4")
    save_figure(
        figure, numbers, stem, _caption(numbers), bool(numbers["simulated"].any())
    )


def correlations_of(methods: Sequence[Method]) -> dict[str, float]:
    """Pearson's r of all pairs' scores and levels by method; NaN if one is constant."""
    found = {}
    for name, pairs, _ in methods:
        varies = np.ptp(pairs.scores) > 0 and np.ptp(pairs.levels) > 0
        r = np.corrcoef(pairs.scores, pairs.levels)[0, 1] if varies else np.nan
        found[name] = float(r)
    return found


def spread(scores: np.ndarray) -> np.ndarray:
    """Places beside the middle for dots of these scores, -1 to 1, (dots,).

    Dots reach as far as scores are dense, and are laid out evenly in turn left and
    right, without chance.

    Args:
        scores: 0 to 4, (dots,), of at least one dot.
    """
    edges = np.linspace(0, len(LEVELS) - 1, _BINS + 1)
    counts, _ = np.histogram(scores, edges)
    density = np.convolve(counts, _SMOOTHING / _SMOOTHING.sum(), mode="same")
    density = np.interp(scores, (edges[:-1] + edges[1:]) / 2, density)
    # The golden ratio's multiples fill an interval evenly however many there are.
    ranks = np.argsort(np.argsort(scores, kind="stable"), kind="stable")
    sideways = 2 * np.modf((ranks + 1) * (np.sqrt(5) - 1) / 2)[0] - 1
    highest = density.max()
    places: np.ndarray = sideways * density / highest if highest else sideways
    return places


def _chosen(levels: np.ndarray) -> np.ndarray:
    """Places of the pairs that are drawn, ascending within each level."""
    rng = np.random.default_rng(_SEED)
    parts = []
    for level in range(len(LEVELS)):
        places = np.flatnonzero(levels == level)
        if len(places) > MOST_DOTS:
            places = np.sort(rng.choice(places, MOST_DOTS, replace=False))
        parts.append(places)
    return np.concatenate(parts)


def _dots(method: Method, chosen: np.ndarray) -> pd.DataFrame:
    pairs = method.pairs
    scaled = (
        pairs.scores if method.scores_are_levels else scaled_to_levels(pairs.scores)
    )
    levels = pairs.levels[chosen]
    all_pairs = pd.DataFrame({"level": pairs.levels, "scaled": scaled})
    of_level = all_pairs.groupby("level")["scaled"]
    quartiles = {
        name: of_level.quantile(share).loc[levels].to_numpy()
        for name, share in _QUARTILES.items()
    }
    return pd.DataFrame(
        {
            "method": method.name,
            "level": levels,
            "id_a": [pairs.ids[place][0] for place in chosen],
            "id_b": [pairs.ids[place][1] for place in chosen],
            "score": pairs.scores[chosen],
            "scaled_score": scaled[chosen],
            "pairs": of_level.size().loc[levels].to_numpy(),
            **quartiles,
        }
    )


def _draw_method(axes: Axes, numbers: pd.DataFrame, colour: str) -> None:
    """Dots of each level, with the quartiles of all its pairs."""
    counts = dict.fromkeys(range(len(LEVELS)), 0)
    for level, dots in numbers.groupby("level"):
        middle = int(str(level))
        first = dots.iloc[0]
        counts[middle] = int(first["pairs"])
        scores = dots["scaled_score"].to_numpy()
        places = middle + _REACH * spread(scores)
        # As a picture within the SVG, which thousands of dots would make slow.
        axes.scatter(
            places, scores, s=5, alpha=0.45, color=colour, linewidths=0, rasterized=True
        )
        axes.vlines(middle, first["lower_quartile"], first["upper_quartile"], "black")
        axes.plot(middle, first["median"], "o", color="white", mec="black", ms=6)
    names = [f"{name}\n{counts[level]:,}" for level, name in enumerate(LEVELS)]
    axes.set_xticks(range(len(LEVELS)), names)
    axes.set_xlim(-0.5, len(LEVELS) - 0.5)
    axes.set_ylim(-0.1, len(LEVELS) - 0.9)
    axes.set_yticks(range(len(LEVELS)))
    axes.set_xlabel("What the domains share at most, and number of pairs")
    plain(axes)


def _caption(numbers: pd.DataFrame) -> str:
    drawn = numbers.groupby(["method", "level"]).size()
    every = (numbers["pairs"] <= drawn.max()).all()
    remark = "" if every else f" At most {MOST_DOTS:,} pairs of a level are drawn."
    return (
        "Test pairs of SCOPe 2.06. Dots of a level spread as far as scores are dense. "
        "Circle and bar: median and quartiles of all pairs of the level. PLUS-RNN's "
        "score is its expected level. NW-align's scores are scaled so that the lowest "
        f"is 0 and the highest 4; the paper does not state how.{remark}"
    )
