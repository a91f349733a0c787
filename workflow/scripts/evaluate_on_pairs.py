"""Test a pre-trained model on the test pairs."""

from pathlib import Path

from protlang.encoders.registry import load_pair_encoder
from protlang.logs import logged
from protlang.pretraining.pair_results import write_results
from protlang.pretraining.pair_test import evaluate_encoder
from protlang.pretraining.pfam_pairs import read_fixed_pairs
from protlang.training.determinism import make_deterministic

with logged(snakemake.log[0]):
    make_deterministic(seed=0, threads=snakemake.threads)
    encoder = load_pair_encoder(Path(snakemake.input.encoder[0]).parent)
    pairs = read_fixed_pairs(snakemake.input.pairs)
    results = evaluate_encoder(encoder, pairs, snakemake.params.seed)
    provenance = {"encoder": encoder.description, "tested_on": pairs.provenance}
    write_results(snakemake.output.results, results, provenance)
