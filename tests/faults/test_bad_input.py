"""Damaged sets are refused by the library: one sentence, and nothing is written."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest

from faults.damaged_sets import DAMAGES, FILES, cut, write_sound_set
from protlang.datasets.curation import (
    evaluation_split,
    read_labelled_set,
    training_splits,
)
from protlang.datasets.splits import read_split, write_split
from protlang.formats import seqres
from support.errors import complaint
from support.sources import make_source


def build(
    distribution: str,
    raw: Path,
    split: str,
    results: Path,
    pdb_sequences: Path | None = None,
) -> None:
    """Build splits of a set as `build_dataset.py` does."""
    files: Mapping[str, Path] = {
        role: raw / file for role, file in FILES[distribution].items()
    }
    labelled = read_labelled_set(
        make_source("small", distribution), files, pdb_sequences, simulated=False
    )
    if split == "test":
        splits = evaluation_split(labelled.proteins, labelled.origin)
    else:
        splits = training_splits(labelled.proteins, None, labelled.origin)
    for name, proteins in splits.items():
        write_split(results / f"{name}.parquet", proteins, labelled.provenance)


@pytest.mark.parametrize(
    ("distribution", "split", "ids"),
    [
        ("netsurfp-npz", "test", ["1abc-A", "2abc-A"]),
        ("flip-secondary-structure", "test", ["3abc-A"]),
        ("flip-secondary-structure", "train", ["1abc-A"]),
        ("prottrans-csv", "test", ["small-0001", "small-0002", "small-0003"]),
    ],
)
def test_the_sound_sets_are_built(
    tmp_path: Path, distribution: str, split: str, ids: list[str]
) -> None:
    """Whatever is refused below is refused for its damage."""
    write_sound_set(distribution, tmp_path / "raw")
    build(distribution, tmp_path / "raw", split, tmp_path / "results")
    proteins = read_split(tmp_path / "results" / f"{split}.parquet").proteins
    assert [protein.id for protein in proteins] == ids


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_set_is_reported_in_one_sentence(tmp_path: Path, name: str) -> None:
    damage = DAMAGES[name]
    write_sound_set(damage.distribution, tmp_path / "raw")
    damage.spoil(tmp_path / "raw")
    raw, results = tmp_path / "raw", tmp_path / "results"
    message = complaint(build, damage.distribution, raw, damage.split, results)
    assert str(tmp_path / "raw" / damage.file) in message
    for detail in (*damage.details, damage.remedy):
        assert detail in message
    assert list(results.glob("*")) == []


def with_chains(folder: Path, chains: Path) -> str:
    """The message of building the array with these sequences of the PDB."""
    raw, results = folder / "raw", folder / "results"
    return complaint(build, "netsurfp-npz", raw, "test", results, chains)


def test_a_cut_file_of_pdb_sequences_is_reported(tmp_path: Path) -> None:
    write_sound_set("netsurfp-npz", tmp_path / "raw")
    chains = tmp_path / "raw" / "pdb_seqres.txt.gz"
    seqres.write(chains, [("1abc-A", "ACDEFG"), ("2abc-A", "KLMNPQ")], "TEST")
    cut(chains.name)(chains.parent)
    message = with_chains(tmp_path, chains)
    assert f"{chains} is cut short or damaged" in message
    assert "fetch it again" in message


def test_pdb_sequences_that_suit_no_protein_are_reported(tmp_path: Path) -> None:
    write_sound_set("netsurfp-npz", tmp_path / "raw")
    chains = tmp_path / "raw" / "pdb_seqres.txt.gz"
    chains.write_bytes(gzip.compress(b">9xyz_A mol:protein length:3  NONE\nACD\n"))
    message = with_chains(tmp_path, chains)
    assert "set.npz" in message
    assert chains.name in message
