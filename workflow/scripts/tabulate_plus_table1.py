"""Fill PLUS's Table 1."""

from pathlib import Path

from protlang.experiments.encoders import Encoders
from protlang.logs import logged
from protlang.pretraining.pair_results import read_results
from protlang.sources.catalogue import load_sources
from protlang.tables import TITLES
from protlang.tables.cells import read_cells, write_cells
from protlang.tables.layout import printed_table, write_html, write_markdown
from protlang.tables.plus_table1 import columns, fill

with logged(snakemake.log[0]):
    experiments = Encoders(snakemake.config, load_sources(snakemake.config["sources"]))
    results = {Path(path).stem: read_results(path) for path in snakemake.input.results}
    cells = fill(experiments, results)
    write_cells(cells, columns(cells, experiments, results), Path(snakemake.output.csv))
    table = printed_table(TITLES["plus_table1"], read_cells(Path(snakemake.output.csv)))
    write_markdown(table, Path(snakemake.output.md))
    write_html(table, Path(snakemake.output.html))
