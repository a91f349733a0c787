"""Embed the 20 amino acids, each by itself, before any context comes in."""

from pathlib import Path

from protlang.alphabet import AMINO_ACIDS
from protlang.embedding.embed import EmbeddingSettings, embed_all
from protlang.encoders.registry import prepared_encoder
from protlang.encoders.settings import EncoderSettings
from protlang.logs import logged
from protlang.training.determinism import make_deterministic

with logged(snakemake.log[0]):
    make_deterministic(seed=0, threads=1)
    embed_all(
        prepared_encoder(
            Path(snakemake.input.encoder[0]).parent,
            EncoderSettings(**snakemake.params.embedder),
            snakemake.wildcards.encoder,
        ),
        zip(AMINO_ACIDS, AMINO_ACIDS, strict=True),
        Path(snakemake.output[0]),
        # Layer 0 is the layer below the LSTMs.
        EmbeddingSettings(layers="0"),
        Path(snakemake.params.unfinished),
    )
