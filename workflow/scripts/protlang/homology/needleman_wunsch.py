"""NW-align: global alignment of two sequences, a baseline of the homology task.

Residues score as BLOSUM62 has it; the first residue of a gap costs 11, each further one
1, at the ends as within. A pair's score is that of its best alignment, not divided by
any length. Rare letters are read as PLUS and P-ELMo read them: O as K, U as C, B and Z
as X. Parasail aligns.

Sources: Needleman and Wunsch 1970; Gotoh 1982; P-ELMo's repository, eval_similarity.py;
Daily 2016, BMC Bioinformatics 17:81 (Parasail).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import parasail

GAP = 11
"""Cost of a gap's first residue."""

GAP_EXTENSION = 1
"""Cost of each further one."""

_GAP_LETTER = ord("-")
_MERGED = str.maketrans("OUBZ", "KCXX")
_BATCH = 1000


def scores(first: Sequence[str], second: Sequence[str], threads: int = 1) -> np.ndarray:
    """Scores of the best alignments, int64 (pairs,); higher is more alike.

    Args:
        first: sequences of one residue or more, upper case.
        second: their partners.
        threads: pairs aligned at a time; no score depends on it.
    """
    return np.array(_map(_score, first, second, threads), dtype=np.int64)


def identities(
    first: Sequence[str], second: Sequence[str], threads: int = 1
) -> np.ndarray:
    """Shares of identical residues in the best alignments, float64 (pairs,).

    Identical residues are divided by the columns of the alignment, gaps included. Of
    several best alignments Parasail chooses one, always the same.

    Args:
        first: sequences of one residue or more, upper case.
        second: their partners.
        threads: pairs aligned at a time; no share depends on it.
    """
    return np.array(_map(_identity, first, second, threads), dtype=np.float64)


def alignment_path(first: str, second: str) -> np.ndarray:
    """Which residues a best alignment puts together, bool (first, second)."""
    one, other = _rows(_merged(first), _merged(second))
    rows, columns = one != _GAP_LETTER, other != _GAP_LETTER
    path = np.zeros((len(first), len(second)), dtype=bool)
    both = rows & columns
    path[(np.cumsum(rows) - 1)[both], (np.cumsum(columns) - 1)[both]] = True
    return path


def residue_scores(first: str, second: str) -> np.ndarray:
    """BLOSUM62 of each residue with each, int64 (first, second)."""
    matrix = parasail.blosum62
    rows, columns = (
        matrix.mapper[np.frombuffer(_merged(text).encode(), dtype=np.uint8)]
        for text in (first, second)
    )
    return np.array(matrix.matrix, dtype=np.int64)[np.ix_(rows, columns)]


def _score(first: str, second: str) -> int:
    result = parasail.nw_scan_32(first, second, GAP, GAP_EXTENSION, parasail.blosum62)
    return int(result.score)


def _identity(first: str, second: str) -> float:
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
    """Results of all pairs, in order; Parasail leaves Python's lock while it aligns."""

    def of_batch(start: int) -> list[float]:
        chosen = slice(start, start + _BATCH)
        return [
            function(_merged(one), _merged(other))
            for one, other in zip(first[chosen], second[chosen], strict=True)
        ]

    with ThreadPoolExecutor(threads) as pool:
        batches = pool.map(of_batch, range(0, max(len(first), len(second)), _BATCH))
        return [result for batch in batches for result in batch]


def _merged(sequence: str) -> str:
    return sequence.translate(_MERGED)
