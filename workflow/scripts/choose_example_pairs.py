"""Choose the three pairs of domains that Figure 4 of PLUS shows."""

from protlang.homology.examples import example_pairs
from protlang.homology.pairs import read_fixed_pairs, write_fixed_pairs
from protlang.logs import logged

with logged(snakemake.log[0]):
    pairs = read_fixed_pairs(snakemake.input.pairs)
    write_fixed_pairs(
        snakemake.output.pairs,
        example_pairs(pairs, snakemake.threads),
        {"chosen_from": pairs.provenance},
    )
