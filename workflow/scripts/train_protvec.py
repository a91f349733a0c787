"""Train ProtVec vectors on one corpus."""

from pathlib import Path

from protlang.corpora.token_store import TokenStore
from protlang.encoders.protvec import save_protvec
from protlang.logs import logged
from protlang.pretraining.protvec import ProtVecSettings, train_protvec

with logged(snakemake.log[0]):
    encoder = train_protvec(
        TokenStore(snakemake.params.corpus),
        ProtVecSettings(**snakemake.params.settings),
    )
    save_protvec(encoder, Path(snakemake.output.model).parent)
