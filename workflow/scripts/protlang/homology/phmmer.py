"""phmmer: search of sequences with a profile of one, a baseline of the homology task.

A pair's score is the mean of two bit scores: of the second sequence in a search with
the first, and the other way round. It is 0 where the program reports nothing. The
program's filters decide on that, by a P-value of at most 1e-5, so a score depends on
the pair alone. P-ELMo's repository takes the mean of both directions, too; whether its
scores were bits is not told.

HMMER runs within Python, by PyHMMER. Its chance is seeded, so equal pairs give equal
scores, whatever else is searched at a time.

Sources: Eddy 2011, PLoS Computational Biology 7:e1002195; Larralde and Zeller 2023,
Bioinformatics 39:btad214 (PyHMMER); P-ELMo's repository, eval_similarity.py.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from pyhmmer import easel, plan7


def bit_scores(
    first: Sequence[str], second: Sequence[str], threads: int = 1
) -> np.ndarray:
    """Mean bit scores of both directions, float64 (pairs,); higher is more alike.

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
        # A builder and a pipeline of its own: their chance begins at the same seed.
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
