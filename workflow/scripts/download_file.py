"""Fetch one file of a source and verify it."""

from pathlib import Path

from protlang.downloads import fetch
from protlang.jobs import logged
from protlang.sources import load_sources

with logged(snakemake.log[0]):
    source = load_sources(snakemake.params.sources)[snakemake.wildcards.source]
    downloads = Path(snakemake.output[0]).parents[1]
    fetch(
        source,
        source.role_of(snakemake.wildcards.file),
        Path(snakemake.output[0]),
        lock_file=downloads / "sources.lock.json",
        mirror=snakemake.params.mirror,
        drop_folder=downloads / "by-hand",
        verify=not snakemake.params.simulated,
    )
