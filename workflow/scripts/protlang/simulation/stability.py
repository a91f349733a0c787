"""Designed miniproteins of the simulated world, and how well they withstand protease.

As in the experiment of Rocklin et al. 2017, designs have one of four folds of helices
(H) and strands (E). Those that suit their fold better are more stable: helices and
strands made of residues that like to be in them, a greasy core, and grease overall. As
in TAPE, designs are for training and validation, and the neighbours of a few other
designs, one residue away, for the test.
"""

from collections.abc import Iterator

import numpy as np

from protlang.alphabet import AMINO_ACIDS
from protlang.proteins import Protein
from protlang.simulation.families import CORE_PRESSURE
from protlang.simulation.nature import HYDROPATHY, PROPENSITIES, STATES
from protlang.simulation.structure import draw_burial
from protlang.simulation.substitution import equilibrium, letters_of, sample
from protlang.simulation.world import SimulationConfig, stream

FOLDS = {
    "HHH": "CC" + 11 * "H" + "TTT" + 11 * "H" + "TTT" + 11 * "H" + "CC",
    "EHEE": "CCEEEEETTTT" + 14 * "H" + "TTTEEEEETTEEEEEECC",
    "HEEH": "CC" + 12 * "H" + "TTTEEEEETTEEEEETTT" + 9 * "H" + "CC",
    "EEHEE": "CCEEEEETTEEEEETTT" + 11 * "H" + "TTTEEEETTEEEECC",
}
"""The structure of each fold: DSSP's states of 43 residues."""

BEST_CARE = 2.0
"""The most care that a design was made with; 1 is as much as nature takes.

The least is none: its residues are as frequent as in proteins overall.
"""

PARENT_CARE = (0.2, BEST_CARE)
"""Least and most care of designs whose neighbours are tested."""

NEIGHBOURS = 6
"""Proteins of the test set around one design, itself included."""

GREASE = 0.3
"""How much hydropathy matters at every site, beside what it does in the core.

Buried non-polar surface predicted stable designs best.
"""

SCALE = 0.09
"""Stability per unit of log fitness."""

NOISE = 0.12
"""Standard deviation of the measurement."""


def simulate_stability(config: SimulationConfig) -> dict[str, list[Protein]]:
    """Proteins of `train`, `validation` and `test`, each with a value `stability`.

    No sequence occurs twice.
    """
    rng = stream(config.seed, "stability")
    sizes = config.stability
    designs = _Designs(rng)
    sequences = {
        "train": list(designs.draw(sizes["train"], (0, BEST_CARE))),
        "validation": list(designs.draw(sizes["validation"], (0, BEST_CARE))),
        "test": list(designs.draw_neighbours(sizes["test"])),
    }
    return {
        part: [
            Protein(f"0STA_{part}_{serial}", sequence, split=part, values=values)
            for serial, (sequence, values) in enumerate(of_part)
        ]
        for part, of_part in sequences.items()
    }


class _Designs:
    """Draws designs and their neighbours, none twice."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._seen: set[bytes] = set()
        self._fitness = [fold_fitness(name, rng) for name in FOLDS]

    def draw(
        self, count: int, care: tuple[float, float]
    ) -> Iterator[tuple[str, dict[str, float]]]:
        """Yield sequences and their values, folds in turn."""
        for serial in range(count):
            fitness = self._fitness[serial % len(FOLDS)]
            yield self._measured(self._design(fitness, care), fitness)

    def draw_neighbours(self, count: int) -> Iterator[tuple[str, dict[str, float]]]:
        """Yield designs, each followed by proteins that differ in one residue."""
        for serial in range(count):
            if serial % NEIGHBOURS == 0:
                fitness = self._fitness[serial // NEIGHBOURS % len(FOLDS)]
                parent = residues = self._design(fitness, PARENT_CARE)
            else:
                residues = self._neighbour(parent)
            yield self._measured(residues, fitness)

    def _design(self, fitness: np.ndarray, care: tuple[float, float]) -> np.ndarray:
        while True:
            wanted = self._rng.uniform(*care) * fitness
            codes = sample(np.cumsum(equilibrium(wanted), axis=1), self._rng)
            if self._is_new(codes):
                return codes

    def _neighbour(self, parent: np.ndarray) -> np.ndarray:
        while True:
            codes = parent.copy()
            codes[self._rng.integers(len(codes))] = self._rng.integers(len(AMINO_ACIDS))
            if self._is_new(codes):
                return codes

    def _is_new(self, codes: np.ndarray) -> bool:
        new = codes.tobytes() not in self._seen
        self._seen.add(codes.tobytes())
        return new

    def _measured(
        self, codes: np.ndarray, fitness: np.ndarray
    ) -> tuple[str, dict[str, float]]:
        fit = fitness[np.arange(len(codes)), codes].sum()
        value = SCALE * fit + NOISE * self._rng.standard_normal()
        return letters_of(codes), {"stability": round(float(value), 2)}


def fold_fitness(fold: str, rng: np.random.Generator) -> np.ndarray:
    """How much each residue adds to the log fitness at each place, (43, 20)."""
    states = np.array([STATES.index(letter) for letter in FOLDS[fold]])
    burial = draw_burial(states, rng)
    pull = GREASE + CORE_PRESSURE * burial
    fitness: np.ndarray = PROPENSITIES[states] + np.outer(pull, HYDROPATHY)
    return fitness
