"""Embed a part of a corpus, one mean vector per protein.

Exits with status 75 if it was asked to stop (SIGTERM, SIGUSR1, SIGINT): what is done is
kept then, and the same job goes on from there.
"""

import signal
import sys
from pathlib import Path

from protlang.corpora.token_store import TokenStore
from protlang.embedding.embed import EmbeddingSettings, embed_all
from protlang.encoders.registry import prepared_encoder
from protlang.encoders.settings import EncoderSettings
from protlang.logs import logged
from protlang.training.determinism import make_deterministic
from protlang.training.signals import EXIT_INTERRUPTED, stop_requests

with logged(snakemake.log[0]), stop_requests(signal.SIGINT) as stop:
    make_deterministic(seed=0, threads=snakemake.threads)
    store = TokenStore(Path(snakemake.input.corpus[0]).parent)
    finished = embed_all(
        prepared_encoder(
            Path(snakemake.input.encoder[0]).parent,
            EncoderSettings(**snakemake.params.embedder),
            snakemake.wildcards.encoder,
        ),
        store.shard(int(snakemake.wildcards.shard), int(snakemake.wildcards.shards)),
        Path(snakemake.output[0]),
        EmbeddingSettings(pooling="protein", **snakemake.params.kept),
        Path(snakemake.params.unfinished),
        stop,
    )
    if not finished:
        sys.exit(EXIT_INTERRUPTED)
