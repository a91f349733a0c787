"""Build the splits of one data set: train and validation, or test."""

from pathlib import Path

from protlang.curation import evaluation_split, read_labelled_set, training_splits
from protlang.datasets import write_split
from protlang.jobs import logged
from protlang.sources import load_sources

with logged(snakemake.log[0]):
    settings = snakemake.params.settings
    files = {role: Path(path) for role, path in snakemake.input.items()}
    seqres = files.pop("seqres", None)
    source = load_sources(snakemake.params.sources)[settings["source"]]
    labelled = read_labelled_set(source, files, seqres, settings["simulated"])
    if "test" in snakemake.output.keys():  # noqa: SIM118 (no dictionary)
        splits = evaluation_split(labelled.proteins, labelled.origin)
    else:
        splits = training_splits(
            labelled.proteins, settings.get("validation"), labelled.origin
        )
    for split, proteins in splits.items():
        write_split(snakemake.output[split], proteins, labelled.provenance)
