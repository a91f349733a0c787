"""Settings of small simulated worlds, and measures of what they hold."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge

from protlang.alphabet import AMINO_ACIDS
from protlang.proteins import Protein
from protlang.simulation.substitution import GAP
from protlang.simulation.world import SimulationConfig

SMALL_WORLD = SimulationConfig(
    seed=7,
    proteins={"train": 60, "cb513": 26, "ts115": 8, "casp12": 8},
    unmatched={"train": 3, "cb513": 1, "ts115": 0, "casp12": 1},
    homologues=(0, 30),
)
FINE_TUNING_SETS = SimulationConfig(seed=3)
TINY_WORLD = SimulationConfig(
    proteins={"train": 20, "cb513": 8, "ts115": 4, "casp12": 4},
    unmatched={"train": 0, "cb513": 0, "ts115": 0, "casp12": 0},
    homologues=(0, 4),
    corpus={"families": 5, "relatives": 2},
    deeploc={"proteins": 80},
    scope={"domains": 100},
    pfam={"families": 4, "largest": 8},
)
SEEDS = (1, 2, 3, 4)

Parts = Mapping[str, list[Protein]]


def coded(sequence: str) -> list[int]:
    return [GAP if letter == "-" else AMINO_ACIDS.index(letter) for letter in sequence]


def every(sets: Mapping[str, Iterable[Protein]]) -> list[Protein]:
    return [protein for proteins in sets.values() for protein in proteins]


def words_of(rows: np.ndarray, size: int = 9) -> set[bytes]:
    """All runs of `size` residues in some aligned sequences."""
    sequences = [row[row != GAP].tobytes() for row in rows]
    return {
        sequence[start : start + size]
        for sequence in sequences
        for start in range(len(sequence) - size + 1)
    }


def frequencies(proteins: list[Protein]) -> np.ndarray:
    return np.array(
        [
            [10 * p.sequence.count(a) / len(p.sequence) for a in AMINO_ACIDS]
            for p in proteins
        ]
    )


def learned(
    parts: Parts, task: str, features: Callable[[list[Protein]], np.ndarray]
) -> float:
    """Rank correlation on the test set of a line fitted to the training set."""
    truth = {name: [p.values[task] for p in parts[name]] for name in parts}
    line = Ridge(1.0).fit(features(parts["train"]), truth["train"])
    predicted = line.predict(features(parts["test"]))
    return float(spearmanr(predicted, truth["test"]).statistic)


def distances(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))
