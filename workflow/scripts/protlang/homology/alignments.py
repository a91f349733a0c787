"""Alignments as baselines of the homology task: scores of the pairs all others have.

An alignment learns nothing. Its scores are divided into levels by thresholds from the
development pairs, as those of networks are.

Source: PLUS, Section 4.3, Table 3.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np

from protlang.encoders.provenance import Provenance
from protlang.evaluation.statistics import RESAMPLES
from protlang.experiments.finetuning import DEVELOPMENT, PAIR_SETS
from protlang.homology import needleman_wunsch, phmmer
from protlang.homology.comparisons import PairScores
from protlang.homology.pairs import FixedPairs
from protlang.homology.provenance import pair_facts
from protlang.homology.scores import Score, ScoredPairs, score_homology

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Alignment:
    """A method that scores pairs of sequences without training.

    Attributes:
        description: in a few words, with the version of the program.
        score: first and second sequences and a number of threads to scores, higher for
            more alike sequences.
    """

    description: str
    score: Callable[[Sequence[str], Sequence[str], int], np.ndarray]


ALIGNMENTS: Mapping[str, Alignment] = {
    "NW-align": Alignment(
        f"global alignment, BLOSUM62, gap costs {needleman_wunsch.GAP} and "
        f"{needleman_wunsch.GAP_EXTENSION} (Parasail {version('parasail')})",
        needleman_wunsch.scores,
    ),
    "phmmer": Alignment(
        f"phmmer, mean bits of both directions (PyHMMER {version('pyhmmer')})",
        phmmer.bit_scores,
    ),
}
"""By name in the configuration."""


def align_pairs(name: str, pairs: FixedPairs, threads: int) -> PairScores:
    """Score pairs with one of `ALIGNMENTS`.

    Args:
        name: of the alignment.
        pairs: to score.
        threads: pairs or sequences taken at a time; no score depends on it.
    """
    alignment = ALIGNMENTS[name]
    first, second = zip(*pairs.sequences, strict=True)
    scores = alignment.score(first, second, threads).astype(np.float64)
    logger.info("%s: %d pairs scored", name, len(scores))
    lengths = [(len(one), len(other)) for one, other in pairs.sequences]
    return PairScores(
        pairs.ids,
        pairs.levels,
        scores,
        np.array(lengths, dtype=np.int64),
        {
            "method": name,
            "description": alignment.description,
            "pairs": pairs.provenance,
        },
    )


def score_alignment(
    sets: Mapping[str, PairScores], resamples: int = RESAMPLES
) -> list[Score]:
    """Score an alignment on each set of pairs, development pairs among them.

    Args:
        sets: by name, such as `test`; `development` has to be there.
        resamples: test sets to draw for the intervals.
    """
    scored = {
        name: ScoredPairs(pairs.scores, pairs.levels, pairs.lengths)
        for name, pairs in sets.items()
    }
    titled = {PAIR_SETS[name]: pairs for name, pairs in scored.items()}
    return score_homology(titled, scored[DEVELOPMENT], resamples)


def alignment_facts(name: str, sets: Mapping[str, FixedPairs]) -> Provenance:
    """What tables say of an alignment's scores of some sets of pairs."""
    facts = pair_facts(*(pairs.provenance for pairs in sets.values()))
    return replace(facts, description=ALIGNMENTS[name].description)
