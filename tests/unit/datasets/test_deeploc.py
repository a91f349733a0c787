from dataclasses import replace
from pathlib import Path

import pytest

from protlang.alphabet import CYTOPLASM_AND_NUCLEUS, LOCATIONS
from protlang.datasets.curation import (
    LabelledSet,
    evaluation_split,
    read_labelled_set,
    training_splits,
)
from protlang.datasets.deeploc import PAPER_PROTEINS, resolve_locations
from protlang.datasets.splits import read_split, write_split
from protlang.errors import ProtlangError
from protlang.formats import deeploc
from support.proteins import classified, make_protein
from support.sources import make_source

BOTH = classified("both", CYTOPLASM_AND_NUCLEUS, "U")
LABELLED = LabelledSet(
    [classified("a", "Nucleus", "M"), BOTH, classified("b", "Plastid")],
    {"source": "deeploc", "left_out": [{"id": "x", "reason": "damaged"}]},
    "deeploc_data.fasta",
)


def test_proteins_in_both_are_left_out_by_default() -> None:
    settled = resolve_locations(LABELLED)
    assert [protein.id for protein in settled.proteins] == ["a", "b"]
    assert settled.provenance["left_out"] == [
        {"id": "x", "reason": "damaged"},
        {"id": "both", "reason": "in both cytoplasm and nucleus"},
    ]
    assert settled.provenance["cytoplasm_nucleus"] == {"policy": "drop", "proteins": 1}
    assert settled.provenance["source"] == "deeploc"


@pytest.mark.parametrize(
    ("policy", "location"), [("cytoplasm", "Cytoplasm"), ("nucleus", "Nucleus")]
)
def test_proteins_in_both_can_join_one_of_the_two(policy: str, location: str) -> None:
    settled = resolve_locations(LABELLED, policy)
    assert settled.proteins[1] == classified("both", location, "U")
    assert [protein.id for protein in settled.proteins] == ["a", "both", "b"]
    assert settled.provenance["left_out"] == LABELLED.provenance["left_out"]
    assert settled.provenance["cytoplasm_nucleus"] == {"policy": policy, "proteins": 1}


def test_counts_are_given_beside_the_papers() -> None:
    locations = resolve_locations(LABELLED, "nucleus").provenance["locations"]
    assert list(locations) == list(LOCATIONS)
    assert locations["Nucleus"] == {"found": 2, "paper": 4043}
    assert locations["Plastid"] == {"found": 1, "paper": 757}
    assert locations["Golgi.apparatus"] == {"found": 0, "paper": 356}


def test_the_papers_counts_are_its_13858_proteins() -> None:
    assert PAPER_PROTEINS.keys() == set(LOCATIONS)
    assert sum(PAPER_PROTEINS.values()) == 13_858


def test_sets_without_locations_stay_as_they_are() -> None:
    labelled = LabelledSet([make_protein()], {}, "cb513")
    assert resolve_locations(labelled) is labelled


def test_another_policy_is_refused() -> None:
    with pytest.raises(ProtlangError, match="is 'both'; choose one of drop, cyto"):
        resolve_locations(LABELLED, "both")


def test_a_set_of_proteins_in_both_alone_is_refused() -> None:
    with pytest.raises(ProtlangError, match=r"deeploc_data.fasta: all proteins are in"):
        resolve_locations(replace(LABELLED, proteins=[BOTH]))


@pytest.mark.parametrize("simulated", [True, False])
def test_from_the_published_file_to_splits(tmp_path: Path, simulated: bool) -> None:
    published = [
        classified("both", CYTOPLASM_AND_NUCLEUS, "U", split="train"),
        *(classified(f"train{n}", LOCATIONS[n], split="train") for n in range(10)),
        *(classified(f"test{n}", "Plastid", "M", split="test") for n in range(3)),
    ]
    path = tmp_path / "deeploc_data.fasta"
    deeploc.write(path, published, simulated)
    source = make_source(
        "deeploc-1", "deeploc-fasta", invariants={"proteins": 14, "test": 3}
    )
    labelled = resolve_locations(
        read_labelled_set(source, {"data": path}, None, simulated=False)
    )
    splits = {
        **training_splits(labelled.proteins, {"share": 0.2, "seed": 1}, "a file"),
        **evaluation_split(labelled.proteins, "a file"),
    }
    for name, proteins in splits.items():
        write_split(tmp_path / f"{name}.parquet", proteins, labelled.provenance)
    found = {name: read_split(tmp_path / f"{name}.parquet") for name in splits}
    sizes = {name: len(split.proteins) for name, split in found.items()}
    assert sizes == {"train": 8, "validation": 2, "test": 3}
    for split in found.values():
        assert split.provenance["simulated"] == simulated
        assert split.provenance["left_out"][0]["id"] == "both"
    assert found["test"].provenance["classes"] == {
        "location": {"Plastid": 3},
        "membrane": {"M": 3},
    }
