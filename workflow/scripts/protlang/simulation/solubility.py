"""Proteins of the simulated world that dissolve when they are made in bacteria, or not.

Charged residues keep proteins in solution, greasy and aromatic ones make them stick to
each other (Wilkinson & Harrison 1991).
"""

import numpy as np

from protlang.alphabet import AMINO_ACIDS, SOLUBILITY_STATES
from protlang.proteins import Protein
from protlang.simulation.families import simulate_families
from protlang.simulation.substitution import letters_of
from protlang.simulation.world import SimulationConfig, stream

SOLUBLE_SHARES = {"train": 0.42, "validation": 0.42, "test": 0.5}
"""Soluble proteins of each part of DeepSol's set."""

FAVOURED = {"soluble": "DEEKKNQS", "insoluble": "FILVWYCM"}
"""Residues of which proteins of either kind have more than others."""

MOST_FAVOURED = 0.3
"""The largest part of a protein that is of these; the smallest is nothing."""

_CODES = {
    name: [AMINO_ACIDS.index(letter) for letter in letters]
    for name, letters in FAVOURED.items()
}


def simulate_solubility(config: SimulationConfig) -> dict[str, list[Protein]]:
    """Proteins of `train`, `validation` and `test`, each with a class `solubility`.

    No two are related. The less a protein has of what its kind favours, the harder it
    is to predict.
    """
    rng = stream(config.seed, "solubility")
    return {
        part: _proteins(part, config.solubility[part], config.length, rng)
        for part in SOLUBLE_SHARES
    }


def _proteins(
    part: str, count: int, length: tuple[int, int], rng: np.random.Generator
) -> list[Protein]:
    lengths = rng.integers(*length, count, endpoint=True)
    bodies = simulate_families(lengths, np.ones(count, dtype=int), rng)
    soluble = rng.permutation(count) < round(SOLUBLE_SHARES[part] * count)
    proteins = []
    for serial, (body, dissolves) in enumerate(zip(bodies, soluble, strict=True)):
        name = SOLUBILITY_STATES[int(dissolves)]
        codes = body.alignment[0].copy()
        replaced = rng.random(len(codes)) < rng.uniform(0, MOST_FAVOURED)
        codes[replaced] = rng.choice(_CODES[name], replaced.sum())
        proteins.append(
            Protein(
                f"0SOL_{part}_{serial}",
                f"M{letters_of(codes)}",
                split=part,
                classes={"solubility": name},
            )
        )
    return proteins
