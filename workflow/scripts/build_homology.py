"""Build domains, pairs and contact maps of the homology task."""

from pathlib import Path

from protlang.homology.build import (
    Published,
    as_domains,
    build_contacts,
    build_domains,
    pair_settings,
    read_release,
)
from protlang.homology.domains import write_domains
from protlang.homology.pairs import draw_fixed_pairs
from protlang.logs import logged
from protlang.sources.catalogue import Source

with logged(snakemake.log[0]):
    settings, simulated = snakemake.params.settings, snakemake.params.simulated
    published = {
        role: Published(
            Source.from_entry(snakemake.params.sources[role]), Path(path), simulated
        )
        for role, path in snakemake.input.items()
    }
    release = read_release(published["domains"])
    newer = read_release(published["newer"]) if "newer" in published else None
    parts = build_domains(release, newer, settings)
    for name, part in parts.items():
        write_domains(snakemake.output[name], part.domains, part.provenance)
        if name != "train":
            draw_fixed_pairs(
                snakemake.output[f"{name}_pairs"],
                as_domains(part),
                pair_settings(settings["pairs"], name),
            )
    if "contacts" in published:
        build_contacts(
            snakemake.output.contacts,
            published["contacts"],
            published["domains"].source.release,
            [*parts["train"].domains, *parts["development"].domains],
        )
