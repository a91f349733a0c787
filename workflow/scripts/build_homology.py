"""Build domains, pairs and contact maps of the homology task."""

from collections.abc import Mapping
from pathlib import Path

from protlang.formats.scope_pairs import RELEASE
from protlang.homology.build import (
    Part,
    Published,
    as_domains,
    build_contacts,
    build_domains,
    pair_settings,
    read_release,
)
from protlang.homology.domains import write_domains
from protlang.homology.pairs import draw_fixed_pairs
from protlang.homology.published_lists import read_lists, write_listed_pairs
from protlang.logs import logged
from protlang.sources.catalogue import Source


def take_lists(published: Published) -> dict[str, Part]:
    """Write pairs as listed; returns the domains by part."""
    lists = read_lists(published)
    for name, pairs in lists.pairs.items():
        write_listed_pairs(snakemake.output[f"{name}_pairs"], pairs, lists.parts[name])
    return lists.parts


def draw(published: Mapping[str, Published]) -> dict[str, Part]:
    """Split a release and write pairs that are drawn; returns the domains by part."""
    settings = snakemake.params.settings
    release = read_release(published["domains"])
    newer = read_release(published["newer"]) if "newer" in published else None
    parts = build_domains(release, newer, settings)
    for name, part in parts.items():
        if name != "train":
            draw_fixed_pairs(
                snakemake.output[f"{name}_pairs"],
                as_domains(part),
                pair_settings(settings["pairs"], name),
            )
    return parts


with logged(snakemake.log[0]):
    published = {
        role: Published(
            Source.from_entry(snakemake.params.sources[role]),
            Path(path),
            snakemake.params.simulated,
        )
        for role, path in snakemake.input.items()
    }
    is_listed = "lists" in published
    parts = take_lists(published["lists"]) if is_listed else draw(published)
    for name, part in parts.items():
        write_domains(snakemake.output[name], part.domains, part.provenance)
    if "contacts" in published:
        build_contacts(
            snakemake.output.contacts,
            published["contacts"],
            RELEASE if is_listed else published["domains"].source.release,
            [*parts["train"].domains, *parts["development"].domains],
        )
