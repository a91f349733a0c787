"""SCOPe 2.06 and 2.07 at 95 % of the simulated world, with contact maps.

A fold is a structure, with some residues that suit it; its superfamilies have it in
common and hardly more, a superfamily's families are distant relatives, and a family's
domains are close ones. So two domains have the more in common the lower the level they
share. Domains that came with 2.07 belong to families that were known or not.

Contacts follow from the structure alone: residues near in sequence, the next turn of a
helix, strands side by side (antiparallel across a turn, parallel across a helix), and
the greasy sides of helices that follow each other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from protlang.alphabet import AMINO_ACIDS, Q8_STATES
from protlang.formats.astral import JOINT, Domain
from protlang.formats.contact_maps import CONTACT, NO_CONTACT, UNLABELLED, ContactMap
from protlang.simulation.families import site_fitness
from protlang.simulation.nature import DISORDERED, HYDROPATHY
from protlang.simulation.scope import (
    CLASS_WEIGHTS,
    CODES,
    deposited,
    draw_kinds,
    draw_taxon,
    shaped,
)
from protlang.simulation.shares import apportion, evenly
from protlang.simulation.structure import draw_burial, draw_states
from protlang.simulation.substitution import (
    SubstitutionProcess,
    equilibrium,
    letters_of,
    rate_matrix,
    sample,
)
from protlang.simulation.world import SimulationConfig, stream

RELEASES = ("2.06", "2.07")

NEW_SHARE = 0.15
"""Share of the domains of 2.07 that 2.06 lacks."""

MEMBERS, FAMILIES, SUPERFAMILIES = 3, 2, 2
"""Domains of a family at least, families of a superfamily, superfamilies of a fold."""

FEWEST_FOLDS = 2
"""Of each class."""

MULTI_DOMAIN = "e"
"""The class whose first fold is longer than all others, as if of several domains."""

TIMES_LONGER = 3
"""Than the longest of the others: pairs of more than 512 residues are needed, too."""

SUPERFAMILY_PREFERENCE = 0.4
"""Standard deviation of the preferences of each site of a superfamily."""

SUPERFAMILY_TIME, FAMILY_TIME, MEMBER_TIME = 3.0, 1.2, 0.5
"""Substitutions per site that selection ignores, from the fold's first protein to that
of a superfamily, from there to a family's, and from there to its members.

