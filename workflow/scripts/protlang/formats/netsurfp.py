"""The NetSurfP-2.0 arrays: `Train_HHblits.npz`, `CB513_HHblits.npz` and so on.

An archive holds `pdbids` (proteins) and `data` (proteins, positions, 68); see the
column constants below. Source: the NetSurfP-2.0 preprocessing (Klausen et al. 2019).
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from protlang.alphabet import AMINO_ACIDS, Q8_STATES, q8_to_q3
from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file
from protlang.formats.compression import damage_reported
from protlang.proteins import Protein

COLUMNS = 68
RESIDUE_COLUMNS = slice(0, 20)
"""Residue indicators in the order of `AMINO_ACIDS`; all zero for any other letter."""
PROFILE_COLUMNS = slice(0, 50)
"""Indicators, 20 emissions, 7 transitions, 3 diversities, each 2^(-value/1000)."""
SEQUENCE_COLUMN = 50
ORDERED_COLUMN = 51
EVALUATED_COLUMN = 52
Q8_COLUMNS = slice(57, 65)
STRUCTURE_COLUMNS = [53, 54, 55, 56, 65, 66, 67]
"""Accessibilities (isolated, complexed; absolute, relative), phi, psi, maximal ASA."""

_RESIDUES = np.frombuffer((AMINO_ACIDS + "X").encode(), dtype="S1")
_STATES = np.frombuffer(Q8_STATES.encode(), dtype="S1")
_FLAGS = np.array([b"0", b"1"])
_REFETCH = "delete it and fetch it again"


def read(files: Mapping[str, Path], source: str) -> Iterator[Protein]:
    """Stream the proteins of one archive, one at a time (the array may need 10 GB).

    A chain that is in the array several times with different evaluation masks
    (CB513: one entry per domain) keeps its id the first time and gets `.2`, `.3` …
    after that.

    Args:
        files: the archive under the key `data`.
        source: the source's name, for messages.

    Raises:
        ProtlangError: if the archive is damaged, or a record contradicts itself or
            repeats another one.
    """
    path = require_file(files["data"], f"fetch {source} again")
    with _archive(path) as archive:
        ids = _read_ids(archive, path)
        masks_by_id: dict[str, tuple[str, set[str]]] = {}
        for number, row in enumerate(_rows(archive, path, len(ids))):
            protein = _protein(ids[number], row, f"{path}: record {ids[number]}")
            yield _numbered_domain(protein, masks_by_id, path)


def write(
    path: Path | str,
    proteins: Sequence[Protein],
    provenance: str,
    structure: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Write proteins as an archive of the same layout; equal input gives equal bytes.

    Args:
        path: the `.npz` file.
        proteins: with labels `q8`, `disorder` and `mask` and a profile each; ids may
            repeat, as in CB513.
        provenance: a line that marks the data as simulated, and by what; a third
            member of the archive, which upstream files do not have.
        structure: by id, float32 (length, 7) for `STRUCTURE_COLUMNS`.
    """
    positions = max(len(protein.sequence) for protein in proteins)
    data = np.zeros((len(proteins), positions, COLUMNS), dtype=np.float32)
    for row, protein in zip(data, proteins, strict=True):
        _fill_row(row[: len(protein.sequence)], protein)
        if structure is not None:
            row[: len(protein.sequence), STRUCTURE_COLUMNS] = structure[protein.id]
    with atomic_path(path) as temporary:
        np.savez_compressed(
            temporary,
            data=data,
            pdbids=np.array([protein.id for protein in proteins]),
            provenance=np.array(provenance),
        )


def is_simulated(files: Mapping[str, Path]) -> bool:
    """Whether the archive bears the simulator's `provenance`."""
    with _archive(require_file(files["data"], "fetch it again")) as archive:
        return "provenance.npy" in archive.namelist()


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    with damage_reported(path, (zipfile.BadZipFile,)), zipfile.ZipFile(path) as archive:
        missing = {"data.npy", "pdbids.npy"} - set(archive.namelist())
        if missing:
            raise ProtlangError(
                f"{path} has no array {min(missing).removesuffix('.npy')!r}; a "
                "NetSurfP-2.0 archive holds 'data' and 'pdbids'"
            )
        yield archive


def _read_array(archive: zipfile.ZipFile, name: str, path: Path) -> np.ndarray:
    with archive.open(f"{name}.npy") as member:
        try:
            return np.lib.format.read_array(member, allow_pickle=False)
        except ValueError as error:
            raise ProtlangError(
                f"{path}: array {name!r} cannot be read ({error}); {_REFETCH}"
            ) from error


def _read_ids(archive: zipfile.ZipFile, path: Path) -> list[str]:
    ids = _read_array(archive, "pdbids", path)
    return [i.decode() if isinstance(i, bytes) else str(i) for i in ids.tolist()]


