"""Alignments as baselines of the homology task: NW-align and phmmer.

An alignment has no parameters to train. Its scores are divided into levels by
thresholds from the development pairs, as those of networks are.

NW-align aligns two sequences globally. Residues score as in BLOSUM62; the first residue
of a gap costs 11, each further one 1, at the ends as within. A pair's score is that of
its best alignment, not divided by any length. Rare letters are replaced as in PLUS and
P-ELMo: O by K, U by C, B and Z by X. Parasail computes the alignments.

phmmer searches sequences with a profile of one. A pair's score is the mean of two bit
scores: of the second sequence in a search with the first, and of the reverse. It is 0
where the program reports nothing; its filters (P-value of at most 1e-5) decide on that,
so a score depends on the pair alone. P-ELMo's repository takes the mean of both
directions, too; whether its scores were bits is not stated. HMMER runs within Python,
by PyHMMER, with a fixed seed: equal pairs have equal scores.

Sources: PLUS, Section 4.3, Table 3; P-ELMo's repository, eval_similarity.py; Needleman
and Wunsch 1970; Gotoh 1982; Daily 2016, BMC Bioinformatics 17:81 (Parasail); Eddy 2011,
PLoS Computational Biology 7:e1002195; Larralde and Zeller 2023, Bioinformatics
39:btad214 (PyHMMER).
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import parasail
from pyhmmer import easel, plan7

from protlang.encoders.provenance import Provenance
from protlang.evaluation.statistics import RESAMPLES
from protlang.homology.pair_sets import DEVELOPMENT, PAIR_SETS
from protlang.homology.pairs import FixedPairs
from protlang.homology.provenance import pair_facts
from protlang.homology.scores import PairScores, Score, ScoredPairs, score_homology

logger = logging.getLogger(__name__)

GAP = 11
"""Cost of a gap's first residue."""

GAP_EXTENSION = 1
"""Cost of each further one."""

_GAP_LETTER = ord("-")
_REPLACED = str.maketrans("OUBZ", "KCXX")
_BATCH = 1000


def nw_scores(
    first: Sequence[str], second: Sequence[str], threads: int = 1
) -> np.ndarray:
    """Scores of the best global alignments, int64 (pairs,).

    Args:
        first: sequences of one residue or more, upper case.
        second: their partners.
        threads: pairs aligned at a time; no score depends on it.
    """
    return np.array(_map(_nw_score, first, second, threads), dtype=np.int64)


def nw_identities(
    first: Sequence[str], second: Sequence[str], threads: int = 1
) -> np.ndarray:
    """Shares of identical residues in the best global alignments, float64 (pairs,).

    Identical residues are divided by the columns of the alignment, gaps included. Of
    several best alignments Parasail chooses one, always the same.

    Args:
        first: sequences of one residue or more, upper case.
        second: their partners.
        threads: pairs aligned at a time; no share depends on it.
    """
    return np.array(_map(_nw_identity, first, second, threads), dtype=np.float64)


def alignment_path(first: str, second: str) -> np.ndarray:
    """Residues that a best global alignment pairs, bool (first, second)."""
    one, other = _rows(_replaced(first), _replaced(second))
    rows, columns = one != _GAP_LETTER, other != _GAP_LETTER
    path = np.zeros((len(first), len(second)), dtype=bool)
    both = rows & columns
    path[(np.cumsum(rows) - 1)[both], (np.cumsum(columns) - 1)[both]] = True
    return path


def residue_scores(first: str, second: str) -> np.ndarray:
    """BLOSUM62 of each residue with each, int64 (first, second)."""
    matrix = parasail.blosum62
    rows, columns = (
        matrix.mapper[np.frombuffer(_replaced(text).encode(), dtype=np.uint8)]
        for text in (first, second)
    )
    return np.array(matrix.matrix, dtype=np.int64)[np.ix_(rows, columns)]


def phmmer_scores(
    first: Sequence[str], second: Sequence[str], threads: int = 1
) -> np.ndarray:
    """Mean bit scores of both directions, float64 (pairs,).

    Args:
        first: sequences of one residue or more, upper case.
        second: their partners.
        threads: sequences searched with at a time; no score depends on it.
    """
    numbers = {
        text: number for number, text in enumerate(dict.fromkeys([*first, *second]))
    }
    pairs = [
        (numbers[one], numbers[other]) for one, other in zip(first, second, strict=True)
    ]
    found = _search(list(numbers), pairs, threads)
    sums = [found.get((a, b), 0.0) + found.get((b, a), 0.0) for a, b in pairs]
    return np.array(sums, dtype=np.float64) / 2


