"""Draw Figure S4 of SeqVec."""

from pathlib import Path

from protlang.evaluation.per_residue import read_protein_values
from protlang.figures.seqvec_fig_s4 import Names, draw, plotted_numbers
from protlang.logs import logged

with logged(snakemake.log[0]):
    numbers = plotted_numbers(
        read_protein_values(snakemake.input.method),
        read_protein_values(snakemake.input.reference),
    )
    draw(
        numbers,
        Names(**snakemake.params.names),
        Path(snakemake.output.svg).with_suffix(""),
        snakemake.params.simulated,
    )
