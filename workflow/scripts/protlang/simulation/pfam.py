"""Pfam of the simulated world: domains of families large and small.

The r-th largest family has 1/r of the largest one's domains: a power law, as sizes of
real ones follow (Huynen & van Nimwegen 1998, Molecular Biology and Evolution 15:583).
"""

from collections.abc import Iterator

import numpy as np

from protlang.alphabet import AMINO_ACIDS
from protlang.formats.pfam import Domain
from protlang.simulation.families import simulate_families
from protlang.simulation.substitution import GAP
from protlang.simulation.world import SimulationConfig, stream

SHORT_EVERY = 7
"""One in so many families is a repeat or a motif, short as a zinc finger."""

SHORT = (15, 30)
"""Columns of these, fewest and most: some have domains of less than 20 residues."""

REPEATED_EVERY = 25
"""One in so many domains is found in a second protein, residue for residue."""

_LETTERS = np.frombuffer(AMINO_ACIDS.encode(), dtype=np.uint8)


def simulate_pfam(config: SimulationConfig) -> Iterator[Domain]:
    """Yield the domains, family by family in an order of chance, as Pfam has them.

    Accessions and names begin with 0, which no real one does.
    """
    rng = stream(config.seed, "pfam")
    sizes = family_sizes(**config.pfam)
    lengths = rng.integers(*config.length, len(sizes), endpoint=True)
    short = rng.integers(*SHORT, len(sizes), endpoint=True)
    ranks = np.arange(len(sizes))
    lengths = np.where(ranks % SHORT_EVERY == SHORT_EVERY - 1, short, lengths)
    families = simulate_families(lengths, sizes, rng)
    members = [
        (f"0PF{number:05d}.1;0SIM_{number};", member[member != GAP])
        for number, rank in enumerate(rng.permutation(len(sizes)), start=1)
        for member in families[rank].alignment
    ]
    # Deletions can leave nothing of a short domain.
    found = [(family, codes) for family, codes in members if len(codes)]
    for serial, (family, codes) in enumerate(found):
        sequence = _LETTERS[codes].tobytes().decode()
        yield _domain(f"0PFM{serial:06d}", family, sequence, rng)
        if serial % REPEATED_EVERY == 0:
            yield _domain(f"0PFR{serial:06d}", family, sequence, rng)


def family_sizes(families: int, largest: int) -> np.ndarray:
    """Domains of each family before repeats, descending, int64 (families,)."""
    sizes = np.round(largest / np.arange(1, families + 1)).clip(1)
    whole: np.ndarray = sizes.astype(int)
    return whole


def _domain(name: str, family: str, sequence: str, rng: np.random.Generator) -> Domain:
    start = int(rng.integers(1, 400))
    place = f"{start}-{start + len(sequence) - 1}"
    return Domain(f"{name}_0SIM/{place}", f"{name}.1", family, sequence)
