"""Bring the shards of a user's embeddings together; tell the fate of each record."""

import sys

from protlang.embedding.user_fasta import (
    load_records,
    outcome,
    read_failures,
    require_done,
    write_manifest,
)
from protlang.formats.embeddings import merge_embeddings, write_index
from protlang.logs import logged, logger

with logged(snakemake.log[0]):
    records = load_records(snakemake.input.proteins)
    failed = read_failures(snakemake.input.failed)
    require_done(records, failed)
    gather = merge_embeddings if snakemake.params.into_one_file else write_index
    gather(snakemake.input.shards, snakemake.output.embeddings)
    statuses = write_manifest(snakemake.output.manifest, records, failed)
    told = outcome(statuses, snakemake.output.embeddings, snakemake.output.manifest)
    logger.info(told)
    sys.stderr.write(f"{told}\n")
