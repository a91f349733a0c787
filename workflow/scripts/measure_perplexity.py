"""Measure the perplexities of an ELMo that is published with its softmax."""

from pathlib import Path

from protlang.corpora.token_store import TokenStore
from protlang.encoders.settings import chosen_device
from protlang.logs import logged
from protlang.pretraining.perplexity import write_summary
from protlang.training.determinism import make_deterministic

with logged(snakemake.log[0]):
    make_deterministic(seed=0, threads=snakemake.threads)
    write_summary(
        Path(snakemake.output.summary).parent,
        TokenStore(Path(snakemake.input.corpus[0]).parent),
        chosen_device("auto"),
        snakemake.params.seed,
    )
