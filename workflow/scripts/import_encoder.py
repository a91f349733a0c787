"""Bring published weights, or those of a folder, into the form of our own."""

from pathlib import Path

from protlang.encoders.elmo import load_bilm, load_checkpoint
from protlang.encoders.encoder import Encoder
from protlang.encoders.protvec import ProtVecEncoder
from protlang.encoders.published import load_published
from protlang.encoders.registry import copy_encoder
from protlang.formats.protvec import read
from protlang.logs import logged
from protlang.models.protvec import ProtVec


def published_encoder(architecture: str) -> Encoder:
    """The encoder that the rule's input holds."""
    files = snakemake.input
    match architecture:
        case "elmo" if hasattr(files, "weights"):
            return load_bilm(Path(files.weights).parent)
        case "elmo":
            return load_checkpoint(Path(files.data))
        case "protvec":
            return ProtVecEncoder(ProtVec(*read(files.data)))
        case _:
            return load_published(architecture, files.checkpoint)


with logged(snakemake.log[0]):
    architecture, target = snakemake.params.architecture, snakemake.output.model
    if architecture:
        published_encoder(architecture).save(Path(target).parent)
    else:
        copy_encoder(Path(snakemake.input.folder[0]).parent, Path(target).parent)
