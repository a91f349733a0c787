"""Bring published ProtVec vectors into the form of our own encoders."""

from pathlib import Path

from protlang.encoders.protvec import ProtVecEncoder
from protlang.formats.protvec import read
from protlang.logs import logged
from protlang.models.protvec import ProtVec

with logged(snakemake.log[0]):
    encoder = ProtVecEncoder(ProtVec(*read(snakemake.input.vectors)))
    encoder.save(Path(snakemake.output.model).parent)
