"""Train one per-residue network."""

from protlang.datasets.splits import read_split
from protlang.logs import logged
from protlang.tasks.features import need_profiles
from protlang.tasks.networks import save_network
from protlang.tasks.per_residue import TrainingSettings, train
from protlang.training.epochs import write_history

with logged(snakemake.log[0]):
    features = snakemake.params.features
    with_profiles = need_profiles(features)
    split = read_split(
        snakemake.input.train, with_profiles, snakemake.input.train_embeddings or None
    )
    held_out = read_split(
        snakemake.input.validation,
        with_profiles,
        snakemake.input.validation_embeddings or None,
    )
    network, history = train(
        split.proteins,
        held_out.proteins,
        features,
        TrainingSettings(**snakemake.params.training),
        seed=int(snakemake.wildcards.seed),
    )
    write_history(snakemake.output.history, history)
    save_network(network, features, split.provenance, snakemake.output.model)
