"""SCOPe of the simulated world, with entries of SIFTS and UniProt on its chains.

Superfamilies are trees of relatives with one structure, which their class shapes:
helices alone, strands alone, both in turns or apart. Families are branches of these
trees. What an enzyme does follows from its family, and so, mostly, does the kingdom it
is found in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from protlang.alphabet import AMINO_ACIDS, Q8_STATES
from protlang.formats.astral import JOINT, Domain, Region
from protlang.formats.speclist import Species
from protlang.proteins import SIMULATED_MARK
from protlang.simulation.families import Family, families_of_structures
from protlang.simulation.shares import apportion, draw, evenly
from protlang.simulation.structure import draw_states
from protlang.simulation.substitution import GAP, letters_of
from protlang.simulation.world import SimulationConfig, stream

CLASS_WEIGHTS: Mapping[str, int] = {
    "a": 2540,
    "b": 2895,
    "c": 4160,
    "d": 3462,
    "e": 279,
    "f": 272,
    "g": 715,
}
"""Domains of SCOPe 2.07 at 40 % by class."""

LEAST = 10
"""Domains of each class, however few are requested."""

DOMAINS_PER_SUPERFAMILY = 7
"""In SCOPe 2.07: 14,323 domains of 2,024 superfamilies."""

FAMILIES_PER_SUPERFAMILY = 2

SUPERFAMILIES_PER_FOLD = 2

ENZYMES = 0.5
"""Share of families that are enzymes."""

FAITHFUL = 0.8
"""Share of domains that are from their family's own kingdom."""

BURIED_IN_MEMBRANE = 0.85
"""Share of the residues of membrane helices that are hydrophobic for that reason."""

FIRST_TAXON = 9_000_001
"""Taxa of the simulated world begin here, far above those that NCBI has given out."""

_HELIX, _STRAND, _COIL = (Q8_STATES.index(state) for state in "HEC")
_HELICAL = np.array([Q8_STATES.index(state) for state in "GHI"])
_EXTENDED = np.array([Q8_STATES.index(state) for state in "BE"])
_KINGDOMS = {"B": 6462, "E": 5838, "A": 645, "V": 323, "O": 150}
_SPECIES_PER_KINGDOM = 4
_UNLISTED = FIRST_TAXON + 999
_MAIN_CLASSES = {"1": 905, "2": 1427, "3": 1523, "4": 327, "5": 260, "6": 279}

CODES = "abcdefghijklmnopqrstuvwxyz0123456789"
"""Characters of PDB codes, which begin with 0."""

PIECES = (
    *("whole chain", "second chain", "part", "segments", "negative", "insertion"),
    *("two chains", "lower-case chain", "digit chain"),
)
"""What a domain is made of; the first domains take these in turn."""

_PIECE_WEIGHTS = (0.45, 0.1, 0.25, 0.08, 0.02, 0.02, 0.04, 0.02, 0.02)


@dataclass(frozen=True)
class Scope:
    """SCOPe's domains and the rows of the files that go with them.

    Attributes:
        domains: in the order of their sccs.
        accessions: rows of `sifts.UNIPROT_COLUMNS`.
        enzymes: rows of `sifts.ENZYME_COLUMNS`.
        taxa: rows of `sifts.TAXONOMY_COLUMNS`.
        species: of UniProt's list.
    """

    domains: list[Domain]
    accessions: list[tuple[str, ...]]
    enzymes: list[tuple[str, ...]]
    taxa: list[tuple[str, ...]]
    species: list[Species]


@dataclass(frozen=True)
class _Member:
    """A domain before it has a place in the PDB."""

    sccs: str
    sequence: str
    ec: str
    kingdom: str


def simulate_scope(config: SimulationConfig) -> Scope:
    """The domains and what is known of them; equal configs give equal files."""
    rng = stream(config.seed, "scope")
    members = [
        member
        for name, count in apportion(
            config.scope["domains"], CLASS_WEIGHTS, LEAST
        ).items()
        for member in _members_of_class(name, count, config.length, rng)
    ]
    scope = Scope([], [], [], [], _species())
    kinds = draw_kinds(len(members), rng)
    codes = (f"0{''.join(code)}" for code in product(CODES[26:], CODES, CODES))
    for number, (member, kind, code) in enumerate(
        zip(members, kinds, codes, strict=False)
    ):
        _deposit(scope, number, member, kind, code, rng)
    return scope


