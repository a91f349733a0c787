"""Compare test proteins with a corpus, or with the proteins a network is trained on."""

from pathlib import Path

from protlang.corpora.token_store import TokenStore
from protlang.datasets.splits import read_split
from protlang.evaluation.leakage import (
    corpus_reference,
    similarities,
    training_reference,
    write_similarities,
)
from protlang.evaluation.mmseqs import Resources
from protlang.logs import logged, logger

with logged(snakemake.log[0]):
    name = snakemake.wildcards.reference
    if snakemake.input.get("corpus"):
        store = TokenStore(Path(snakemake.input.corpus[0]).parent)
        reference = corpus_reference(name, store)
    else:
        splits = [read_split(path) for path in snakemake.input.training]
        reference = training_reference(
            name,
            [protein for split in splits for protein in split.proteins],
            any(split.provenance["simulated"] for split in splits),
        )
    test_sets = {
        test_set: read_split(path).proteins
        for test_set, path in zip(
            snakemake.params.test_sets, snakemake.input.tests, strict=True
        )
    }
    search = None
    if snakemake.params.search:
        search = Resources(snakemake.threads, snakemake.params.memory_mb)
    table = similarities(test_sets, reference, search)
    logger.info(
        "%d proteins of %s; %s", reference.proteins, name, table["search"].iloc[0]
    )
    write_similarities(table, snakemake.output[0])
