"""Draw Figure 3 of PLUS."""

from pathlib import Path

from protlang.figures.plus_fig3 import Method, correlations_of, draw, plotted_numbers
from protlang.homology.comparisons import read_pair_scores
from protlang.logs import logged

with logged(snakemake.log[0]):
    network, alignment = (
        read_pair_scores(path)
        for path in (snakemake.input.network, snakemake.input.alignment)
    )
    methods = [
        Method(snakemake.params.network, network, tells_levels=True),
        Method(snakemake.params.alignment, alignment, tells_levels=False),
    ]
    draw(
        plotted_numbers(methods).assign(simulated=snakemake.params.simulated),
        correlations_of(methods),
        Path(snakemake.output.svg).with_suffix(""),
    )
