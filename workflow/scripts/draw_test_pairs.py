"""Draw the pairs of domains, and the single ones, that models are tested on."""

from pathlib import Path

from protlang.corpora.token_store import TokenStore
from protlang.logs import logged
from protlang.pretraining.pfam_domains import P_ELMO, domains_for_testing
from protlang.pretraining.pfam_pairs import (
    PairSettings,
    PfamPairSettings,
    draw_fixed_domains,
    draw_fixed_pairs,
)

with logged(snakemake.log[0]):
    store = TokenStore(Path(snakemake.input.corpus[0]).parent)
    settings = PfamPairSettings(**snakemake.params.pairs)
    draw_fixed_pairs(
        snakemake.output.pairs,
        store,
        domains_for_testing(store, settings.longest),
        PairSettings(settings.seed),
        settings.test,
        settings.longest,
    )
    draw_fixed_domains(
        snakemake.output.domains,
        store,
        domains_for_testing(store, settings.longest, P_ELMO),
        settings.seed,
        settings.test,
        settings.longest,
    )
