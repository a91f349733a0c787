"""Build the token store of one corpus."""

from pathlib import Path

from protlang.corpora.build import HeldOut, build_token_store
from protlang.datasets.splits import read_split
from protlang.logs import logged
from protlang.sources.catalogue import Source

with logged(snakemake.log[0]):
    settings = snakemake.params.settings
    entries = map(Source.from_entry, snakemake.params.sources)
    sources = {source.name: source for source in entries}
    build_token_store(
        Path(snakemake.output.meta).parent,
        [
            (sources[Path(path).parent.name], Path(path))
            for path in snakemake.input.data
        ],
        HeldOut(**settings["held_out"]),
        {
            Path(path).parent.name: read_split(path).proteins
            for path in snakemake.input.tests
        },
        snakemake.params.simulated,
    )
