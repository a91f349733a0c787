"""Bring published ProtVec vectors into the form of our own encoders."""

from pathlib import Path

from protlang.encoders.protvec import ProtVecEncoder, save_protvec
from protlang.formats.protvec import read
from protlang.logs import logged
from protlang.models.protvec import ProtVec

with logged(snakemake.log[0]):
    encoder = ProtVecEncoder(ProtVec(*read(snakemake.input.vectors)))
    save_protvec(encoder, Path(snakemake.output.model).parent)
