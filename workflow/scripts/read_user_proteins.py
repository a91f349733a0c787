"""Read a user's file of proteins and check each record."""

from protlang.embedding.user_sequences import (
    read_records,
    require_usable,
    write_records,
)
from protlang.logs import logged, logger

with logged(snakemake.log[0]):
    records = read_records(snakemake.input.fasta)
    failed = [record for record in records if record.fault]
    logger.info("%d records, of which %d cannot be embedded", len(records), len(failed))
    for record in failed[:20]:
        logger.info("record %d, %r: %s", record.record, record.id, record.fault)
    require_usable(records, snakemake.input.fasta)
    write_records(snakemake.output.proteins, records)
