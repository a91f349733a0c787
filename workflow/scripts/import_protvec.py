"""Bring published ProtVec vectors into the form of our own encoders."""

from pathlib import Path

from protlang.formats.protvec import read
from protlang.jobs import logged
from protlang.models.protvec import ProtVec
from protlang.protvec_files import ProtVecEncoder, save_protvec

with logged(snakemake.log[0]):
    encoder = ProtVecEncoder(ProtVec(*read(snakemake.input.vectors)))
    save_protvec(encoder, Path(snakemake.output.model).parent)
