"""Bring a published ELMo into the form of our own encoders."""

from pathlib import Path

from protlang.encoders.elmo import load_bilm
from protlang.logs import logged

with logged(snakemake.log[0]):
    encoder = load_bilm(Path(snakemake.input.weights).parent)
    encoder.save(Path(snakemake.output.model).parent)
