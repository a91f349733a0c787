"""Bring a published ELMo into the form of our own encoders."""

from pathlib import Path

from protlang.encoders.elmo import load_encoder, save_encoder
from protlang.logs import logged

with logged(snakemake.log[0]):
    encoder = load_encoder(Path(snakemake.input.weights).parent)
    save_encoder(encoder, Path(snakemake.output.model).parent)
