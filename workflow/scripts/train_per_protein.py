"""Train one per-protein network."""

from protlang.datasets.splits import read_split
from protlang.logs import logged
from protlang.tasks.networks import save_protein_network
from protlang.tasks.per_protein import TrainingSettings, train
from protlang.training.epochs import write_history

with logged(snakemake.log[0]):
    split = read_split(
        snakemake.input.train,
        embeddings=snakemake.input.train_embeddings or None,
        per_protein=True,
    )
    held_out = read_split(
        snakemake.input.validation,
        embeddings=snakemake.input.validation_embeddings or None,
        per_protein=True,
    )
    network, history = train(
        split.proteins,
        held_out.proteins,
        snakemake.params.features,
        TrainingSettings(**snakemake.params.training),
        seed=int(snakemake.wildcards.seed),
    )
    write_history(snakemake.output.history, history)
    save_protein_network(
        network, snakemake.params.features, split.provenance, snakemake.output.model
    )
