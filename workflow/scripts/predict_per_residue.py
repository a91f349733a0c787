"""Predict the proteins of one test set with one network, for every seed."""

from protlang.checkpoints import load_network
from protlang.datasets import read_split
from protlang.features import need_profiles
from protlang.jobs import logged
from protlang.predictions import write_predictions
from protlang.tasks.per_residue import predict
from protlang.training.determinism import make_deterministic

with logged(snakemake.log[0]):
    make_deterministic(seed=0, threads=snakemake.params.threads)
    networks = [load_network(path) for path in snakemake.input.models]
    with_profiles = need_profiles(networks[0].features)
    split = read_split(snakemake.input.test, with_profiles)
    for trained, path in zip(networks, snakemake.output, strict=True):
        write_predictions(
            path,
            predict(trained.network, split.proteins, trained.features),
            trained.heads,
            {"trained_on": trained.provenance, "tested_on": split.provenance},
        )
