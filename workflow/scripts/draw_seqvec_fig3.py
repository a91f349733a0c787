"""Draw Figure 3 of SeqVec."""

from pathlib import Path

from protlang.figures.seqvec_fig3 import draw, plotted_numbers
from protlang.jobs import logged
from protlang.scope_annotation import read_annotations
from protlang.tsne import read_places

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