def _members_of_class(
    name: str, count: int, length: tuple[int, int], rng: np.random.Generator
) -> Iterator[_Member]:
    """Yield the domains of a class, superfamily by superfamily."""
    trees = -(-count // DOMAINS_PER_SUPERFAMILY)
    sizes = np.array(evenly(count, trees))
    lengths = rng.integers(*length, trees, endpoint=True)
    structures = [shaped(states, name) for states in _drawn(lengths, name, rng)]
    families = families_of_structures(structures, sizes, rng)
    for number, family in enumerate(families):
        fold, superfamily = divmod(number, SUPERFAMILIES_PER_FOLD)
        place = f"{name}.{fold + 1}.{superfamily + 1}"
        alignment = _decorated(family, name, rng)
        branches = _branches(alignment)
        yield from _members_of_tree(place, alignment, branches, rng)


def _drawn(
    lengths: np.ndarray, name: str, rng: np.random.Generator
) -> list[np.ndarray]:
    """Structures; small proteins are half as long, multi-domain ones half longer."""
    factor = {"g": 0.5, "e": 1.5}.get(name, 1.0)
    return draw_states(np.maximum(20, (lengths * factor).astype(int)), rng)


def shaped(states: np.ndarray, name: str) -> np.ndarray:
    """A structure as its class has it.

    Args:
        states: codes of `nature.STATES`, (columns,).
        name: of the class, a letter.
    """
    states = states.copy()
    if name in "af":
        states[np.isin(states, _EXTENDED)] = _HELIX
    elif name == "b":
        states[np.isin(states, _HELICAL)] = _STRAND
    elif name == "g":
        states[np.isin(states, _HELICAL)] = _COIL
    elif name == "d":
        states = np.concatenate(
            [states[np.isin(states, _HELICAL)], states[~np.isin(states, _HELICAL)]]
        )
    return states


def _decorated(family: Family, name: str, rng: np.random.Generator) -> np.ndarray:
    """The alignment, with what the structure alone does not give its class."""
    alignment = family.alignment.copy()
    if name == "g":  # held together by disulphide bridges
        columns = rng.permutation(alignment.shape[1])[: alignment.shape[1] // 8]
        replaced = np.zeros(alignment.shape, dtype=bool)
        replaced[:, columns] = True
        choices = [AMINO_ACIDS.index("C")]
    elif name == "f":  # helices within the membrane
        replaced = np.broadcast_to(family.states == _HELIX, alignment.shape)
        replaced = replaced & (rng.random(alignment.shape) < BURIED_IN_MEMBRANE)
        choices = [AMINO_ACIDS.index(letter) for letter in "LIVAFGMW"]
    else:
        return alignment
    replaced = replaced & (alignment != GAP)
    alignment[replaced] = rng.choice(choices, replaced.sum())
    return alignment


def _branches(alignment: np.ndarray) -> np.ndarray:
    """Which family each member belongs to: that of the founder it is most like."""
    founders = alignment[:FAMILIES_PER_SUPERFAMILY]
    alike = (alignment[:, None] == founders).mean(axis=2)
    nearest: np.ndarray = alike.argmax(axis=1)
    return nearest


def _members_of_tree(
    place: str, alignment: np.ndarray, branches: np.ndarray, rng: np.random.Generator
) -> Iterator[_Member]:
    for branch in range(branches.max() + 1):
        ec = _draw_enzyme(rng)
        home = draw(_KINGDOMS, rng)
        for row in alignment[branches == branch]:
            sequence = letters_of(row[row != GAP])
            stays = rng.random() < FAITHFUL
            kingdom = home if stays else draw(_KINGDOMS, rng)
            yield _Member(f"{place}.{branch + 1}", sequence, ec, kingdom)


def _draw_enzyme(rng: np.random.Generator) -> str:
    """An E.C. number, now and then an incomplete one, or `?`."""
    main = draw(_MAIN_CLASSES, rng)
    rest = ".".join(str(digit) for digit in rng.integers(1, 30, 3))
    if rng.random() >= ENZYMES:
        return "?"
    return f"{main}.{rest}" if rng.random() < 0.9 else f"{main}.{rest[0]}.-.-"


def draw_kinds(count: int, rng: np.random.Generator) -> list[str]:
    """What each domain is made of: everything once, then at random."""
    drawn = rng.choice(PIECES, count, p=_PIECE_WEIGHTS).tolist()
    kinds: list[str] = [*PIECES, *drawn][:count]
    return [kinds[place] for place in rng.permutation(count)]


def _species() -> list[Species]:
    """UniProt's list; it lacks one taxon, as it lacks many real ones."""
    return [
        Species(
            f"0SIM{CODES[number].upper()}",
            kingdom,
            FIRST_TAXON + number,
            f"Nihil fictum {number + 1}",
        )
        for number, (kingdom, _) in enumerate(
            product(_KINGDOMS, range(_SPECIES_PER_KINGDOM))
        )
    ]


def draw_taxon(kingdom: str, rng: np.random.Generator) -> int:
    """A taxon of a kingdom, now and then one that UniProt does not list."""
    first = FIRST_TAXON + list(_KINGDOMS).index(kingdom) * _SPECIES_PER_KINGDOM
    taxon = first + int(rng.integers(_SPECIES_PER_KINGDOM))
    return taxon if rng.random() < 0.95 else _UNLISTED


def _deposit(
    scope: Scope,
    number: int,
    member: _Member,
    kind: str,
    code: str,
    rng: np.random.Generator,
) -> None:
    """Give a domain its place in the PDB, and files their rows about it."""
    taxon = draw_taxon(member.kingdom, rng)
    domain = deposited(member.sccs, member.sequence, kind, code, taxon)
    if rng.random() >= 0.97:
        domain = replace(domain, tax_id=None)
    scope.domains.append(domain)
    if rng.random() < 0.97:
        _describe_chains(scope, number, member, code, domain.chains, taxon, rng)


def _describe_chains(
    scope: Scope,
    number: int,
    member: _Member,
    code: str,
    chains: Sequence[str],
    taxon: int,
    rng: np.random.Generator,
) -> None:
    """Rows about the chains of a domain, and about another chain of some entries.

    The other chain is called `NA`, or like the domain's but in the other case; it is
    another protein, of another kind and from elsewhere.
    """
    accession = f"0SCP{number:05d}"
    facts = [(chain, accession, member.ec, taxon) for chain in chains]
    if rng.random() < 0.1:
        other = chains[0].swapcase() if chains[0].isalpha() else "NA"
        name = other if rng.random() < 0.5 else "NA"
        elsewhere = draw_taxon(draw(_KINGDOMS, rng), rng)
        facts.append((name, f"0SCQ{number:05d}", _draw_enzyme(rng), elsewhere))
    length = str(len(member.sequence))
    for chain, protein, ec, source in facts:
        places = ("1", length, "None", length, "1", length)
        scope.accessions.append((code, chain, protein, *places))
        scope.enzymes.append((code, chain, protein, ec))
        for name in (f"Nihil fictum {source}", f"Nihil fictum {source}, strain 1"):
            scope.taxa.append((code, chain, str(source), name))


def deposited(sccs: str, sequence: str, kind: str, code: str, taxon: int) -> Domain:
    """A domain with its place in the PDB.

    Args:
        sccs: its classification.
        sequence: of its residues.
        kind: one of `PIECES`.
        code: of the PDB entry.
        taxon: of its source.
    """
    regions, joined = regions_of(kind, sequence)
    chain = regions[0].chain.lower()
    return Domain(
        f"g{code}.1" if kind == "two chains" else f"d{code}{chain}_",
        sccs,
        regions,
        f"Putative domain, {SIMULATED_MARK}",
        f"Nihil fictum ({taxon})",
        taxon,
        joined,
    )


def regions_of(kind: str, sequence: str) -> tuple[tuple[Region, ...], str]:
    """The pieces of a domain, and its sequence with an X where they are joined."""
    length = len(sequence)
    middle = length // 2
    joined = sequence[:middle] + JOINT + sequence[middle:]
    if kind == "segments":
        second = Region("A", str(middle + 21), str(length + 20))
        return (Region("A", "1", str(middle)), second), joined
    if kind == "two chains":
        return (Region("A"), Region("B")), joined
    single = {
        "whole chain": Region("A"),
        "second chain": Region("B"),
        "part": Region("A", "21", str(length + 20)),
        "negative": Region("A", "-3", str(length - 4)),
        "insertion": Region("A", "20A", str(length + 20)),
        "lower-case chain": Region("a"),
        "digit chain": Region("1"),
    }
    return (single[kind],), sequence
