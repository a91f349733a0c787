"""Put every number in SeqVec's text beside ours."""

from pathlib import Path

import pandas as pd

from protlang.corpora.token_store import read_meta
from protlang.datasets.splits import read_provenance
from protlang.evaluation.statistics import RESAMPLES
from protlang.logs import logged
from protlang.tables.arrangement import arranged
from protlang.tables.cells import read_cells
from protlang.tables.intext import files
from protlang.tables.intext.listing import write
from protlang.tables.intext.statements import Evidence
from protlang.tables.layout import write_html, write_markdown
from protlang.tables.network_sizes import sizes
from protlang.tables.seqvec_intext import fill

with logged(snakemake.log[0]):
    config = snakemake.config

    def first(name: str) -> Path | None:
        """The only file of that name among the inputs, if there is one."""
        paths = snakemake.input.get(name) or []
        return Path(paths if isinstance(paths, str) else paths[0]) if paths else None

    def table(name: str) -> pd.DataFrame | None:
        """Another table of the run, if it is there."""
        path = first(name)
        return read_cells(path) if path else None

    corpora = [Path(path).parent for path in snakemake.input.corpora]
    encoder, scope, numbers = first("encoder"), first("scope"), table("figure_s4")
    better = None
    if numbers is not None:
        better = files.better(
            numbers, snakemake.params.reference, snakemake.params.simulated
        )
    cells = fill(
        Evidence(
            table1=table("table1"),
            table2=table("table2"),
            timings=table("timings"),
            corpora={folder.name: read_meta(folder) for folder in corpora},
            language_model=files.language_model(encoder.parent) if encoder else None,
            layers=files.layers(config),
            splits=files.splits(snakemake.input.splits, config),
            scope=read_provenance(scope) if scope else None,
            architecture=sizes(),
            settings=files.settings(config),
            training_seconds=files.training_seconds(snakemake.input.benchmarks, config),
            better=better,
            bootstrap_samples=RESAMPLES,
        ),
        snakemake.params.simulated,
    )
    write(cells, Path(snakemake.output.csv))
    page = arranged(Path(snakemake.output.csv))
    write_markdown(page, Path(snakemake.output.md))
    write_html(page, Path(snakemake.output.html))
