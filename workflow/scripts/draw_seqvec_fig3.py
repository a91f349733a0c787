"""Draw Figure 3 of SeqVec."""

from pathlib import Path

from protlang.datasets.scope import read_annotations
from protlang.evaluation.tsne import read_places
from protlang.figures.seqvec_fig3 import draw, plotted_numbers
from protlang.logs import logged

with logged(snakemake.log[0]):
    numbers = plotted_numbers(
        read_places(snakemake.input.amino_acids),
        read_places(snakemake.input.domains),
        read_annotations(snakemake.input.annotations),
    )
    draw(
        numbers,
        Path(snakemake.output.svg).with_suffix(""),
        snakemake.params.encoder,
        snakemake.params.simulated,
    )
