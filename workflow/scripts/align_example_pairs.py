"""Let one model align the pairs of domains that Figure 4 of PLUS shows."""

from pathlib import Path

from protlang.homology.examples import write_weights
from protlang.homology.network import load_homology
from protlang.homology.pairs import read_fixed_pairs
from protlang.homology.predictions import soft_alignment
from protlang.logs import logged
from protlang.training.determinism import make_deterministic

with logged(snakemake.log[0]):
    make_deterministic(seed=0, threads=snakemake.threads)
    network = load_homology(Path(snakemake.input.model).parent)
    pairs = read_fixed_pairs(snakemake.input.pairs)
    aligned = [
        soft_alignment(network, ids, sequences)
        for ids, sequences in zip(pairs.ids, pairs.sequences, strict=True)
    ]
    write_weights(snakemake.output.weights, [one.weights for one in aligned])
