"""Bring the shards of a user's embeddings together; report each record's outcome."""

import sys

from protlang.embedding.user_sequences import (
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
    summary = outcome(statuses, snakemake.output.embeddings, snakemake.output.manifest)
    logger.info(summary)
    sys.stderr.write(f"{summary}\n")
