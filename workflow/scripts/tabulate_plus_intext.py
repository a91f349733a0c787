"""Put every number in PLUS's text beside ours."""

from pathlib import Path

from protlang.corpora.token_store import read_meta
from protlang.experiments.encoders import PLUS, Encoders
from protlang.logs import logged
from protlang.sources.catalogue import load_sources
from protlang.tables.arrangement import arranged
from protlang.tables.cells import read_cells
from protlang.tables.intext import plus_files
from protlang.tables.intext.listing import write
from protlang.tables.intext.plus import PlusEvidence
from protlang.tables.layout import write_html, write_markdown
from protlang.tables.plus_intext import fill
from protlang.tables.plus_network_sizes import plus_sizes

with logged(snakemake.log[0]):
    config, files = snakemake.config, snakemake.input
    experiments = Encoders(config, load_sources(config["sources"]))
    pairs, development, figure4 = files.test_pairs, files.development, files.figure4
    cells = fill(
        PlusEvidence(
            table2=read_cells(Path(files.table2)),
            table3=read_cells(Path(files.table3)),
            corpus=read_meta(Path(files.corpus[0]).parent) if files.corpus else None,
            encoders=plus_files.descriptions(files.encoders, experiments.models),
            selections=plus_files.selections(experiments.trained(*PLUS)),
            architecture=plus_sizes(),
            test_pairs=plus_files.family_share(pairs) if pairs else None,
            long_pairs=plus_files.long_share(development) if development else None,
            examples=plus_files.example_numbers(figure4) if figure4 else None,
        ),
        snakemake.params.simulated,
    )
    write(cells, Path(snakemake.output.csv))
    page = arranged(Path(snakemake.output.csv))
    write_markdown(page, Path(snakemake.output.md))
    write_html(page, Path(snakemake.output.html))
