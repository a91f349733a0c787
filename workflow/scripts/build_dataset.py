"""Build the splits of one data set: train and validation, or test."""

from pathlib import Path

from protlang.datasets.curation import (
    evaluation_split,
    read_labelled_set,
    training_splits,
)
from protlang.datasets.deeploc import DROP, resolve_locations
from protlang.datasets.similarity_split import split_by_similarity
from protlang.datasets.splits import write_split
from protlang.logs import logged
from protlang.sources.catalogue import Source

with logged(snakemake.log[0]):
    settings = snakemake.params.settings
    files = {role: Path(path) for role, path in snakemake.input.items()}
    seqres = files.pop("seqres", None)
    source = Source.from_entry(snakemake.params.source)
    labelled = resolve_locations(
        read_labelled_set(source, files, seqres, snakemake.params.simulated),
        settings.get("cytoplasm_nucleus", DROP),
    )
    if "split" in settings:
        labelled = split_by_similarity(labelled, settings["split"])
    if "test" in snakemake.output.keys():  # noqa: SIM118 (no dictionary)
        part = settings.get("part", "test")
        splits = evaluation_split(labelled.proteins, labelled.origin, part)
    else:
        splits = training_splits(
            labelled.proteins, settings.get("validation"), labelled.origin
        )
    for split, proteins in splits.items():
        write_split(snakemake.output[split], proteins, labelled.provenance)
