"""Train ProtVec vectors on one corpus."""

from pathlib import Path

from protlang.corpora import TokenStore
from protlang.jobs import logged
from protlang.protvec_files import save_protvec
from protlang.protvec_training import ProtVecSettings, train_protvec

with logged(snakemake.log[0]):
    encoder = train_protvec(
        TokenStore(snakemake.params.corpus),
        ProtVecSettings(**snakemake.params.settings),
    )
    save_protvec(encoder, Path(snakemake.output.model).parent)
