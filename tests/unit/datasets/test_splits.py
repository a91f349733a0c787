from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given

from protlang.alphabet import RESIDUES
from protlang.datasets.splits import (
    profiles_path,
    read_provenance,
    read_split,
    write_split,
)
from protlang.errors import ProtlangError
from protlang.formats.embeddings import write_embeddings
from protlang.proteins import Protein
from support.proteins import (
    assert_same_proteins,
    classified,
    make_protein,
    protein_sets,
    random_classified,
    random_proteins,
)

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


def test_the_files_are_those_of_the_design(tmp_path: Path) -> None:
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


def test_profiles_are_read_only_when_requested(tmp_path: Path) -> None:
    write_split(tmp_path / "a.parquet", random_proteins(2), {})
    assert [p.profile for p in read_split(tmp_path / "a.parquet").proteins] == [
        None
    ] * 2


def test_requesting_absent_profiles_is_reported(tmp_path: Path) -> None:
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


def test_a_failed_write_keeps_the_old_split(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_split(path, [make_protein("old")], {})
    before = path.read_bytes(), profiles_path(path).read_bytes()
    with pytest.raises(KeyError):
        write_split(path, [make_protein("new"), Protein("no labels", "MK")], {})
    assert (path.read_bytes(), profiles_path(path).read_bytes()) == before
    assert len(list(tmp_path.iterdir())) == 2


def test_classes_are_columns_and_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    proteins = [
        classified("a", "Nucleus", "U"),
        classified("b", "Plastid", "M"),
        classified("c", "Nucleus", "M"),
    ]
    write_split(path, proteins, {})
    columns = pq.read_table(path).to_pydict()
    assert list(columns) == ["id", "sequence", "location", "membrane"]
    assert columns["location"] == ["Nucleus", "Plastid", "Nucleus"]
    split = read_split(path)
    assert_same_proteins(split.proteins, proteins)
    assert split.provenance["classes"] == {
        "location": {"Nucleus": 2, "Plastid": 1},
        "membrane": {"U": 1, "M": 2},
    }


def test_numbers_are_columns_of_full_precision(tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    numbers = [-0.209999993443489, 0.1, 1e-300]
    proteins = [
        Protein(f"P{n}", "MKV", values={"stability": number})
        for n, number in enumerate(numbers)
    ]
    write_split(path, proteins, {})
    table = pq.read_table(path)
    assert table.column_names == ["id", "sequence", "stability"]
    assert table.schema.field("stability").type == pa.float64()
    split = read_split(path)
    assert_same_proteins(split.proteins, proteins)
    assert split.provenance["values"] == {
        "stability": {"minimum": -0.209999993443489, "maximum": 0.1}
    }


def test_topologies_are_a_column_like_any_label(tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    proteins = [Protein("P1", "MKV", {"topology": "IMO", "mask": "110"})]
    write_split(path, proteins, {})
    split = read_split(path)
    assert_same_proteins(split.proteins, proteins)
    assert split.provenance["labels"] == ["mask", "topology"]
    assert split.provenance["absent_labels"] == ["disorder", "q3", "q8"]


def embedded(folder: Path, *shapes: tuple[int, ...], per_protein: bool) -> list[float]:
    """Sums of the vectors of proteins of 3 residues, stored in the given shapes."""
    proteins = [classified(f"P{serial}") for serial in range(len(shapes))]
    write_split(folder / "test.parquet", proteins, {})
    vectors = [
        (protein.id, np.full(shape, serial + 1, dtype=np.float32))
        for serial, (protein, shape) in enumerate(zip(proteins, shapes, strict=True))
    ]
    write_embeddings(folder / "test.h5", vectors, {})
    split = read_split(
        folder / "test.parquet", embeddings=folder / "test.h5", per_protein=per_protein
    )
    stored = [protein.embedding for protein in split.proteins]
    return [float(vectors[()].sum()) for vectors in stored if vectors is not None]


@pytest.mark.parametrize(("shape", "per_protein"), [((4,), True), ((3, 4), False)])
def test_each_protein_gets_its_own_vectors(
    tmp_path: Path, shape: tuple[int, ...], per_protein: bool
) -> None:
    sums = embedded(tmp_path, shape, shape, per_protein=per_protein)
    assert sums == [np.prod(shape), 2 * np.prod(shape)]


@pytest.mark.parametrize(
    ("shape", "per_protein", "expected"),
    [
        ((3, 4), True, "one row of numbers for the whole protein"),
        ((), True, "one row of numbers for the whole protein"),
        ((4,), False, "one row for each of its 3 residues"),
        ((2, 4), False, "one row for each of its 3 residues"),
    ],
)
def test_vectors_of_another_shape_are_reported(
    tmp_path: Path, shape: tuple[int, ...], per_protein: bool, expected: str
) -> None:
    with pytest.raises(ProtlangError) as caught:
        embedded(tmp_path, shape, per_protein=per_protein)
    assert f"the vectors of P0 have shape {shape}, not {expected}" in str(caught.value)


def test_a_protein_without_vectors_is_reported(tmp_path: Path) -> None:
    write_split(tmp_path / "a.parquet", random_classified(2), {})
    write_embeddings(tmp_path / "a.h5", [("P00000", np.zeros(4))], {})
    with pytest.raises(ProtlangError, match="has no vectors of P00001; embed again"):
        read_split(
            tmp_path / "a.parquet", embeddings=tmp_path / "a.h5", per_protein=True
        )
