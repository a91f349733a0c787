"""Curation: published records become complete proteins with unique ids.

Proteins that are left out are returned with the reason.
"""

import hashlib
import logging
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from protlang.alphabet import LABEL_STATES, RESIDUES, check_letters
from protlang.errors import ProtlangError
from protlang.formats.registry import DISTRIBUTIONS
from protlang.formats.seqres import chain_key, read_chains
from protlang.proteins import Protein
from protlang.sources.catalogue import Source

logger = logging.getLogger(__name__)

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class LabelledSet:
    """All usable proteins of one source.

    Attributes:
        proteins: in the order of the source.
        provenance: source, release, licence, file hashes, proteins left out and
            whether the data are simulated.
        origin: the files, for messages.
    """

    proteins: list[Protein]
    provenance: dict[str, Any]
    origin: str


def read_labelled_set(
    source: Source, files: Mapping[str, Path], seqres: Path | None, simulated: bool
) -> LabelledSet:
    """Read one source, check it and restore the residues that it masks.

    Args:
        source: its declaration.
        files: by role.
        seqres: `pdb_seqres.txt.gz`; without it masked residues stay X and no protein
            is left out.
        simulated: whether the run simulates its sources.

    Raises:
        ProtlangError: if a file or a record is damaged, or counts are not as declared.
    """
    distribution = DISTRIBUTIONS[source.distribution]
    origin = ", ".join(str(path) for path in files.values())
    proteins = checked(distribution.read(files, source.name), origin)
    _check_same_labels(proteins, origin)
    simulated = simulated or distribution.is_simulated(files)
    if not simulated:
        check_invariants(proteins, source.invariants, origin)
    left_out: list[LeftOut] = []
    if seqres is not None:
        proteins, left_out = recover_sequences(proteins, seqres)
    if not proteins:
        raise ProtlangError(
            f"none of the proteins of {origin} has its chain in {seqres}; "
            "fetch that file again, or remove `seqres` from the data set"
        )
    logger.info("%s: %d proteins, %d left out", origin, len(proteins), len(left_out))
    for reason, number in Counter(entry.reason for entry in left_out).items():
        logger.info("left out: %d (%s)", number, reason)
    provenance = {
        **source.provenance(files, simulated),
        "left_out": [asdict(entry) for entry in left_out],
        **_changes(proteins),
    }
    return LabelledSet(proteins, provenance, origin)


@dataclass(frozen=True)
class LeftOut:
    """A protein that is in the source but not in the data set."""

    id: str
    reason: str


def checked(proteins: Iterable[Protein], origin: str) -> list[Protein]:
    """Collect proteins, checking that each is complete and has an id of its own.

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
        ProtlangError: if the number of `proteins`, `residues`, distinct `sequences`, or
            proteins in a split is another one, or if something else is to be counted.
    """
    splits = Counter(protein.split for protein in proteins if protein.split)
    found = {
        "proteins": len(proteins),
        "residues": sum(len(protein.sequence) for protein in proteins),
        "sequences": len({protein.sequence for protein in proteins}),
        **dict.fromkeys(SPLITS, 0),
        **splits,
    }
    for name, expected in invariants.items():
        if name not in found:
            raise ProtlangError(
                f"{origin}: cannot count invariants.{name}; a labelled set has "
                f"{', '.join(found)}"
            )
        if found[name] != expected:
            raise ProtlangError(
                f"{origin} holds {found[name]:,} {name}, not {expected:,}: it is "
                "another release or incomplete; fetch it again, or correct "
                f"invariants.{name} of this source if you mean to use it"
            )


def recover_sequences(
    proteins: Sequence[Protein], seqres: Path
) -> tuple[list[Protein], list[LeftOut]]:
    """Replace unknown residues, which the arrays mask, by those of the PDB.

    Proteins without a PDB sequence of the same length are left out, as in the paper
    (SeqVec, Methods, "Per-residue level": 56 of the training and 3 of the test
    proteins). So are those with another residue there than a known one: the PDB is
    remediated, and under another chain's name labels and profiles would belong to other
    residues.

    Args:
        proteins: with PDB chains as ids.
        seqres: `pdb_seqres.txt.gz`.

    Returns:
        The proteins with their original letters, and those left out.
    """
    keys = {protein.id: chain_key(protein.id) for protein in proteins}
    chains = read_chains(seqres, {key for key in keys.values() if key})
    recovered, left_out = [], []
    for protein in proteins:
        sequence = chains.get(keys[protein.id] or "")
        reason = _why_another_chain(protein.sequence, sequence)
        if sequence is None or reason:
            left_out.append(LeftOut(protein.id, reason))
        else:
            merged = _fill_unknown(protein.sequence, _legal(sequence))
            recovered.append(replace(protein, sequence=merged))
    return recovered, left_out


def _why_another_chain(sequence: str, in_pdb: str | None) -> str:
    """Why a chain of the PDB is not that of a protein; empty if it may be."""
    if in_pdb is None:
        return "no such chain in the PDB"
    if len(in_pdb) != len(sequence):
        return "another length in the PDB"
    pairs = zip(sequence, _legal(in_pdb), strict=True)
    if any(one != other and "X" not in (one, other) for one, other in pairs):
        return "other residues in the PDB"
    return ""


def _fill_unknown(sequence: str, in_pdb: str) -> str:
    """The known residues of both, which agree."""
    pairs = zip(sequence, in_pdb, strict=True)
    return "".join(other if one == "X" else one for one, other in pairs)


