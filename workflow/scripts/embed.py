"""Embed proteins: splits of data sets, domains, a part of a corpus, or amino acids.

Exits with status 75 if it was requested to stop (SIGTERM, SIGUSR1, SIGINT): what is
done is kept then, and the same job resumes from there.
"""

import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from protlang.alphabet import AMINO_ACIDS
from protlang.corpora.token_store import TokenStore
from protlang.datasets.splits import read_split
from protlang.embedding.embed import EmbeddingSettings, embed_all
from protlang.encoders.registry import prepared_encoder
from protlang.encoders.settings import EncoderSettings
from protlang.homology.domains import read_domains
from protlang.logs import logged
from protlang.training.determinism import make_deterministic
from protlang.training.signals import EXIT_INTERRUPTED, stop_requests

Proteins = Iterable[tuple[str, str]]
"""Names and sequences."""


def proteins_of_outputs() -> Iterator[Proteins]:
    """Yield the proteins of each output of the rule."""
    inputs, wildcards = snakemake.input, snakemake.wildcards
    match snakemake.params.proteins:
        case "splits":
            for split in map(read_split, inputs.splits):
                yield ((protein.id, protein.sequence) for protein in split.proteins)
        case "domains":
            splits = map(read_domains, inputs.splits)
            yield (
                pair
                for domains in splits
                for pair in zip(domains.ids, domains.sequences, strict=True)
            )
        case "corpus":
            store = TokenStore(Path(inputs.corpus[0]).parent)
            yield store.shard(int(wildcards.shard), int(wildcards.shards))
        case "amino acids":
            yield zip(AMINO_ACIDS, AMINO_ACIDS, strict=True)


with logged(snakemake.log[0]), stop_requests(signal.SIGINT) as stop:
    make_deterministic(seed=0, threads=snakemake.threads)
    encoder = prepared_encoder(
        Path(snakemake.input.encoder[0]).parent,
        EncoderSettings(**snakemake.params.embedder),
        snakemake.wildcards.encoder,
    )
    for proteins, output in zip(proteins_of_outputs(), snakemake.output, strict=True):
        finished = embed_all(
            encoder,
            proteins,
            Path(output),
            EmbeddingSettings(**snakemake.params.settings),
            Path(snakemake.params.unfinished),
            stop,
        )
        if not finished:
            sys.exit(EXIT_INTERRUPTED)
