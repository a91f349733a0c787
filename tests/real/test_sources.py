"""The readers on the real distributions of the NetSurfP-2.0 sets."""

from collections.abc import Callable
from pathlib import Path

import pytest

from protlang.datasets.curation import (
    LabelledSet,
    evaluation_split,
    training_splits,
)
from protlang.sources.catalogue import Source
from support.checkout import REPOSITORY

pytestmark = pytest.mark.real


Read = Callable[[str], LabelledSet]


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("netsurfp2-flip", {"q3", "disorder"}),
        ("cullpdb-6133", {"q3", "q8"}),
        ("cb513-prottrans", {"q3", "q8", "disorder", "mask"}),
        ("ts115-q8", {"q3", "q8"}),
        ("casp12-prottrans", {"q3", "q8", "disorder", "mask"}),
    ],
)
def test_every_real_distribution_is_read_whole(
    sources: dict[str, Source], read_source: Read, name: str, labels: set[str]
) -> None:
    assert sources[name].invariants.keys() == {
        "proteins",
        "residues",
    }  # compared on reading
    labelled = read_source(name)
    assert all(protein.labels.keys() == labels for protein in labelled.proteins)
    assert labelled.provenance["left_out"] == []
    assert labelled.provenance["simulated"] is False


def test_flip_brings_its_own_splits(read_source: Read) -> None:
    proteins = read_source("netsurfp2-flip").proteins
    splits = training_splits(proteins, None, "flip")
    sizes = {name: len(proteins) for name, proteins in splits.items()}
    assert sizes == {"train": 9712, "validation": 1080}
    assert len(evaluation_split(proteins, "flip")["test"]) == 364
    disordered = sum(p.labels["disorder"].count("1") for p in splits["train"])
    assert disordered == 159_810


def test_cb513_evaluates_only_some_residues(read_source: Read) -> None:
    proteins = read_source("cb513-prottrans").proteins
    assert sum(protein.labels["mask"].count("1") for protein in proteins) == 83_991
    assert sum(protein.labels["disorder"].count("1") for protein in proteins) == 3_525


def test_blosum65_is_the_matrix_distributed_with_blast(real_data: Path) -> None:
    shipped, theirs = (
        [line.split() for line in path.read_text().splitlines() if line[0] != "#"]
        for path in (
            REPOSITORY / "resources" / "BLOSUM65",
            real_data / "matrices" / "BLOSUM65",
        )
    )
    assert shipped == theirs
