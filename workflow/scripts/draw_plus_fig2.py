"""Draw Figure 2 of PLUS."""

from pathlib import Path

from protlang.figures.plus_fig2 import draw, plotted_numbers
from protlang.logs import logged
from protlang.tables.plus_finetuning import read_models

with logged(snakemake.log[0]):
    models = read_models(snakemake.input.scores, snakemake.params.rows)
    draw(
        plotted_numbers(models),
        Path(snakemake.output.svg).with_suffix(""),
        snakemake.params.simulated,
    )
