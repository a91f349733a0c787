"""A small protein world: families, and the chains whose structures were "solved"."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from protlang.errors import ProtlangError
from protlang.simulation.chains import Chain, solve_structure
from protlang.simulation.families import Family, simulate_families

SETS = ("train", "cb513", "ts115", "casp12")
"""The sets of NetSurfP-2.0; no two of their chains come from the same family."""

REPEATED_CHAINS = 79 / 513
"""Share of CB513's entries that are a second domain of a chain."""

SHORTEST_FAMILY = 20
"""Columns; anything less could lose all its residues to deletions and disorder."""

FEWEST_PROTEINS = 80
"""Of DeepLoc's set: some of each location, of which a fifth is for the test."""

FEWEST_DOMAINS, MOST_DOMAINS = 100, 9000
"""Of SCOPe: some of each class, and as many as there are PDB codes for them."""

PARTS = ("train", "validation", "test")
"""Of the sets on stability, fluorescence and solubility."""

FEWEST_OF_PART = 4
"""Proteins: such as to have both soluble ones and others, dark ones and bright."""

FEWEST_MEMBRANE_PROTEINS = 20

FEWEST_HOMOLOGOUS, MOST_HOMOLOGOUS = 168, 9000
"""Domains of SCOPe at 95 %: two folds of each class, and PDB codes for all."""

_SERIALS = "abcdefghijklmnopqrstuvwxyz0123456789"
_CHAIN_NAMES = list("AAAABBCa")


@dataclass(frozen=True)
class SimulationConfig:
    """The simulated world, as the config's section `simulation` describes it.

    Attributes:
        seed: everything follows from it. The size of one set changes nothing but
            names in the others.
        proteins: entries of each of `SETS`.
        unmatched: how many of these disagree with `pdb_seqres.txt.gz`. SeqVec dropped
            56 of 10,848 in training, 2 of 513 in CB513 and 1 of 21 in CASP12.
        length: shortest and longest family, in alignment columns; a chain has about
            5 % fewer residues.
        homologues: fewest and most relatives in a profile, evenly on a log scale.
        corpus: for language models: `families` without any solved structure, and at
            most how many `relatives` of each family's last member.
        deeploc: how many `proteins` DeepLoc's set has.
        scope: how many `domains` SCOPe has.
        pfam: how many `families` Pfam has, and how many domains the `largest` of them.
        stability: miniproteins of each of `PARTS`.
        fluorescence: variants of one protein, likewise.
        solubility: proteins, likewise.
        transmembrane: how many `proteins` TOPCONS2's library has, repeats included.
        homology: how many `domains` SCOPe 2.07 has at 95 % identity.
    """

    seed: int = 1
    proteins: Mapping[str, int] = field(
        default_factory=lambda: {"train": 480, "cb513": 60, "ts115": 40, "casp12": 20}
    )
    unmatched: Mapping[str, int] = field(
        default_factory=lambda: {"train": 3, "cb513": 1, "ts115": 0, "casp12": 1}
    )
    length: tuple[int, int] = (40, 160)
    homologues: tuple[int, int] = (3, 80)
    corpus: Mapping[str, int] = field(
        default_factory=lambda: {"families": 200, "relatives": 8}
    )
    deeploc: Mapping[str, int] = field(default_factory=lambda: {"proteins": 360})
    scope: Mapping[str, int] = field(default_factory=lambda: {"domains": 300})
    pfam: Mapping[str, int] = field(
        default_factory=lambda: {"families": 40, "largest": 240}
    )
    stability: Mapping[str, int] = field(
        default_factory=lambda: {"train": 160, "validation": 40, "test": 96}
    )
    fluorescence: Mapping[str, int] = field(
        default_factory=lambda: {"train": 200, "validation": 50, "test": 100}
    )
    solubility: Mapping[str, int] = field(
        default_factory=lambda: {"train": 200, "validation": 40, "test": 60}
    )
    transmembrane: Mapping[str, int] = field(default_factory=lambda: {"proteins": 100})
    homology: Mapping[str, int] = field(default_factory=lambda: {"domains": 280})

    def __post_init__(self) -> None:
        _check_sets(self)
        _check_sizes("corpus", self.corpus, 1, "families", "relatives")
        _check_sizes("pfam", self.pfam, 2, "families", "largest")
        _check_number("deeploc", "proteins", self.deeploc, FEWEST_PROTEINS)
        _check_number("scope", "domains", self.scope, FEWEST_DOMAINS, MOST_DOMAINS)
        _check_parts("stability", self.stability)
        _check_parts("fluorescence", self.fluorescence)
        _check_parts("solubility", self.solubility)
        _check_number(
            "transmembrane", "proteins", self.transmembrane, FEWEST_MEMBRANE_PROTEINS
        )
        _check_number(
            "homology", "domains", self.homology, FEWEST_HOMOLOGOUS, MOST_HOMOLOGOUS
        )
        _check_range("length", self.length, SHORTEST_FAMILY)
        _check_range("homologues", self.homologues, 0)

    def chains(self, set_name: str) -> int:
        """Distinct chains of a set: CB513 has fewer than entries."""
        return self.proteins[set_name] - self.repeated_chains(set_name)

    def repeated_chains(self, set_name: str) -> int:
        """How many of a set's chains, the first ones, stand in it twice."""
        share = REPEATED_CHAINS if set_name == "cb513" else 0
        return round(self.proteins[set_name] * share)


