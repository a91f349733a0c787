"""Predict location and membrane of test proteins, with the network of every seed."""

from protlang.datasets.splits import read_split
from protlang.evaluation.predictions import write_protein_predictions
from protlang.logs import logged
from protlang.tasks.networks import load_protein_network
from protlang.tasks.per_protein import predict
from protlang.training.determinism import make_deterministic

with logged(snakemake.log[0]):
    make_deterministic(seed=0, threads=snakemake.params.threads)
    networks = [load_protein_network(path) for path in snakemake.input.models]
    split = read_split(
        snakemake.input.test,
        embeddings=snakemake.input.test_embeddings or None,
        per_protein=True,
    )
    for trained, path in zip(networks, snakemake.output, strict=True):
        write_protein_predictions(
            path,
            predict(trained.network, split.proteins, trained.features),
            {"trained_on": trained.provenance, "tested_on": split.provenance},
        )
