"""Project vectors of proteins, or of amino acids, on a plane."""

import numpy as np

from protlang.datasets.splits import read_split
from protlang.evaluation.places import write_places
from protlang.evaluation.predictions import read_hidden
from protlang.evaluation.tsne import Settings, project, protein_vectors
from protlang.formats.embeddings import open_embeddings
from protlang.logs import logged, logger

with logged(snakemake.log[0]):
    if "predictions" in snakemake.input.keys():  # noqa: SIM118 (no dictionary)
        hidden = read_hidden(snakemake.input.predictions)
        identifiers, vectors = list(hidden), np.stack(list(hidden.values()))
    else:
        origin = snakemake.input.embeddings
        with open_embeddings(origin) as embeddings:
            split = snakemake.input.get("proteins")
            identifiers = list(embeddings)
            if split:
                identifiers = [protein.id for protein in read_split(split).proteins]
            vectors = protein_vectors(embeddings, identifiers, origin)
    settings = Settings(**snakemake.params.settings)
    logger.info("%d vectors of %d numbers; %s", *vectors.shape, settings)
    write_places(snakemake.output[0], identifiers, project(vectors, settings))
