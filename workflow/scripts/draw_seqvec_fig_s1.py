"""Draw Figure S1 of SeqVec."""

from pathlib import Path

from protlang.figures.seqvec_fig_s1 import draw, plotted_numbers
from protlang.logs import logged

with logged(snakemake.log[0]):
    folders = [Path(path).parent for path in snakemake.input.metrics]
    draw(
        plotted_numbers(folders),
        Path(snakemake.output.svg).with_suffix(""),
        snakemake.params.simulated,
    )
