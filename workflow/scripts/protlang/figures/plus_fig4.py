"""PLUS, Figure 4: three pairs of domains, aligned by letters and by representations.

The paper does not name its pairs; `protlang.homology.examples` chooses three of the
kinds that it describes. Its heat maps show the top left quadrant only, to save space.
Here they are whole, with the edges of the quadrant marked.

Source: PLUS, Section 4.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from protlang.figures.output import NEUTRAL, PALETTE, save_figure
from protlang.homology import baselines
from protlang.homology.domains import LEVELS
from protlang.homology.examples import read_weights
from protlang.homology.measures import scaled_to_levels
from protlang.homology.pairs import FixedPairs, read_fixed_pairs
from protlang.homology.scores import PairScores, read_pair_scores
from protlang.tables.inputs import Inputs

KINDS = (
    "similar sequence, same family",
    "dissimilar sequence, same family",
    "dissimilar sequence, same fold only",
)
"""Of the three pairs, in the order of the columns."""

PAPER_SCORES = ((2.65, 3.95), (0.92, 3.76), (1.03, 2.12))
"""Of NW-align and PLUS-RNN for the paper's own three pairs (Section 4.5)."""

_ROWS = ("Domains", "NW-align", "PLUS-RNN", "Label")
_TICKS = 4


@dataclass(frozen=True)
class ExamplePair:
    """One column of the figure.

    Attributes:
        ids: of the domains A and B.
        level: 0 to 4.
        nw_score: of NW-align, scaled to 0 to 4 as in Figure 3.
        plus_score: of PLUS-RNN, its expected level.
        residue_scores: BLOSUM62 of all residues of A with all of B, (A, B).
        path: residues that NW-align pairs, bool (A, B).
        omega: weights of the soft alignment, 0 to 1, (A, B).
    """

    ids: tuple[str, str]
    level: int
    nw_score: float
    plus_score: float
    residue_scores: np.ndarray
    path: np.ndarray
    omega: np.ndarray

    def __post_init__(self) -> None:
        shapes = {m.shape for m in (self.residue_scores, self.path, self.omega)}
        if len(shapes) > 1:
            raise ValueError(f"matrices of {self.ids} differ in shape: {shapes}")


def make(inputs: Inputs, stem: Path) -> None:
    """Draw the figure of a run.

    Args:
        inputs: files `pairs` and `weights` of the three pairs; `network` and
            `alignment`, scores of all test pairs; the parameter `simulated`.
        stem: path without ending.
    """
    examples = examples_of(
        read_fixed_pairs(inputs.path("pairs")),
        read_weights(inputs.path("weights")),
        read_pair_scores(inputs.path("network")),
        read_pair_scores(inputs.path("alignment")),
    )
    draw(examples, plotted_numbers(examples, inputs.params["simulated"]), stem)


def examples_of(
    pairs: FixedPairs,
    weights: Sequence[np.ndarray],
    network: PairScores,
    alignment: PairScores,
) -> list[ExamplePair]:
    """Put together what is shown of each pair.

    Args:
        pairs: to show, in the order of `KINDS`.
        weights: omega of each, (A, B).
        network: PLUS-RNN's scores of all pairs that these were chosen from.
        alignment: NW-align's, which are scaled over all of them.

    Raises:
        ProtlangError: if a pair has no score.
    """
    scaled = alignment._replace(scores=scaled_to_levels(alignment.scores))
    shown = zip(pairs.ids, pairs.sequences, pairs.levels, weights, strict=True)
    return [
        ExamplePair(
            ids,
            int(level),
            scaled.score_of(ids),
            network.score_of(ids),
            baselines.residue_scores(*sequences),
            baselines.alignment_path(*sequences),
            omega,
        )
        for ids, sequences, level, omega in shown
    ]


def plotted_numbers(examples: Sequence[ExamplePair], simulated: bool) -> pd.DataFrame:
    """The figure's table, one row per pair.

    Returns:
        Columns `pair`, from 1, `kind, id_a, id_b, length_a, length_b, level, nw_score,
        plus_score, paper_nw_score, paper_plus_score, path_weight` (mean omega of the
        residues that NW-align puts together), `simulated`.
    """
    rows = [
        {
            "pair": number + 1,
            "kind": KINDS[number],
            "id_a": one.ids[0],
            "id_b": one.ids[1],
            "length_a": one.omega.shape[0],
            "length_b": one.omega.shape[1],
            "level": LEVELS[one.level],
            "nw_score": one.nw_score,
            "plus_score": one.plus_score,
            "paper_nw_score": PAPER_SCORES[number][0],
            "paper_plus_score": PAPER_SCORES[number][1],
            "path_weight": one.omega[one.path].mean() if one.path.any() else np.nan,
            "simulated": simulated,
        }
        for number, one in enumerate(examples)
    ]
    return pd.DataFrame(rows)


