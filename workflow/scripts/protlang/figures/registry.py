"""All figures by name."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from protlang.figures import (
    plus_fig2,
    plus_fig3,
    plus_fig4,
    seqvec_fig1,
    seqvec_fig2,
    seqvec_fig3,
    seqvec_fig_s1,
    seqvec_fig_s2,
    seqvec_fig_s4,
    seqvec_timings,
)
from protlang.tables.inputs import Inputs

FIGURES: Mapping[str, Callable[[Inputs, Path], None]] = {
    **{
        name: partial(seqvec_fig1.make, panel)
        for name, panel in seqvec_fig1.PANELS.items()
    },
    "seqvec_fig2": seqvec_fig2.make,
    "seqvec_fig3": seqvec_fig3.make,
    "seqvec_figS1": seqvec_fig_s1.make,
    "seqvec_figS2": seqvec_fig_s2.make,
    "seqvec_figS4": seqvec_fig_s4.make,
    "seqvec_timings": seqvec_timings.make,
    "plus_fig2": plus_fig2.make,
    "plus_fig3": plus_fig3.make,
    "plus_fig4": plus_fig4.make,
}
"""By file name."""


def draw_figure(svg: str, inputs: Inputs) -> None:
    """Draw a figure as SVG and PNG, with the plotted numbers as CSV beside them.

    Args:
        svg: path of the SVG; its name decides which figure it is, and the other files
            have the same name with another ending.
        inputs: of its rule; `make` of the figure's module lists what it reads.
    """
    stem = Path(svg).with_suffix("")
    FIGURES[stem.name](inputs, stem)
