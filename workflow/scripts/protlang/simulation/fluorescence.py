"""Variants of one fluorescent protein of the simulated world, and how bright they are.

As in the experiment of Sarkisyan et al. 2016: mutations take away from the stability of
a protein until it suddenly goes dark, so that brightness has two peaks. As in TAPE,
variants of up to three mutations are for training and validation, all others for the
test.
"""

import numpy as np

from protlang.alphabet import AMINO_ACIDS
from protlang.formats.blosum import amino_acid_scores
from protlang.proteins import Protein
from protlang.simulation.families import Family, simulate_families
from protlang.simulation.nature import DISORDERED
from protlang.simulation.shares import draw
from protlang.simulation.substitution import letters_of
from protlang.simulation.world import SimulationConfig, stream

LENGTH = 80
"""Residues of the parent; a real one has 237."""

MUTATIONS = {
    "train": {1: 1114, 2: 12_777, 3: 12_916},
    "validation": {1: 1114, 2: 12_777, 3: 12_916},
    "test": {4: 9759, 5: 7215, 6: 4643, 7: 2783, 8: 1526, 9: 714, 10: 352},
}
"""Variants of each number of mutations in each part, as weights."""

BRIGHT, DARK = 3.7, 1.3
"""Decadic logarithm of the brightness of either peak."""

RESERVE = 3.5
"""What the parent can lose before it goes dark, in mutations of average harm."""

COOPERATIVITY = 0.6
"""How gently it does so: the scale of a logistic function, in the same unit."""

NOISE = 0.07
"""Standard deviation of the measurement."""

_CORE = 0.8
"""How much deeper sites matter more, per standard deviation of depth."""


def simulate_fluorescence(config: SimulationConfig) -> dict[str, list[Protein]]:
    """Proteins of `train`, `validation` and `test`, each with a value `fluorescence`.

    The first of `train` is the parent; no sequence occurs twice.
    """
    rng = stream(config.seed, "fluorescence")
    (parent,) = simulate_families(np.array([LENGTH]), np.array([1]), rng)
    harm = substitution_harm(parent, rng)
    wild_type = parent.alignment[0]
    seen = {wild_type.tobytes()}
    variants: dict[str, list[np.ndarray]] = {"train": [wild_type]}
    for part, weights in MUTATIONS.items():
        of_part = variants.setdefault(part, [])
        while len(of_part) < config.fluorescence[part]:
            variant = _variant(wild_type, weights, rng)
            if variant.tobytes() not in seen:
                seen.add(variant.tobytes())
                of_part.append(variant)
    return {
        part: [
            Protein(
                f"0GFP_{part}_{serial}",
                letters_of(variant),
                split=part,
                values={"fluorescence": _brightness(variant, harm, rng)},
            )
            for serial, variant in enumerate(of_part)
        ]
        for part, of_part in variants.items()
    }


def substitution_harm(parent: Family, rng: np.random.Generator) -> np.ndarray:
    """What each residue at each site costs, (sites, 20), 1 on average, 0 the parent's.

    Residues unlike the parent's cost more (BLOSUM65), and more so in the core.
    """
    scores = amino_acid_scores()
    unlike = scores.max(axis=1, keepdims=True) - scores  # (20, 20), 0 on the diagonal
    importance = np.exp(_CORE * parent.burial + 0.3 * rng.standard_normal(LENGTH))
    importance[parent.states == DISORDERED] = 0
    harm: np.ndarray = importance[:, None] * unlike[parent.alignment[0]]
    harm /= harm.sum() / (LENGTH * (len(AMINO_ACIDS) - 1))
    return harm


def _variant(
    wild_type: np.ndarray, weights: dict[int, int], rng: np.random.Generator
) -> np.ndarray:
    count = draw(weights, rng)
    sites = rng.permutation(LENGTH)[:count]
    variant = wild_type.copy()
    others = rng.integers(1, len(AMINO_ACIDS), count)  # steps to another residue
    variant[sites] = (variant[sites] + others) % len(AMINO_ACIDS)
    return variant


def _brightness(
    variant: np.ndarray, harm: np.ndarray, rng: np.random.Generator
) -> float:
    burden = harm[np.arange(LENGTH), variant].sum()
    fluorescent = 1 / (1 + np.exp((burden - RESERVE) / COOPERATIVITY))
    value = DARK + (BRIGHT - DARK) * fluorescent + NOISE * rng.standard_normal()
    return float(max(value, DARK))
