"""Bring a published model of PLUS into the form of our own."""

from pathlib import Path

from protlang.jobs import logged
from protlang.plus_encoders import load_published
from protlang.plus_folders import save_plus

with logged(snakemake.log[0]):
    encoder = load_published(snakemake.params.architecture, snakemake.input.checkpoint)
    save_plus(encoder, Path(snakemake.output.model).parent)