@dataclass(frozen=True)
class World:
    """What was simulated, by the names of `SETS`.

    Attributes:
        config: what it was made from.
        families: the families of each set.
        chains: one chain of each of these, in the same order.
    """

    config: SimulationConfig
    families: Mapping[str, list[Family]]
    chains: Mapping[str, list[Chain]]


def simulate_world(config: SimulationConfig) -> World:
    """Simulate all families and chains; equal configs give equal worlds."""
    names = _chain_names(config.seed)
    families, chains = {}, {}
    for set_name in SETS:
        rng = stream(config.seed, set_name)
        families[set_name] = simulate_set(config, config.chains(set_name), rng)
        chains[set_name] = [
            solve_structure(family, next(names), rng) for family in families[set_name]
        ]
    return World(config, families, chains)


def stream(seed: int, purpose: str) -> np.random.Generator:
    """A source of chance of its own for each purpose."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def simulate_set(
    config: SimulationConfig, count: int, rng: np.random.Generator
) -> list[Family]:
    """Families of the lengths and sizes that the config requests."""
    shortest, longest = config.length
    lengths = rng.integers(shortest, longest, count, endpoint=True)
    fewest, most = np.log1p(config.homologues)
    members = np.round(np.exp(rng.uniform(fewest, most, count))).astype(int)
    return simulate_families(lengths, members, rng)


def _chain_names(seed: int) -> Iterator[str]:
    """Yield names like `0aab-A`: no code of the real PDB begins with 0."""
    rng = stream(seed, "chain names")
    for serial in product(_SERIALS, repeat=3):
        yield f"0{''.join(serial)}-{rng.choice(_CHAIN_NAMES)}"


def _check_sets(config: SimulationConfig) -> None:
    for key, sizes in (("proteins", config.proteins), ("unmatched", config.unmatched)):
        if set(sizes) != set(SETS):
            raise ProtlangError(
                f"simulation.{key} has the sets {', '.join(sizes)}; give a number for "
                f"each of {', '.join(SETS)}"
            )
    for name in SETS:
        if config.proteins[name] < 1:
            raise ProtlangError(
                f"simulation.proteins.{name} is {config.proteins[name]}; request at "
                "least 1"
            )
        if not 0 <= 2 * config.unmatched[name] <= config.proteins[name]:
            raise ProtlangError(
                f"simulation.unmatched.{name} is {config.unmatched[name]}; it can be "
                f"at most half of the {config.proteins[name]} proteins"
            )
    if sum(config.proteins.values()) > len(_SERIALS) ** 3:
        raise ProtlangError(
            f"simulation.proteins add up to more than {len(_SERIALS) ** 3}, all names "
            "that simulated chains can have; request fewer"
        )


def _check_sizes(
    section: str, sizes: Mapping[str, int], least: int, *names: str
) -> None:
    if set(sizes) != set(names):
        raise ProtlangError(
            f"simulation.{section} has the keys {', '.join(sizes)}; give a number for "
            f"{' and one for '.join(names)}"
        )
    for name in names:
        if sizes[name] < least:
            raise ProtlangError(
                f"simulation.{section}.{name} is {sizes[name]}; request at least "
                f"{least}"
            )


def _check_parts(section: str, sizes: Mapping[str, int], most: int = 99_999) -> None:
    if set(sizes) != set(PARTS):
        raise ProtlangError(
            f"simulation.{section} has the parts {', '.join(sizes)}; give a number for "
            f"each of {', '.join(PARTS)}"
        )
    for part, size in sizes.items():
        if not FEWEST_OF_PART <= size <= most:
            raise ProtlangError(
                f"simulation.{section}.{part} is {size}; request {FEWEST_OF_PART} to "
                f"{most:,}"
            )


def _check_number(
    section: str, key: str, sizes: Mapping[str, int], least: int, most: int = 99_999
) -> None:
    if set(sizes) != {key}:
        raise ProtlangError(
            f"simulation.{section} has the keys {', '.join(sizes)}; give a number for "
            f"{key} alone"
        )
    if not least <= sizes[key] <= most:
        raise ProtlangError(
            f"simulation.{section}.{key} is {sizes[key]}; request {least} to {most:,}"
        )


def _check_range(key: str, limits: tuple[int, int], least: int) -> None:
    lower, upper = limits
    if not least <= lower <= upper:
        raise ProtlangError(
            f"simulation.{key} is {lower} to {upper}; give two numbers in ascending "
            f"order, the first at least {least}"
        )
