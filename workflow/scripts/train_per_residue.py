"""Train one per-residue network."""

import pandas as pd

from protlang.checkpoints import save_network
from protlang.datasets import read_split
from protlang.features import need_profiles
from protlang.files import atomic_path
from protlang.jobs import logged
from protlang.tasks.per_residue import TrainingSettings, train

with logged(snakemake.log[0]):
    features = snakemake.params.features
    with_profiles = need_profiles(features)
    split = read_split(snakemake.input.train, with_profiles)
    network, history = train(
        split.proteins,
        read_split(snakemake.input.validation, with_profiles).proteins,
        features,
        TrainingSettings(**snakemake.params.training),
        seed=int(snakemake.wildcards.seed),
    )
    with atomic_path(snakemake.output.history) as temporary:
        pd.DataFrame(history).to_csv(temporary, index=False)
    save_network(network, features, split.provenance, snakemake.output.model)
