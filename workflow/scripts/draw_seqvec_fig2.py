"""Draw Figure 2 of SeqVec."""

from pathlib import Path

from protlang.datasets.splits import read_split
from protlang.evaluation.tsne import read_places
from protlang.figures.seqvec_fig2 import draw, plotted_numbers
from protlang.logs import logged

with logged(snakemake.log[0]):
    proteins = read_split(snakemake.input.proteins).proteins
    numbers = plotted_numbers(
        read_places(snakemake.input.raw),
        read_places(snakemake.input.hidden),
        {protein.id: protein.classes["location"] for protein in proteins},
        {protein.id: protein.classes["membrane"] for protein in proteins},
    )
    draw(
        numbers,
        Path(snakemake.output.svg).with_suffix(""),
        snakemake.params.encoder,
        snakemake.params.network,
        snakemake.params.simulated,
    )