def training_splits(
    proteins: Sequence[Protein], validation: Mapping[str, Any] | None, origin: str
) -> dict[str, list[Protein]]:
    """Proteins to train on, and proteins held out to stop early.

    Args:
        proteins: of a training set; what its publisher marks as test is ignored.
        validation: how many `proteins`, or which `share` of them, to hold out, and the
            `seed` of their choice; or which `part` of the source, by the name that its
            distribution gives it; None keeps the publisher's own splits.
        origin: the files, for messages.

    Raises:
        ProtlangError: if one of the two would be empty.
    """
    if validation is not None:
        known = [protein for protein in proteins if protein.split != "test"]
        if "part" in validation:
            return _with_held_out_part(known, validation["part"], origin)
        number = _held_out_proteins(validation, len(known))
        train, held_out = hold_out(known, number, validation["seed"])
        return {"train": train, "validation": held_out}
    return {
        name: _published_split(proteins, name, origin)
        for name in ("train", "validation")
    }


def evaluation_split(
    proteins: Sequence[Protein], origin: str, part: str = "test"
) -> dict[str, list[Protein]]:
    """Proteins to test on: one of the publisher's splits, or all if it has none.

    Args:
        proteins: of a test set.
        origin: the files, for messages.
        part: which split, where the publisher has several test sets.

    Raises:
        ProtlangError: if that split is empty.
    """
    if all(protein.split is None for protein in proteins):
        return {"test": list(proteins)}
    return {"test": _published_split(proteins, part, origin)}


def hold_out(
    proteins: Sequence[Protein], number: int, seed: int
) -> tuple[list[Protein], list[Protein]]:
    """Split proteins into training and held-out ones, independently of their order.

    Raises:
        ProtlangError: if fewer than one protein would be left to train on.
    """
    if number >= len(proteins):
        raise ProtlangError(
            f"cannot hold out {number} of {len(proteins)} proteins; lower "
            "`validation` of the data set"
        )
    ranked = sorted(proteins, key=lambda protein: seeded_rank(protein.id, seed))
    chosen = {protein.id for protein in ranked[:number]}
    train = [protein for protein in proteins if protein.id not in chosen]
    return train, [protein for protein in proteins if protein.id in chosen]


def _held_out_proteins(validation: Mapping[str, Any], proteins: int) -> int:
    """The requested number, or the share rounded to a whole number, at least one."""
    number: int = validation.get("proteins", 0)
    return number or max(1, round(float(validation["share"]) * proteins))


def _check_protein(protein: Protein, where: str) -> None:
    if not protein.id:
        raise ProtlangError(f"{where} has no id; give it one")
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
    for name, number in protein.values.items():
        if not math.isfinite(number):
            raise ProtlangError(
                f"{where} has {number} for its {name}, which is no finite number; "
                "correct or remove the record"
            )
    if protein.profile is not None:
        _check_profile(protein.profile, len(protein.sequence), where)


def _check_same_labels(proteins: Sequence[Protein], origin: str) -> None:
    """A data set has one column per label, so that no protein may lack one."""
    first, *others = proteins
    for protein in others:
        differing = sorted(_names(protein) ^ _names(first))
        if differing:
            lacks = protein if differing[0] in _names(first) else first
            raise ProtlangError(
                f"{origin}: record {lacks.id} has no {differing[0]}, which record "
                f"{(first if lacks is protein else protein).id} has; add it or remove "
                "it throughout"
            )


def _names(protein: Protein) -> set[str]:
    return {*protein.labels, *protein.classes, *protein.values}


def _changes(proteins: Sequence[Protein]) -> dict[str, dict[str, int]]:
    """Letters that readers changed, for the provenance; empty if there are none."""
    total: Counter[str] = Counter()
    for protein in proteins:
        total.update(protein.changes)
    return {"changes": dict(total)} if total else {}


def _check_profile(profile: np.ndarray, length: int, where: str) -> None:
    if len(profile) != length:
        raise ProtlangError(
            f"{where} has {length} residues but a profile of {len(profile)}; correct "
            "or remove the record"
        )
    if not np.isfinite(profile).all():
        raise ProtlangError(
            f"{where} has a profile with values that are no numbers; correct or "
            "remove the record"
        )


def _published_split(
    proteins: Sequence[Protein], name: str, origin: str
) -> list[Protein]:
    chosen = [protein for protein in proteins if protein.split == name]
    if not chosen:
        raise ProtlangError(
            f"{origin}: no protein is marked as {name}; choose another source, or hold "
            "proteins out with `validation`"
        )
    return chosen


def _with_held_out_part(
    proteins: Sequence[Protein], part: str, origin: str
) -> dict[str, list[Protein]]:
    held_out = _published_split(proteins, part, origin)
    train = [protein for protein in proteins if protein.split != part]
    if not train:
        raise ProtlangError(
            f"{origin}: all proteins are in {part}, which is held out; name another "
            "`part` in `validation` of the data set"
        )
    return {"train": train, "validation": held_out}


def _legal(sequence: str) -> str:
    """Replace letters of the PDB outside `RESIDUES` by X (unknown)."""
    return "".join(letter if letter in RESIDUES else "X" for letter in sequence)


def seeded_rank(identifier: str, seed: int) -> bytes:
    """Sorting key of a random order, independent of the other proteins."""
    return hashlib.sha256(f"{seed}:{identifier}".encode()).digest()