def _rows(archive: zipfile.ZipFile, path: Path, proteins: int) -> Iterator[np.ndarray]:
    """Yield each protein's (positions, 68) block without holding the others."""
    with archive.open("data.npy") as member:
        shape, dtype = _header(member, path)
        if len(shape) != 3 or shape[0] != proteins or shape[2] != COLUMNS:
            raise ProtlangError(
                f"{path}: 'data' has shape {shape} for {proteins} ids; expected "
                f"({proteins}, positions, {COLUMNS}): {_REFETCH}"
            )
        size = shape[1] * shape[2] * dtype.itemsize
        for number in range(proteins):
            block = member.read(size)
            if len(block) < size:
                raise ProtlangError(
                    f"{path}: 'data' ends in record {number + 1} of {proteins}; "
                    f"{_REFETCH}"
                )
            yield np.frombuffer(block, dtype=dtype).reshape(shape[1:])


def _header(member: IO[bytes], path: Path) -> tuple[tuple[int, ...], np.dtype]:
    try:
        version = np.lib.format.read_magic(member)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, fortran_order, dtype = read_header(member)
    except (ValueError, KeyError) as error:
        raise ProtlangError(
            f"{path}: 'data' has no numpy header; {_REFETCH}"
        ) from error
    if fortran_order or dtype.hasobject:
        raise ProtlangError(
            f"{path}: 'data' must be a plain C-ordered array of numbers; {_REFETCH}"
        )
    return shape, dtype


def _protein(identifier: str, row: np.ndarray, where: str) -> Protein:
    length = _length(row[:, SEQUENCE_COLUMN], where)
    row = row[:length].astype(np.float32)
    q8 = _decode_states(row[:, Q8_COLUMNS], where)
    labels = {
        "q3": q8_to_q3(q8),
        "q8": q8,
        "disorder": _decode_flags(1 - row[:, ORDERED_COLUMN], where, "disorder"),
        "mask": _decode_flags(row[:, EVALUATED_COLUMN], where, "evaluation"),
    }
    sequence = _decode_residues(row[:, RESIDUE_COLUMNS], where)
    # A copy, since a view would keep all 68 columns in memory.
    return Protein(identifier, sequence, labels, row[:, PROFILE_COLUMNS].copy())


def _length(mask: np.ndarray, where: str) -> int:
    length = int(np.count_nonzero(mask))
    if length == 0:
        raise ProtlangError(f"{where} has no residues; remove it from the archive")
    if not (mask[:length] == 1).all():
        raise ProtlangError(f"{where} has a gap in its sequence mask; {_REFETCH}")
    return length


def _decode_residues(indicators: np.ndarray, where: str) -> str:
    if not np.isin(indicators, (0, 1)).all() or (indicators.sum(axis=1) > 1).any():
        raise ProtlangError(f"{where} has residues that are not one-hot; {_REFETCH}")
    known = indicators.any(axis=1)
    index = np.where(known, indicators.argmax(axis=1), len(AMINO_ACIDS))
    return _text(_RESIDUES[index])


def _decode_states(indicators: np.ndarray, where: str) -> str:
    if not (np.isin(indicators, (0, 1)).all() and (indicators.sum(axis=1) == 1).all()):
        raise ProtlangError(
            f"{where} has residues without exactly one Q8 state; {_REFETCH}"
        )
    return _text(_STATES[indicators.argmax(axis=1)])


def _decode_flags(flags: np.ndarray, where: str, what: str) -> str:
    if not np.isin(flags, (0, 1)).all():
        raise ProtlangError(
            f"{where} has values other than 0 and 1 in its {what} mask; {_REFETCH}"
        )
    return _text(_FLAGS[flags.astype(int)])


def _text(letters: np.ndarray) -> str:
    return bytes(letters.tobytes()).decode()


def _numbered_domain(
    protein: Protein, seen: dict[str, tuple[str, set[str]]], path: Path
) -> Protein:
    sequence, masks = seen.setdefault(protein.id, (protein.sequence, set()))
    mask = protein.labels["mask"]
    if protein.sequence != sequence or mask in masks:
        raise ProtlangError(
            f"{path}: the id {protein.id} is given to two records that are not "
            "evaluated domains of one chain; rename or remove one of them"
        )
    masks.add(mask)
    if len(masks) == 1:
        return protein
    domain = f"{protein.id}.{len(masks)}"
    return replace(protein, id=domain)


def _fill_row(row: np.ndarray, protein: Protein) -> None:
    """Fill one protein's (length, 68) block in place, structure columns excepted."""
    if protein.profile is None:
        raise ValueError(f"{protein.id} has no profile")
    row[:, PROFILE_COLUMNS] = protein.profile
    row[:, SEQUENCE_COLUMN] = 1
    row[:, ORDERED_COLUMN] = _encode(protein.labels["disorder"]) == b"0"
    row[:, EVALUATED_COLUMN] = _encode(protein.labels["mask"]) == b"1"
    row[:, Q8_COLUMNS] = _encode(protein.labels["q8"])[:, None] == _STATES


def _encode(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype="S1")
