"""Fetch one file of a source and verify it."""

from pathlib import Path

from protlang.logs import logged
from protlang.sources.catalogue import load_sources
from protlang.sources.download import fetch

with logged(snakemake.log[0]):
    source = load_sources(snakemake.config["sources"])[snakemake.wildcards.source]
    downloads = Path(snakemake.output[0]).parents[1]
    fetch(
        source,
        source.role_of(snakemake.wildcards.file),
        Path(snakemake.output[0]),
        lock_file=downloads / "sources.lock.json",
        mirror=snakemake.config.get("mirror"),
        drop_folder=downloads / "by-hand",
        verify=not snakemake.params.simulated,
    )
