"""Embed SCOPe's domains of the homology task into one file.

Exits with status 75 if it was asked to stop (SIGTERM, SIGUSR1, SIGINT): what is done is
kept then, and the same job goes on from there.
"""

import signal
import sys
from pathlib import Path

from protlang.embedding.embed import EmbeddingSettings, embed_all
from protlang.encoders.registry import prepared_encoder
from protlang.encoders.settings import EncoderSettings
from protlang.homology.domains import read_domains
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
    splits = map(read_domains, snakemake.input.splits)
    finished = embed_all(
        encoder,
        (
            pair
            for domains in splits
            for pair in zip(domains.ids, domains.sequences, strict=True)
        ),
        Path(snakemake.output[0]),
        EmbeddingSettings(**snakemake.params.kept),
        Path(snakemake.params.unfinished),
        stop,
    )
    if not finished:
        sys.exit(EXIT_INTERRUPTED)
