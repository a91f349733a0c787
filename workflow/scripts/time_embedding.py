"""Time how long a set's or a proteome's proteins take to embed, by device."""

from itertools import chain
from pathlib import Path

import pandas as pd
import torch

from protlang.datasets.splits import read_split
from protlang.embedding.timing import hardware, read_sequences, time_batches
from protlang.encoders.registry import prepared_encoder
from protlang.encoders.settings import EncoderSettings
from protlang.files import atomic_path
from protlang.logs import logged
from protlang.training.determinism import make_deterministic

with logged(snakemake.log[0]):
    make_deterministic(seed=0, threads=snakemake.threads)
    if hasattr(snakemake.input, "proteome"):
        sequences = read_sequences(Path(snakemake.input.proteome))
    else:
        splits = [read_split(path).proteins for path in snakemake.input.splits]
        sequences = [protein.sequence for protein in chain.from_iterable(splits)]
    batch_residues = snakemake.params.settings["batch_residues"]
    parts = []
    for device in ("cpu", *(["cuda"] if torch.cuda.is_available() else [])):
        settings = {**snakemake.params.embedder, "device": device}
        timed = time_batches(
            prepared_encoder(
                Path(snakemake.input.encoder[0]).parent, EncoderSettings(**settings)
            ),
            sequences,
            batch_residues,
            snakemake.params.batches,
            snakemake.params.repeats,
        )
        parts.append(
            timed.assign(
                device=device,
                hardware=hardware(device, snakemake.threads),
                batch_residues=batch_residues,
                set_proteins=len(sequences),
                set_residues=sum(map(len, sequences)),
            )
        )
    with atomic_path(snakemake.output[0]) as temporary:
        pd.concat(parts).to_csv(temporary, index=False)
