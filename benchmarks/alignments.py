"""How fast pairs are aligned globally: NW-align, and Gotoh's recursion in plain Python.

    python benchmarks/alignments.py [--rounds N] [--threads N]

Pairs are random sequences of 100 to 200 residues, scored with BLOSUM62 and gap costs of
11 and 1.
"""

import numpy as np
from measure import Result, options, race, record

from protlang.alphabet import RESIDUES
from protlang.homology.baselines import GAP, GAP_EXTENSION, nw_scores, residue_scores

PAIRS = 20


def sequences(count: int, rng: np.random.Generator) -> list[str]:
    """Random sequences of the 20 amino acids."""
    letters = np.array(list(RESIDUES[:20]))
    return ["".join(rng.choice(letters, rng.integers(100, 201))) for _ in range(count)]


def plain(first: str, second: str) -> int:
    """Score of the best global alignment: Gotoh's recursion, row by row.

    `best` ends with anything, `up` and `left` with a gap in one of the sequences.
    """
    table = residue_scores(first, second).tolist()
    never = -(10**9)
    best = [0, *(-GAP - GAP_EXTENSION * n for n in range(len(second)))]
    up = [never] * (len(second) + 1)
    for row, scores in enumerate(table):
        diagonal, best[0] = best[0], -GAP - GAP_EXTENSION * row
        left = never
        for column, score in enumerate(scores, start=1):
            up[column] = max(best[column] - GAP, up[column] - GAP_EXTENSION)
            left = max(best[column - 1] - GAP, left - GAP_EXTENSION)
            found = max(diagonal + score, up[column], left)
            diagonal, best[column] = best[column], found
    return int(best[-1])


def main() -> None:
    """Race both over all pairs."""
    chosen = options(__doc__)
    rng = np.random.default_rng(1)
    first, second = sequences(PAIRS, rng), sequences(PAIRS, rng)
    found: dict[str, list[int]] = {}

    def ours() -> None:
        found["ours"] = nw_scores(first, second, chosen.threads or 1).tolist()

    def baseline() -> None:
        found["plain"] = [plain(*pair) for pair in zip(first, second, strict=True)]

    seconds = race(ours, baseline, chosen.rounds)
    equal = sum(a == b for a, b in zip(*found.values(), strict=True))
    record(
        Result(
            name="alignments",
            what=f"NW-align of {PAIRS} pairs of 100 to 200 residues",
            baseline="Gotoh's recursion in plain Python",
            unit="pairs",
            work=PAIRS,
            race=seconds,
            agreement=f"{equal} of {PAIRS} scores equal",
            goal=20,
        )
    )


if __name__ == "__main__":
    main()
