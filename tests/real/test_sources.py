"""The readers on the real distributions of the NetSurfP-2.0 sets."""

from pathlib import Path

import pytest

from protlang.datasets.curation import (
    evaluation_split,
    read_labelled_set,
    training_splits,
)
from protlang.sources.catalogue import Source, load_sources
from support.checkout import REPOSITORY

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def sources(real_data: Path) -> dict[str, Source]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROTLANG_REAL_DATA", str(real_data))
        return load_sources(REPOSITORY / "tests" / "real" / "sources.yaml")


def files(source: Source) -> dict[str, Path]:
    return {role: file.path for role, file in source.files.items() if file.path}


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
    sources: dict[str, Source], name: str, labels: set[str]
) -> None:
    source = sources[name]
    assert source.invariants.keys() == {"proteins", "residues"}  # compared on reading
    labelled = read_labelled_set(source, files(source), None, simulated=False)
    assert all(protein.labels.keys() == labels for protein in labelled.proteins)
    assert labelled.provenance["left_out"] == []
    assert labelled.provenance["simulated"] is False


def test_flip_brings_its_own_splits(sources: dict[str, Source]) -> None:
    source = sources["netsurfp2-flip"]
    labelled = read_labelled_set(source, files(source), None, simulated=False)
    splits = training_splits(labelled.proteins, None, source.name)
    sizes = {name: len(proteins) for name, proteins in splits.items()}
    assert sizes == {"train": 9712, "validation": 1080}
    assert len(evaluation_split(labelled.proteins, source.name)["test"]) == 364
    disordered = sum(p.labels["disorder"].count("1") for p in splits["train"])
    assert disordered == 159_810


def test_cb513_evaluates_only_some_residues(sources: dict[str, Source]) -> None:
    source = sources["cb513-prottrans"]
    proteins = read_labelled_set(source, files(source), None, simulated=False).proteins
    assert sum(protein.labels["mask"].count("1") for protein in proteins) == 83_991
    assert sum(protein.labels["disorder"].count("1") for protein in proteins) == 3_525


def test_blosum65_is_the_file_distributed_with_blast(real_data: Path) -> None:
    shipped = REPOSITORY / "resources" / "BLOSUM65"
    assert shipped.read_bytes() == (real_data / "matrices" / "BLOSUM65").read_bytes()
