"""Draw Figure 4 of PLUS."""

from pathlib import Path

from protlang.figures.plus_fig4 import draw, examples_of, plotted_numbers
from protlang.homology.comparisons import read_pair_scores, read_weights
from protlang.homology.pairs import read_fixed_pairs
from protlang.logs import logged

with logged(snakemake.log[0]):
    examples = examples_of(
        read_fixed_pairs(snakemake.input.pairs),
        read_weights(snakemake.input.weights),
        read_pair_scores(snakemake.input.network),
        read_pair_scores(snakemake.input.alignment),
    )
    draw(
        examples,
        plotted_numbers(examples, snakemake.params.simulated),
        Path(snakemake.output.svg).with_suffix(""),
    )
