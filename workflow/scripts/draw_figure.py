"""Draw a figure of the papers as SVG and PNG, with the plotted numbers beside it."""

from protlang.figures.registry import draw_figure
from protlang.logs import logged
from protlang.tables.inputs import Inputs

with logged(snakemake.log[0]):
    draw_figure(
        snakemake.output.svg,
        Inputs(
            dict(snakemake.input.items()),
            dict(snakemake.params.items()),
            snakemake.config,
        ),
    )
