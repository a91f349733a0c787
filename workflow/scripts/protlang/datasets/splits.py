"""Labelled sets in one canonical form, whatever distribution they came from.

A data set is a folder of splits. Each split is a Parquet file with one row per
protein (`id`, `sequence`, one text column per label of its residues and one per label
of the whole protein, one of float64 per number of the whole protein) and an HDF5 file
with one profile per protein. What the source lacks has no column, and is listed
with the provenance in the metadata of the Parquet file.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import pyarrow as pa

from protlang.alphabet import STRUCTURE_LABELS
from protlang.errors import ProtlangError
from protlang.files import atomic_path, hdf5_key
from protlang.formats.embeddings import open_embeddings
from protlang.parquet import read_metadata, read_table, write_table
from protlang.proteins import Protein, StoredArray


@dataclass(frozen=True)
class Split:
    """One split of a data set as read back.

    Attributes:
        proteins: in the order of the file.
        provenance: source, release, licence, counts, labels present and absent,
            proteins left out and why, and whether the data are simulated.
    """

    proteins: list[Protein]
    provenance: dict[str, Any]


def profiles_path(split: Path | str) -> Path:
    """The HDF5 file of profiles that belongs to a split's Parquet file."""
    return Path(split).with_suffix(".profiles.h5")


def write_split(
    path: Path | str, proteins: Sequence[Protein], provenance: Mapping[str, Any]
) -> None:
    """Write one split, both files, atomically; see the module's docstring.

    The provenance of proteins with classes counts them, under `classes`, by label; that
    of proteins with numbers has their range, under `values`.
    """
    labels = sorted(proteins[0].labels)
    classes = {
        label: [protein.classes[label] for protein in proteins]
        for label in sorted(proteins[0].classes)
    }
    values = {
        name: pa.array([protein.values[name] for protein in proteins], pa.float64())
        for name in sorted(proteins[0].values)
    }
    columns = {
        "id": [protein.id for protein in proteins],
        "sequence": [protein.sequence for protein in proteins],
        **{label: [protein.labels[label] for protein in proteins] for label in labels},
        **classes,
        **values,
    }
    facts = {
        **provenance,
        "labels": labels,
        "absent_labels": sorted(STRUCTURE_LABELS - set(labels)),
        "has_profiles": proteins[0].profile is not None,
        "proteins": len(proteins),
        "residues": sum(len(protein.sequence) for protein in proteins),
    }
    if classes:
        facts["classes"] = {
            name: dict(Counter(column)) for name, column in classes.items()
        }
    if values:
        facts["values"] = {name: _range(proteins, name) for name in values}
    table = pa.table(columns)
    _write_profiles(profiles_path(path), proteins)
    write_table(path, table, facts)


def read_split(
    path: Path | str,
    with_profiles: bool = False,
    embeddings: Path | str | None = None,
    per_protein: bool = False,
) -> Split:
    """Read one split back.

    Args:
        path: the Parquet file.
        with_profiles: whether to read the profiles too (4 x 50 bytes per residue).
        embeddings: HDF5 file of the proteins' vectors; they are read when used.
        per_protein: whether that file holds one vector per protein, not per residue.

    Raises:
        ProtlangError: if a file is missing, profiles are requested but absent, or a
            protein has no vectors or not as many as there should be.
    """
    table, provenance = read_table(path)
    if with_profiles and not provenance["has_profiles"]:
        raise ProtlangError(
            f"{path} has no profiles: its distribution lacks them; use another "
            "distribution of the source, or a predictor without profiles"
        )
    labels, classes = provenance["labels"], provenance.get("classes", {})
    values = provenance.get("values", {})
    proteins = [
        Protein(
            row["id"],
            row["sequence"],
            {label: row[label] for label in labels},
            classes={label: row[label] for label in classes},
            values={name: row[name] for name in values},
        )
        for row in table.to_pylist()
    ]
    if with_profiles:
        proteins = _with_profiles(proteins, profiles_path(path))
    if embeddings is not None:
        proteins = _with_embeddings(proteins, embeddings, per_protein)
    return Split(proteins, provenance)


def read_provenance(path: Path | str) -> dict[str, Any]:
    """Where a split is from and what it holds, without reading its rows."""
    return read_metadata(path)


def _range(proteins: Iterable[Protein], name: str) -> dict[str, float]:
    numbers = [protein.values[name] for protein in proteins]
    return {"minimum": min(numbers), "maximum": max(numbers)}


def _write_profiles(path: Path, proteins: Sequence[Protein]) -> None:
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as archive:
        for protein in proteins:
            if protein.profile is not None:
                entry = archive.create_dataset(
                    hdf5_key(protein.id), data=protein.profile, compression="gzip"
                )
                entry.attrs["original_id"] = protein.id


def _with_profiles(proteins: Iterable[Protein], path: Path) -> list[Protein]:
    with h5py.File(path, "r") as archive:
        return [
            replace(protein, profile=archive[hdf5_key(protein.id)][()])
            for protein in proteins
        ]


def _with_embeddings(
    proteins: Iterable[Protein], path: Path | str, per_protein: bool
) -> list[Protein]:
    stored = open_embeddings(path)
    return [
        replace(protein, embedding=_embedding_of(protein, stored, path, per_protein))
        for protein in proteins
    ]


def _embedding_of(
    protein: Protein,
    stored: Mapping[str, StoredArray],
    path: Path | str,
    per_protein: bool,
) -> StoredArray:
    if protein.id not in stored:
        raise ProtlangError(f"{path} has no vectors of {protein.id}; embed again")
    vectors = stored[protein.id]
    wanted = () if per_protein else (len(protein.sequence),)
    if vectors.shape[:-1] != wanted or not vectors.shape:
        expected = (
            "one row of numbers for the whole protein"
            if per_protein
            else f"one row for each of its {len(protein.sequence)} residues"
        )
        raise ProtlangError(
            f"{path}: the vectors of {protein.id} have shape {vectors.shape}, not "
            f"{expected}; embed again"
        )
    return vectors
