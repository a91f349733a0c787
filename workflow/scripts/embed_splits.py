"""Embed splits of data sets, one after the other.

Exits with status 75 if it was asked to stop (SIGTERM, SIGUSR1, SIGINT): what is done of
a split is kept then, and the same job goes on from there.
"""

import signal
import sys
from pathlib import Path

from protlang.datasets.splits import read_split
from protlang.embedding.embed import EmbeddingSettings, embed_all
from protlang.encoders.registry import prepared_encoder
from protlang.encoders.settings import EncoderSettings
from protlang.logs import logged
from protlang.training.determinism import make_deterministic
from protlang.training.signals import EXIT_INTERRUPTED, stop_requests

with logged(snakemake.log[0]), stop_requests(signal.SIGINT) as stop:
    make_deterministic(seed=0, threads=snakemake.threads)
    encoder = prepared_encoder(
        Path(snakemake.input.encoder[0]).parent,
        EncoderSettings(**snakemake.params.embedder),
        snakemake.wildcards.encoder,
    )
    for split, output in zip(snakemake.input.splits, snakemake.output, strict=True):
        finished = embed_all(
            encoder,
            ((protein.id, protein.sequence) for protein in read_split(split).proteins),
            Path(output),
            EmbeddingSettings(**snakemake.params.kept),
            Path(snakemake.params.unfinished),
            stop,
        )
        if not finished:
            sys.exit(EXIT_INTERRUPTED)
