"""Protein chains whose structures were "solved", with profiles and labels."""

from dataclasses import dataclass, replace

import numpy as np

from protlang.alphabet import AMINO_ACIDS, RESIDUES
from protlang.proteins import Protein
from protlang.simulation.families import Family
from protlang.simulation.profiles import hhblits_profile
from protlang.simulation.structure import (
    disorder_labels,
    draw_geometry,
    q8_labels,
    shift_boundaries,
)
from protlang.simulation.substitution import GAP

UNUSUAL_CHAINS = 0.05
"""Share of chains in which one residue is none of the 20."""

_REPLACED_BY = {"U": "C", "O": "K", "B": "DN", "Z": "EQ", "X": AMINO_ACIDS}
"""The residues that each rare or ambiguous letter may replace."""


@dataclass(frozen=True)
class Chain:
    """One member of a family in the form in which the PDB would hold it.

    Attributes:
        protein: with labels `q8`, `disorder` and `mask` (all 1) and a profile; its
            sequence may hold any of `RESIDUES`.
        geometry: float32 (length, 7), as made by `structure.draw_geometry`.
    """

    protein: Protein
    geometry: np.ndarray


def solve_structure(family: Family, name: str, rng: np.random.Generator) -> Chain:
    """The chain of a family's last member."""
    member = family.alignment[-1]
    present = member != GAP
    states = shift_boundaries(family.states, rng)[present]
    residues = _disguise_residue(member[present], rng)
    indicators = residues[:, None] == np.arange(len(AMINO_ACIDS))
    profile = np.concatenate([indicators, hhblits_profile(family.alignment)], axis=1)
    protein = Protein(
        name,
        "".join(RESIDUES[code] for code in residues),
        {
            "q8": q8_labels(states),
            "disorder": disorder_labels(states),
            "mask": "1" * len(states),
        },
        profile.astype(np.float32),
    )
    geometry = draw_geometry(states, family.burial[present], residues, rng)
    return Chain(protein, geometry)


def draw_domains(
    protein: Protein, count: int, rng: np.random.Generator
) -> list[Protein]:
    """CB513's view of a chain: the whole of it, once per evaluated domain.

    The mask of an entry is 1 in its domain. A lone domain may span the chain.

    Args:
        protein: the chain.
        count: entries wanted, 1 or 2.
        rng: source of chance.
    """
    length = len(protein.sequence)
    cut = round(length * rng.uniform(0.35, 0.65))
    halves = ["1" * cut + "0" * (length - cut), "0" * cut + "1" * (length - cut)]
    masks = halves if count == 2 else [rng.choice(["1" * length, *halves])]
    return [
        replace(protein, labels={**protein.labels, "mask": str(mask)}) for mask in masks
    ]


def _disguise_residue(residues: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Codes of `RESIDUES`, one of them perhaps not among the 20 (`UNUSUAL_CHAINS`)."""
    residues = residues.copy()
    if rng.random() < UNUSUAL_CHAINS:
        letter = str(rng.choice([*_REPLACED_BY]))
        replaced = [AMINO_ACIDS.index(residue) for residue in _REPLACED_BY[letter]]
        positions = np.flatnonzero(np.isin(residues, replaced))
        residues[rng.permutation(positions)[:1]] = RESIDUES.index(letter)
    return residues
