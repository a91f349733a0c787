"""Bring a published model of PLUS into the form of our own."""

from pathlib import Path

from protlang.encoders.published import load_published
from protlang.logs import logged

with logged(snakemake.log[0]):
    encoder = load_published(snakemake.params.architecture, snakemake.input.checkpoint)
    encoder.save(Path(snakemake.output.model).parent)
