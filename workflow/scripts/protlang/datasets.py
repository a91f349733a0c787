"""Labelled sets in one canonical form, whatever distribution they came from.

A data set is a folder of splits. Each split is a Parquet file with one row per
protein (`id`, `sequence` and one text column per label) and an HDF5 file with one
profile per protein. What the source lacks has no column, and the Parquet schema's
metadata say so, along with where the data are from.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from protlang.errors import ProtlangError
from protlang.files import atomic_path, hdf5_key, require_file
from protlang.formats.seqres import chain_key, read_chains
from protlang.records import Protein
from protlang.vocabulary import LABEL_STATES, RESIDUES, check_letters

logger = logging.getLogger(__name__)

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


@dataclass(frozen=True)
class LeftOut:
    """A protein that is in the source but not in the data set."""

    id: str
    reason: str


def checked(proteins: Iterable[Protein], origin: str) -> list[Protein]:
    """Collect proteins, making sure that each is whole and named once.

    Args:
        proteins: as a format's reader yields them.
        origin: the file or files they come from, for messages.

    Raises:
        ProtlangError: naming `origin`, the record, the fault and the remedy.
    """
    collected: dict[str, Protein] = {}
    for protein in proteins:
        where = f"{origin}: record {protein.id}"
        if protein.id in collected:
            raise ProtlangError(f"{where} occurs twice; rename or remove one of them")
        _check_protein(protein, where)
        collected[protein.id] = protein
    if not collected:
        raise ProtlangError(f"{origin} holds no protein; fetch it again")
    return list(collected.values())


def check_invariants(
    proteins: Sequence[Protein], invariants: Mapping[str, int], origin: str
) -> None:
    """Compare counts with what the source is known to hold.

    Raises:
        ProtlangError: if the number of `proteins` or `residues` is another one.
    """
    found = {
        "proteins": len(proteins),
        "residues": sum(len(protein.sequence) for protein in proteins),
    }
    for name, expected in invariants.items():
        if found.get(name, expected) != expected:
            raise ProtlangError(
                f"{origin} holds {found[name]:,} {name}, not {expected:,}: it is "
                "another release or incomplete; fetch it again, or correct "
                f"invariants.{name} of this source if you mean to use it"
            )


def recover_sequences(
    proteins: Sequence[Protein], seqres: Path
) -> tuple[list[Protein], list[LeftOut]]:
    """Replace sequences that hide non-standard residues by those of the PDB.

    Proteins without a PDB sequence of the same length are left out, as in the paper
    (SeqVec, Methods, "Per-residue level": 56 of the training and 3 of the test
    proteins).

    Args:
        proteins: with PDB chains as ids.
        seqres: `pdb_seqres.txt.gz`.

    Returns:
        The proteins with their original letters, and those left out.
    """
    keys = {protein.id: chain_key(protein.id) for protein in proteins}
    chains = read_chains(seqres, {key for key in keys.values() if key})
    kept, left_out = [], []
    for protein in proteins:
        sequence = chains.get(keys[protein.id] or "")
        if sequence is None:
            left_out.append(LeftOut(protein.id, "no such chain in the PDB sequences"))
        elif len(sequence) != len(protein.sequence):
            lengths = f"{len(protein.sequence)} residues here, {len(sequence)} there"
            left_out.append(
                LeftOut(protein.id, f"length differs in the PDB: {lengths}")
            )
        else:
            kept.append(replace(protein, sequence=_legal(sequence)))
    return kept, left_out


def hold_out(
    proteins: Sequence[Protein], number: int, seed: int
) -> tuple[list[Protein], list[Protein]]:
    """Split proteins into (kept, held out), the same way whatever their order.

    Raises:
        ProtlangError: if fewer than one protein would be left to train on.
    """
    if number >= len(proteins):
        raise ProtlangError(
            f"cannot hold out {number} of {len(proteins)} proteins; lower "
            "`validation` of the data set"
        )
    ranked = sorted(proteins, key=lambda protein: _rank(protein.id, seed))
    chosen = {protein.id for protein in ranked[:number]}
    kept = [protein for protein in proteins if protein.id not in chosen]
    return kept, [protein for protein in proteins if protein.id in chosen]


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
    facts: dict[str, Any] = json.loads(pq.read_schema(path).metadata[_METADATA_KEY])
    return facts


def _check_protein(protein: Protein, where: str) -> None:
    if not protein.sequence:
        raise ProtlangError(f"{where} has an empty sequence; remove the record")
    check_letters(protein.sequence, RESIDUES, f"{where}: the sequence")
    for label, text in protein.labels.items():
        if len(text) != len(protein.sequence):
            raise ProtlangError(
                f"{where} has {len(protein.sequence)} residues but {len(text)} "
                f"{label} labels; correct or remove the record"
            )
        check_letters(text, LABEL_STATES[label], f"{where}: the {label} label")
    if protein.profile is not None and not np.isfinite(protein.profile).all():
        raise ProtlangError(
            f"{where} has a profile with values that are no numbers; correct or "
            "remove the record"
        )


def _legal(sequence: str) -> str:
    """Letters of the PDB that are no residue of ours become X (unknown)."""
    return "".join(letter if letter in RESIDUES else "X" for letter in sequence)


def _rank(identifier: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{identifier}".encode()).digest()


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