These keep about two thirds of their residues, and no two of them 95 %.
"""

LOST = 0.03
"""Share of loop residues that a domain lacks."""

MEMBRANE_GREASE = 0.9
"""How much hydropathy matters in helices within the membrane (class f)."""

BRIDGED = 1 / 8
"""Share of the sites of small proteins (class g) that are cysteines in bridges."""

BRIDGE_STRENGTH = 6.0
"""Log fitness of such a cysteine: hardly anything else stands there."""

NEIGHBOURHOOD = 2
"""Residues this near in sequence touch."""

TURN = 4
"""Residues this near in one helix touch."""

STRAND_WIDTH, HELIX_WIDTH = 2, 3
"""How far beyond their partners residues of two strands, or helices, touch."""

BURIED = 0.3
"""Depth from which on residues of two helices touch."""

_FEWEST_OF_FOLD = MEMBERS * FAMILIES * SUPERFAMILIES

_HELIX, _STRAND = (Q8_STATES.index(state) for state in "HE")
_ORDERED = (_HELIX, _STRAND)


@dataclass(frozen=True)
class Homology:
    """SCOPe's domains at 95 %, and their maps.

    Attributes:
        domains: by release, in the order of their sccs; those of 2.06 are in 2.07 too.
        maps: of the same domains, by release.
    """

    domains: Mapping[str, list[Domain]]
    maps: Mapping[str, list[ContactMap]]


@dataclass(frozen=True)
class _Fold:
    """What all domains of a fold share.

    Attributes:
        fitness: log fitness of each residue at each column, (columns, 20).
        states: codes of `nature.STATES`, (columns,).
        contacts: as in a `ContactMap`, (columns, columns).
    """

    fitness: np.ndarray
    states: np.ndarray
    contacts: np.ndarray


@dataclass(frozen=True)
class _Member:
    """A domain before it has a place in the PDB."""

    sccs: str
    sequence: str
    contacts: np.ndarray


def simulate_homology(config: SimulationConfig) -> Homology:
    """The domains and their maps; equal configs give equal files."""
    rng = stream(config.seed, "homology")
    counts = apportion(
        config.homology["domains"], CLASS_WEIGHTS, FEWEST_FOLDS * _FEWEST_OF_FOLD
    )
    members = [
        member
        for name, count in counts.items()
        for member in _members_of_class(name, count, config.length, rng)
    ]
    kinds = draw_kinds(len(members), rng)
    # Apart from the codes of the 40 % set and of NetSurfP's chains.
    codes = ("0" + "".join(code) for code in product(CODES[18:26], CODES, CODES))
    new = rng.permutation(len(members)) < round(NEW_SHARE * len(members))
    domains, maps = [], []
    for member, kind, code in zip(members, kinds, codes, strict=False):
        taxon = draw_taxon(str(rng.choice(["B", "E"])), rng)
        domain = deposited(member.sccs, member.sequence, kind, code, taxon)
        domains.append(domain)
        maps.append(_map_of(domain, member.contacts))
    old = np.flatnonzero(~new)
    return Homology(
        {"2.06": [domains[place] for place in old], "2.07": domains},
        {"2.06": [maps[place] for place in old], "2.07": maps},
    )


def contacts_of(states: np.ndarray, burial: np.ndarray) -> np.ndarray:
    """Which columns of a structure touch.

    Args:
        states: codes of `nature.STATES`, (columns,).
        burial: depth of each column in the core, (columns,).

    Returns:
        int8 (columns, columns), symmetric; `UNLABELLED` where a residue is unresolved.
    """
    columns = np.arange(len(states))
    distance = abs(np.subtract.outer(columns, columns))
    touching = distance <= NEIGHBOURHOOD
    elements = _elements(states)
    for state, start, end in elements:
        if state == _HELIX:
            inside = slice(start, end), slice(start, end)
            touching[inside] |= distance[inside] <= TURN
    for before, behind in pairwise(elements):
        if before[0] == behind[0] == _HELIX:
            _pair(touching, before, behind, HELIX_WIDTH, only=burial > BURIED)
        elif before[0] == behind[0]:
            _pair(touching, before, behind, STRAND_WIDTH)
    triples = zip(elements, elements[1:], elements[2:], strict=False)
    for before, between, behind in triples:
        if before[0] == behind[0] == _STRAND and between[0] == _HELIX:
            _pair(touching, before, behind, STRAND_WIDTH, parallel=True)
    contacts = np.where(touching | touching.T, CONTACT, NO_CONTACT).astype(np.int8)
    unresolved = states == DISORDERED
    contacts[unresolved] = contacts[:, unresolved] = UNLABELLED
    return contacts


def _elements(states: np.ndarray) -> list[tuple[int, int, int]]:
    """Helices and strands: state, start, end (exclusive)."""
    starts = np.flatnonzero(np.r_[True, states[1:] != states[:-1]])
    ends = np.r_[starts[1:], len(states)]
    runs = zip(states[starts].tolist(), starts.tolist(), ends.tolist(), strict=True)
    return [run for run in runs if run[0] in _ORDERED]


def _pair(
    touching: np.ndarray,
    before: tuple[int, int, int],
    behind: tuple[int, int, int],
    width: int,
    *,
    parallel: bool = False,
    only: np.ndarray | None = None,
) -> None:
    """Lay two elements side by side: mark who touches, above the diagonal.

    Args:
        touching: is changed, (columns, columns).
        before: the first element, as of `_elements`.
        behind: the second.
        width: how far residues touch beyond their partners.
        parallel: whether their starts meet; else the first one's end and the other's
            start do.
        only: columns that can touch, (columns,); all by default.
    """
    (_, start, end), (_, other_start, other_end) = before, behind
    place = np.arange(start, end)[:, None]
    other = np.arange(other_start, other_end) - other_start
    offset = (place - start) - other if parallel else (end - 1 - place) - other
    near = abs(offset) <= width
    if only is not None:
        near &= only[start:end, None] & only[other_start:other_end]
    touching[start:end, other_start:other_end] |= near


def _members_of_class(
    name: str, count: int, length: tuple[int, int], rng: np.random.Generator
) -> Iterator[_Member]:
    """Yield the domains of a class, fold by fold and family by family."""
    sizes = evenly(count, count // _FEWEST_OF_FOLD)
    lengths = rng.integers(*length, len(sizes), endpoint=True)
    if name == MULTI_DOMAIN:
        lengths[0] = round(TIMES_LONGER * length[1])
    structures = draw_states(lengths, rng)
    for number, (states, size) in enumerate(zip(structures, sizes, strict=True)):
        fold = _fold(shaped(states, name), name, rng)
        yield from _members_of_fold(f"{name}.{number + 1}", fold, size, rng)


def _fold(states: np.ndarray, name: str, rng: np.random.Generator) -> _Fold:
    burial = draw_burial(states, rng)
    fitness = site_fitness(states, burial, rng)
    if name == "f":
        fitness += MEMBRANE_GREASE * np.outer(states == _HELIX, HYDROPATHY)
    elif name == "g":
        bridged = rng.permutation(len(states))[: round(BRIDGED * len(states))]
        fitness[bridged, AMINO_ACIDS.index("C")] += BRIDGE_STRENGTH
    return _Fold(fitness, states, contacts_of(states, burial))


def _members_of_fold(
    place: str, fold: _Fold, count: int, rng: np.random.Generator
) -> Iterator[_Member]:
    """Yield a fold's domains, divided among its families as evenly as can be."""
    evolve = SubstitutionProcess.from_rates(rate_matrix()).evolve
    columns = np.ones(len(fold.states))
    sizes = iter(evenly(count, FAMILIES * SUPERFAMILIES))
    first = sample(np.cumsum(equilibrium(fold.fitness), axis=1), rng)
    for superfamily in range(1, SUPERFAMILIES + 1):
        likes = rng.normal(0, SUPERFAMILY_PREFERENCE, fold.fitness.shape)
        fitness = fold.fitness + likes
        ancestor = evolve(first, fitness, SUPERFAMILY_TIME * columns, rng)
        for family in range(1, FAMILIES + 1):
            founder = evolve(ancestor, fitness, FAMILY_TIME * columns, rng)
            for _ in range(next(sizes)):
                residues = evolve(founder, fitness, MEMBER_TIME * columns, rng)
                yield _member(f"{place}.{superfamily}.{family}", residues, fold, rng)


def _member(
    sccs: str, residues: np.ndarray, fold: _Fold, rng: np.random.Generator
) -> _Member:
    """A domain of given residues, some of which in loops are lost."""
    loop = ~np.isin(fold.states, _ORDERED)
    present = ~loop | (rng.random(len(residues)) >= LOST)
    return _Member(
        sccs, letters_of(residues[present]), fold.contacts[np.ix_(present, present)]
    )


def _map_of(domain: Domain, contacts: np.ndarray) -> ContactMap:
    """The map of the sequence as deposited; joints between pieces are unlabelled."""
    residues = np.flatnonzero([letter != JOINT for letter in domain.sequence])
    length = len(domain.sequence)
    labels = np.full((length, length), UNLABELLED, dtype=np.int8)
    labels[np.ix_(residues, residues)] = contacts
    return ContactMap(domain.id, labels)
