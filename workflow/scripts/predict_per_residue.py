"""Predict the proteins of all test sets with one network, for every seed."""

from pathlib import Path

from protlang.datasets.splits import read_split
from protlang.evaluation.predictions import write_predictions
from protlang.logs import logged
from protlang.tasks.features import need_profiles
from protlang.tasks.networks import load_network
from protlang.tasks.per_residue import predict
from protlang.training.determinism import make_deterministic

with logged(snakemake.log[0]):
    make_deterministic(seed=0, threads=snakemake.params.threads)
    networks = {
        Path(path).parent: load_network(path) for path in snakemake.input.models
    }
    with_profiles = any(need_profiles(each.features) for each in networks.values())
    embeddings = {
        Path(path).parent.name: path for path in snakemake.input.test_embeddings
    }
    for test in snakemake.input.tests:
        name = Path(test).parent.name
        tested = name in snakemake.params.tested
        split = read_split(test, with_profiles and tested, embeddings.get(name))
        proteins = split.proteins if tested else []
        for folder, trained in networks.items():
            write_predictions(
                folder / "predictions" / f"{name}.parquet",
                predict(trained.network, proteins, trained.features),
                trained.heads,
                {"trained_on": trained.provenance, "tested_on": split.provenance},
            )
