"""Embed one shard of a user's proteins.

Exits with status 75 if it was requested to stop (SIGTERM, SIGUSR1, SIGINT): what is
done is kept then, and the same job resumes from there.
"""

import signal
import sys
from pathlib import Path

from protlang.embedding.embed import BATCH_RESIDUES, EmbeddingSettings, embed_proteins
from protlang.embedding.user_sequences import load_records, shard_of, write_failures
from protlang.encoders.registry import prepared_encoder
from protlang.encoders.settings import EncoderSettings
from protlang.logs import logged
from protlang.training.determinism import make_deterministic
from protlang.training.signals import EXIT_INTERRUPTED, stop_requests

with logged(snakemake.log[0]), stop_requests(signal.SIGINT) as stop:
    make_deterministic(seed=0, threads=snakemake.threads)
    records = load_records(snakemake.input.proteins)
    shard, shards = int(snakemake.wildcards.shard), int(snakemake.wildcards.shards)
    # No parameter of the rule: another batch gives the same vectors.
    batch_residues = snakemake.config.get("batch_residues", BATCH_RESIDUES)
    encoder = prepared_encoder(
        Path(snakemake.input.encoder[0]).parent,
        EncoderSettings(**snakemake.params.embedder),
        snakemake.params.name,
    )
    summary = embed_proteins(
        encoder,
        shard_of(records, shard, shards),
        Path(snakemake.output.embeddings),
        EmbeddingSettings(**snakemake.params.settings, batch_residues=batch_residues),
        Path(snakemake.params.unfinished),
        stop,
        snakemake.params.copies,
    )
    if summary is None:
        sys.exit(EXIT_INTERRUPTED)
    write_failures(snakemake.output.failed, summary.failed)
