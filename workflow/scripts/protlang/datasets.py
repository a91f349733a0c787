"""Labelled sets in one canonical form, whatever distribution they came from.

A data set is a folder of splits. Each split is a Parquet file with one row per
protein (`id`, `sequence` and one text column per label) and an HDF5 file with one
profile per protein. What the source lacks has no column, and the Parquet schema's
metadata say so, along with where the data are from.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import pyarrow as pa
import pyarrow.parquet as pq

from protlang.errors import ProtlangError
from protlang.files import atomic_path, hdf5_key, require_file
from protlang.records import Protein
from protlang.vocabulary import LABEL_STATES

_METADATA_KEY = b"protlang"


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
    """Write one split, both files, atomically; see the module's docstring."""
    labels = sorted(proteins[0].labels)
    columns = {
        "id": [protein.id for protein in proteins],
        "sequence": [protein.sequence for protein in proteins],
        **{label: [protein.labels[label] for protein in proteins] for label in labels},
    }
    facts = {
        **provenance,
        "labels": labels,
        "absent_labels": sorted(set(LABEL_STATES) - set(labels)),
        "has_profiles": proteins[0].profile is not None,
        "proteins": len(proteins),
        "residues": sum(len(protein.sequence) for protein in proteins),
    }
    table = pa.table(columns).replace_schema_metadata(
        {_METADATA_KEY: json.dumps(facts).encode()}
    )
    _write_profiles(profiles_path(path), proteins)
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary)


def read_split(path: Path | str, with_profiles: bool = False) -> Split:
    """Read one split back.

    Args:
        path: the Parquet file.
        with_profiles: whether to read the profiles too (4 x 50 bytes per residue).

    Raises:
        ProtlangError: if the file is missing, or profiles are asked for but absent.
    """
    provenance = read_provenance(path)
    if with_profiles and not provenance["has_profiles"]:
        raise ProtlangError(
            f"{path} has no profiles: its distribution lacks them; use another "
            "distribution of the source, or a predictor without profiles"
        )
    rows = pq.read_table(path).to_pylist()
    labels = provenance["labels"]
    proteins = [
        Protein(row["id"], row["sequence"], {label: row[label] for label in labels})
        for row in rows
    ]
    if with_profiles:
        proteins = _with_profiles(proteins, profiles_path(path))
    return Split(proteins, provenance)


def read_provenance(path: Path | str) -> dict[str, Any]:
    """Where a split is from and what it holds, without reading its rows."""
    require_file(path, "run the workflow's target that builds it")
    try:
        facts: dict[str, Any] = json.loads(pq.read_schema(path).metadata[_METADATA_KEY])
    except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise ProtlangError(
            f"{path} is damaged or no data set of protlang's ({error}); delete it and "
            "build it again"
        ) from error
    return facts


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
