"""How residues change: mutation after BLOSUM65, selection after each site's needs."""

from dataclasses import dataclass

import numpy as np

from protlang.alphabet import AMINO_ACIDS
from protlang.formats.blosum import amino_acid_scores
from protlang.simulation.nature import BACKGROUND

GAP = len(AMINO_ACIDS)
"""The code of a deleted residue; residues are coded 0-19 as in `AMINO_ACIDS`."""


def letters_of(codes: np.ndarray) -> str:
    """The sequence of residue codes without `GAP`."""
    return "".join(AMINO_ACIDS[code] for code in codes)


def rate_matrix() -> np.ndarray:
    """Reversible substitution rates, (20, 20), one substitution per unit of time.

    A score s in half bits means that two residues replace each other 2^(s/2) times as
    often as by chance (Henikoff & Henikoff 1992). These odds, being symmetric,
    serve as exchangeabilities: the rate from i to j is odds[i, j] * BACKGROUND[j], so
    that BACKGROUND is the equilibrium and detailed balance holds.
    """
    rates: np.ndarray = 2 ** (amino_acid_scores() / 2) * BACKGROUND
    np.fill_diagonal(rates, 0)
    np.fill_diagonal(rates, -rates.sum(axis=1))
    rates /= -(BACKGROUND @ rates.diagonal())
    return rates


@dataclass(frozen=True)
class SubstitutionProcess:
    """Mutation as a Markov process in continuous time, made ready for sampling.

    Uniformisation (Jensen 1953): events arrive at one rate whatever the residue, and
    some of them change nothing.

    Attributes:
        event_rate: events per site and unit of time.
        cumulative: cumulative probabilities of the residue after an event, (20, 20).
    """

    event_rate: float
    cumulative: np.ndarray

    @classmethod
    def from_rates(cls, rates: np.ndarray) -> "SubstitutionProcess":
        """Prepare a rate matrix (20, 20) whose rows sum to 0."""
        event_rate = float(-rates.diagonal().min())
        cumulative = np.cumsum(np.eye(len(rates)) + rates / event_rate, axis=1)
        return cls(event_rate, cumulative / cumulative[:, -1:])

    def evolve(
        self,
        residues: np.ndarray,
        fitness: np.ndarray,
        times: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Residues after a time of mutation and selection, (sites,).

        A mutation from a to b at a site is accepted with probability
        min(1, exp(fitness[b] - fitness[a])) (Metropolis et al. 1953), so a site's
        equilibrium is BACKGROUND * exp(fitness), normalised; see `equilibrium`.

        Args:
            residues: codes at the start, (sites,); `GAP` stays `GAP`.
            fitness: of each residue at each site, (sites, 20).
            times: (sites,), in substitutions per site that selection ignores.
            rng: source of chance.
        """
        residues = residues.copy()
        events = rng.poisson(self.event_rate * times) * (residues != GAP)
        for done in range(events.max(initial=0)):
            sites = np.flatnonzero(events > done)
            old = residues[sites]
            new = sample(self.cumulative[old], rng)
            gain = fitness[sites, new] - fitness[sites, old]
            accepted = rng.random(len(sites)) < np.exp(np.minimum(gain, 0))
            residues[sites[accepted]] = new[accepted]
        return residues


def equilibrium(fitness: np.ndarray) -> np.ndarray:
    """The residue frequencies that selection leads to, (sites, 20)."""
    weights = BACKGROUND * np.exp(fitness)
    frequencies: np.ndarray = weights / weights.sum(axis=1, keepdims=True)
    return frequencies


def sample(cumulative: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw one column per row, given cumulative probabilities (rows, columns)."""
    drawn = rng.random(len(cumulative))[:, None]
    columns: np.ndarray = (drawn >= cumulative[:, :-1]).sum(axis=1)
    return columns
