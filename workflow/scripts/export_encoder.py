"""Write an encoder as the pair `options.json` and `weights.hdf5`."""

from pathlib import Path

from protlang.encoders.elmo import export_bilm
from protlang.encoders.registry import load_elmo
from protlang.logs import logged

with logged(snakemake.log[0]):
    encoder = load_elmo(Path(snakemake.input.model).parent)
    export_bilm(encoder, Path(snakemake.output.weights).parent)
