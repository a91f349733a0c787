"""Predict the proteins of all test sets with one head, for every seed."""

from itertools import product
from pathlib import Path

from protlang.datasets.splits import read_split
from protlang.evaluation.predictions import write_predictions
from protlang.logs import logged
from protlang.tasks.features import need_profiles
from protlang.tasks.head_files import HEADS, load_head
from protlang.training.determinism import make_deterministic

with logged(snakemake.log[0]):
    make_deterministic(seed=0, threads=snakemake.params.threads)
    head = HEADS[snakemake.params.head]
    networks = [load_head(path, head) for path in snakemake.input.models]
    with_profiles = any(need_profiles(trained.features) for trained in networks)
    embeddings = {
        Path(path).parent.name: path for path in snakemake.input.test_embeddings
    }
    outputs = dict(
        zip(
            product(range(len(networks)), snakemake.input.tests),
            snakemake.output,
            strict=True,
        )
    )
    for test in snakemake.input.tests:
        name = Path(test).parent.name
        tested = name in snakemake.params.tested
        split = read_split(
            test, with_profiles and tested, embeddings.get(name), head.per_protein
        )
        for number, trained in enumerate(networks):
            write_predictions(
                outputs[number, test],
                trained.predict(split.proteins if tested else []),
                trained.labels,
                {"trained_on": trained.provenance, "tested_on": split.provenance},
            )