@dataclass(frozen=True)
class Alignment:
    """A method that scores pairs of sequences without training.

    Attributes:
        description: in a few words, with the version of the program.
        score: first and second sequences and a number of threads to scores, higher for
            more similar sequences.
    """

    description: str
    score: Callable[[Sequence[str], Sequence[str], int], np.ndarray]


ALIGNMENTS: Mapping[str, Alignment] = {
    "NW-align": Alignment(
        f"global alignment, BLOSUM62, gap costs {GAP} and {GAP_EXTENSION} "
        f"(Parasail {version('parasail')})",
        nw_scores,
    ),
    "phmmer": Alignment(
        f"phmmer, mean bits of both directions (PyHMMER {version('pyhmmer')})",
        phmmer_scores,
    ),
}
"""By name in the configuration."""


def align_pairs(name: str, pairs: FixedPairs, threads: int) -> PairScores:
    """Score pairs with one of `ALIGNMENTS`.

    Args:
        name: of the alignment.
        pairs: to score.
        threads: pairs or sequences processed at a time; no score depends on it.
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
        sets: by name, such as `test`; `development` is required.
        resamples: test sets to draw for the intervals.
    """
    named = {PAIR_SETS[name]: ScoredPairs.of(pairs) for name, pairs in sets.items()}
    scores = score_homology(named, named[PAIR_SETS[DEVELOPMENT]], resamples)
    return [score._replace(seeds=0) for score in scores]


def alignment_facts(name: str, sets: Mapping[str, FixedPairs]) -> Provenance:
    """Provenance of an alignment's scores of some sets of pairs."""
    facts = {PAIR_SETS[one]: pair_facts(sets[one].provenance) for one in sets}
    return Provenance(ALIGNMENTS[name].description, False, test_sets=facts)


def _nw_score(first: str, second: str) -> int:
    result = parasail.nw_scan_32(first, second, GAP, GAP_EXTENSION, parasail.blosum62)
    return int(result.score)


def _nw_identity(first: str, second: str) -> float:
    # Parasail's own statistics leave gaps at the beginning out of the columns.
    one, other = _rows(first, second)
    return float((one == other).mean())


def _rows(first: str, second: str) -> tuple[np.ndarray, np.ndarray]:
    """The two rows of a best alignment, as bytes, uint8 (columns,)."""
    aligned = parasail.nw_trace_striped_32(
        first, second, GAP, GAP_EXTENSION, parasail.blosum62
    ).traceback
    one, other = (
        np.frombuffer(text.encode(), dtype=np.uint8)
        for text in (aligned.query, aligned.ref)
    )
    return one, other


def _map(
    function: Callable[[str, str], float],
    first: Sequence[str],
    second: Sequence[str],
    threads: int,
) -> list[float]:
    """Results of all pairs, in order; Parasail releases Python's lock."""

    def of_batch(start: int) -> list[float]:
        chosen = slice(start, start + _BATCH)
        return [
            function(_replaced(one), _replaced(other))
            for one, other in zip(first[chosen], second[chosen], strict=True)
        ]

    with ThreadPoolExecutor(threads) as pool:
        batches = pool.map(of_batch, range(0, max(len(first), len(second)), _BATCH))
        return [result for batch in batches for result in batch]


def _replaced(sequence: str) -> str:
    return sequence.translate(_REPLACED)


def _search(
    sequences: Sequence[str], pairs: Sequence[tuple[int, int]], threads: int
) -> Mapping[tuple[int, int], float]:
    """Bit scores of hits by numbers of query and target, in both directions."""
    alphabet: easel.Alphabet = easel.Alphabet.amino()
    digital = [
        easel.TextSequence(name=str(number), sequence=text).digitize(alphabet)
        for number, text in enumerate(sequences)
    ]
    partners: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        partners[one].add(other)
        partners[other].add(one)

    def search_with(query: int) -> dict[tuple[int, int], float]:
        # A new builder and pipeline: their random numbers begin at the same seed.
        targets = [digital[target] for target in sorted(partners[query])]
        hits = plan7.Pipeline(alphabet).search_seq(
            digital[query],
            easel.DigitalSequenceBlock(alphabet, targets),
            plan7.Builder(alphabet),
        )
        return {(query, int(hit.name)): hit.score for hit in hits}

    found: dict[tuple[int, int], float] = {}
    with ThreadPoolExecutor(threads) as pool:
        for hits in pool.map(search_with, sorted(partners)):
            found.update(hits)
    return found
