"""Determine class, enzyme and kingdom of SCOPe's domains, and store their sequences."""

from pathlib import Path

from protlang.datasets.scope import (
    PAPER_DOMAINS,
    annotate,
    check_counts,
    count_panels,
    provenance,
    read_chain_facts,
    write_table,
)
from protlang.datasets.splits import write_split
from protlang.formats import astral
from protlang.logs import logged, logger
from protlang.proteins import Protein
from protlang.sources.catalogue import Source

with logged(snakemake.log[0]):
    files = {role: Path(path) for role, path in snakemake.input.items()}
    source = Source.from_entry(snakemake.params.source)
    domains = list(astral.read(files["domains"]))
    simulated = snakemake.params.simulated or astral.is_simulated(files["domains"])
    if not simulated:
        check_counts(domains, source.invariants, str(files["domains"]))
    annotations = annotate(domains, read_chain_facts(domains, files))
    counts = count_panels(annotations)
    logger.info("%d domains; the paper has %d", len(domains), PAPER_DOMAINS)
    logger.info("domains of each panel:\n%s", counts.to_string(index=False))
    write_table(snakemake.output.annotations, annotations)
    write_table(snakemake.output.counts, counts)
    write_split(
        snakemake.output.domains,
        [Protein(domain.id, domain.sequence) for domain in domains],
        provenance(source, files, annotations, simulated),
    )
