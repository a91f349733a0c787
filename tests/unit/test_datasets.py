from dataclasses import replace
from pathlib import Path

import h5py
import pyarrow.parquet as pq
import pytest
from hypothesis import given

from builders import assert_same_proteins, make_protein, protein_sets, random_proteins
from protlang.datasets import (
    profiles_path,
    read_provenance,
    read_split,
    write_split,
)
from protlang.errors import ProtlangError
from protlang.records import Protein
from protlang.vocabulary import RESIDUES

PROVENANCE = {"source": "somewhere", "left_out": [{"id": "x", "reason": "ångström"}]}


@given(protein_sets(RESIDUES))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, proteins: list[Protein]
) -> None:
    path = tmp_path_factory.mktemp("set") / "train.parquet"
    write_split(path, proteins, PROVENANCE)
    split = read_split(path, with_profiles=True)
    assert_same_proteins(split.proteins, proteins)
    assert split.provenance == {
        **PROVENANCE,
        "labels": ["disorder", "mask", "q3", "q8"],
        "absent_labels": [],
        "has_profiles": True,
        "proteins": len(proteins),
        "residues": sum(len(protein.sequence) for protein in proteins),
    }
    assert read_provenance(path) == split.provenance


def test_the_files_are_what_the_design_says(tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    write_split(path, [make_protein("1abc/A", "MK")], {})
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "test.parquet",
        "test.profiles.h5",
    ]
    assert profiles_path(path) == tmp_path / "test.profiles.h5"
    table = pq.read_table(path)
    assert table.column_names == ["id", "sequence", "disorder", "mask", "q3", "q8"]
    with h5py.File(profiles_path(path)) as archive:
        (profile,) = archive.values()
        assert profile.shape == (2, 50)
        assert profile.attrs["original_id"] == "1abc/A"


def test_absent_labels_are_recorded_and_not_invented(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    proteins = [
        Protein("1", "MK", {"q3": "HE", "disorder": "01"}, split="test"),
        Protein("2", "V", {"q3": "C", "disorder": "1"}),
    ]
    write_split(path, proteins, {})
    split = read_split(path)
    assert_same_proteins(split.proteins, [replace(p, split=None) for p in proteins])
    assert pq.read_table(path).column_names == ["id", "sequence", "disorder", "q3"]
    assert split.provenance["absent_labels"] == ["mask", "q8"]
    assert split.provenance["has_profiles"] is False


def test_a_split_without_labels_is_possible(tmp_path: Path) -> None:
    write_split(tmp_path / "a.parquet", [Protein("1", "MK")], {})
    split = read_split(tmp_path / "a.parquet")
    assert split.proteins == [Protein("1", "MK")]
    assert split.provenance["labels"] == []


def test_profiles_are_read_only_when_asked_for(tmp_path: Path) -> None:
    write_split(tmp_path / "a.parquet", random_proteins(2), {})
    assert [p.profile for p in read_split(tmp_path / "a.parquet").proteins] == [
        None
    ] * 2


def test_asking_for_absent_profiles_is_told(tmp_path: Path) -> None:
    write_split(tmp_path / "a.parquet", [make_protein(with_profile=False)], {})
    with pytest.raises(ProtlangError, match="has no profiles: its distribution lacks"):
        read_split(tmp_path / "a.parquet", with_profiles=True)


@pytest.mark.parametrize("identifier", ["../../x", "a/b", ".", "..", "Ω 1"])
def test_any_id_finds_its_own_profile(tmp_path: Path, identifier: str) -> None:
    proteins = [
        make_protein(name, "MK", seed=seed)
        for seed, name in enumerate(["a", identifier, "b"])
    ]
    write_split(tmp_path / "a.parquet", proteins, {})
    split = read_split(tmp_path / "a.parquet", with_profiles=True)
    assert_same_proteins(split.proteins, proteins)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_missing_split_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="does not exist; run the workflow"):
        read_split(tmp_path / "none.parquet")


def test_a_failed_write_keeps_the_old_split(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_split(path, [make_protein("old")], {})
    before = path.read_bytes(), profiles_path(path).read_bytes()
    with pytest.raises(KeyError):
        write_split(path, [make_protein("new"), Protein("no labels", "MK")], {})
    assert (path.read_bytes(), profiles_path(path).read_bytes()) == before
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("content", ["damaged", "foreign"])
def test_another_file_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.parquet"
    write_split(path, random_proteins(9), {})
    if content == "damaged":
        path.write_bytes(path.read_bytes()[:-9])
    else:
        pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    with pytest.raises(ProtlangError, match=r"a\.parquet"):
        read_split(path)
