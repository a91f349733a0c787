"""Score the pairs of the homology task with an alignment."""

from protlang.encoders.provenance import write_provenance
from protlang.homology.baselines import (
    align_pairs,
    alignment_facts,
    score_alignment,
)
from protlang.homology.pairs import read_fixed_pairs
from protlang.homology.scores import write_pair_scores, write_scores
from protlang.logs import logged

with logged(snakemake.log[0]):
    name = snakemake.wildcards.alignment
    sets = {part: read_fixed_pairs(path) for part, path in snakemake.input.items()}
    scored = {
        part: align_pairs(name, pairs, snakemake.threads)
        for part, pairs in sets.items()
    }
    for part, pairs in scored.items():
        write_pair_scores(snakemake.output[part], pairs)
    write_scores(snakemake.output.scores, score_alignment(scored))
    write_provenance(snakemake.output.facts, alignment_facts(name, sets))