def draw(examples: Sequence[ExamplePair], numbers: pd.DataFrame, stem: Path) -> None:
    """Draw the table and the heat maps; write `<stem>.svg`, `.png` and `.csv`.

    Args:
        examples: three pairs, in the order of `KINDS`.
        numbers: as made by `plotted_numbers`.
        stem: path without ending.
    """
    figure = Figure(figsize=(11, 9.4), layout="constrained")
    grid = figure.add_gridspec(3, 3, height_ratios=[0.55, 1, 1])
    _draw_table(figure.add_subplot(grid[0, :]), numbers)
    upper, lower = (
        [figure.add_subplot(grid[row, column]) for column in range(len(examples))]
        for row in (1, 2)
    )
    letters = [one.residue_scores for one in examples]
    limits = (
        float(min(matrix.min() for matrix in letters)),
        float(max(matrix.max() for matrix in letters)),
    )
    for number, one in enumerate(examples):
        scores = _draw_letters(upper[number], one, limits)
        weights = _draw_weights(lower[number], one)
        upper[number].set_title(f"Pair {number + 1}", fontweight="bold")
    figure.colorbar(scores, ax=upper, label="NW-align: BLOSUM62", shrink=0.8)
    figure.colorbar(weights, ax=lower, label="PLUS-RNN: weight ω", shrink=0.8)
    save_figure(figure, numbers, stem, _caption(), bool(numbers["simulated"].any()))


def _draw_letters(
    axes: Axes, one: ExamplePair, limits: tuple[float, float]
) -> AxesImage:
    """Similarity of residues, and those that NW-align pairs."""
    low, high = limits
    image = axes.imshow(
        one.residue_scores, "Blues", vmin=low, vmax=high, rasterized=True
    )
    rows, columns = np.nonzero(one.path)
    axes.plot(
        columns, rows, linestyle="none", marker="s", ms=1.6, mew=0, color=PALETTE[1]
    )
    _frame(axes, one)
    return image


def _draw_weights(axes: Axes, one: ExamplePair) -> AxesImage:
    # Most weights are small; the root makes them visible beside the large ones.
    image = axes.imshow(one.omega, "Blues", norm=PowerNorm(0.5, 0, 1), rasterized=True)
    _frame(axes, one)
    return image


def _draw_table(axes: Axes, numbers: pd.DataFrame) -> None:
    axes.axis("off")
    header = [f"Pair {row.pair}: {row.kind}" for row in numbers.itertuples()]
    texts = [
        [f"A {row['id_a']}, B {row['id_b']}" for row in numbers.to_dict("records")],
        *(
            [
                f"{row[f'{name}_score']:.2f}  (paper's pair: "
                f"{row[f'paper_{name}_score']:.2f})"
                for row in numbers.to_dict("records")
            ]
            for name in ("nw", "plus")
        ),
        list(numbers["level"]),
    ]
    table = axes.table(
        texts, rowLabels=list(_ROWS), colLabels=header, loc="center", cellLoc="center"
    )
    table.auto_set_font_size(False)
    table.set_fontsize(9)
    table.scale(1, 1.6)
    for cell in table.get_celld().values():
        cell.set_edgecolor(NEUTRAL[4])


def _frame(axes: Axes, one: ExamplePair) -> None:
    """Residues' numbers from 1 on, and the quadrant that the paper would show."""
    rows, columns = one.omega.shape
    for number, count in ((axes.set_yticks, rows), (axes.set_xticks, columns)):
        places = np.unique(np.linspace(0, count - 1, _TICKS).astype(int))
        number(places, [str(place + 1) for place in places])
    axes.plot(
        [columns / 2, columns / 2, -0.5],
        [-0.5, rows / 2, rows / 2],
        color=NEUTRAL[0],
        linestyle="--",
        linewidth=1,
    )
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_ylabel("residue of A")
    axes.set_xlabel("residue of B")


def _caption() -> str:
    return (
        "Pairs chosen by a rule from the test pairs of SCOPe 2.06, as the paper does "
        "not name its own. Upper row: BLOSUM62 of residues, and in orange those that "
        "NW-align pairs. Lower row: weights ω of PLUS-RNN's soft alignment, on "
        "a square-root scale. Dashed: edges of the quadrant that the paper shows. "
        "NW-align's score is scaled so that 0 to 4 spans all test pairs."
    )
