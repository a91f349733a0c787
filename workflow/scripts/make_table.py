"""Compute a table of the papers and write it as CSV, Markdown and HTML."""

from protlang.logs import logged
from protlang.tables.inputs import Inputs
from protlang.tables.registry import make_table

with logged(snakemake.log[0]):
    make_table(
        Inputs(
            dict(snakemake.input.items()),
            dict(snakemake.params.items()),
            snakemake.config,
        ),
        dict(snakemake.output.items()),
    )
