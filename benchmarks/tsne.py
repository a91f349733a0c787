"""How fast domains are projected on a plane: t-SNE and openTSNE with its defaults.

    python benchmarks/tsne.py [--domains N] [--iterations N] [--rounds N] [--threads N]

Both get the same vectors (simulated: 1,024 numbers around centres of superfamilies),
the same perplexity, cosine distance, iterations (default: the paper's 3,000) and
threads (default: all cores). openTSNE then searches for approximate neighbours; ours
are exact, and have the same bits on any number of threads. SeqVec's Figure 3 has 14,323
domains; from 10,000 on, each side runs once.
"""

import os

import numpy as np
from measure import Race, Result, options, race, record, seconds_of
from openTSNE import TSNE

from protlang.evaluation.tsne import (
    EXAGGERATED,
    MANY_POINTS,
    Settings,
    nearest,
    project,
)
from protlang.experiments.projections import PERPLEXITIES

DIMENSION, SUPERFAMILIES = 1024, 300
PERPLEXITY = PERPLEXITIES["domains"]
ONE_RUN = (
    "One run of each side without a rehearsal, so there is no spread. The gain is "
    "in the search for neighbours and in fewer of them; most of a longer projection "
    "is openTSNE's code on both sides, so that more iterations bring the ratio "
    "closer to 1."
)
SHOWN = 15
"""Neighbours that are looked for on the plane."""


def domains(count: int) -> np.ndarray:
    """Simulated vectors of domains, float64 (count, 1024)."""
    rng = np.random.default_rng(1)
    centres = 0.5 * rng.normal(size=(SUPERFAMILIES, DIMENSION))
    members = centres[rng.integers(0, SUPERFAMILIES, count)]
    vectors: np.ndarray = members + rng.normal(size=members.shape)
    return vectors


def of_opentsne(vectors: np.ndarray, settings: Settings) -> np.ndarray:
    """Places by openTSNE, whose other settings are its defaults."""
    projection = TSNE(
        perplexity=settings.perplexity,
        metric="cosine",
        n_iter=settings.iterations - EXAGGERATED,
        n_jobs=settings.threads,
        random_state=settings.seed,
    )
    return np.asarray(projection.fit(vectors))


def same_bits(vectors: np.ndarray, threads: int) -> bool:
    """Whether one thread gives the same places (after a few iterations)."""
    one, more = (
        project(vectors, Settings(PERPLEXITY, EXAGGERATED + 10, threads=number))
        for number in (1, threads)
    )
    return np.array_equal(one, more)


def kept(vectors: np.ndarray, places: np.ndarray) -> float:
    """Share of the nearest vectors that are among the nearest places."""
    near, _ = nearest(vectors, SHOWN)
    apart = ((places[:, None] - places) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    shown = np.argpartition(apart, SHOWN, axis=1)[:, :SHOWN]
    both = (near[:, :, None] == shown[:, None]).any(axis=2)
    return float(both.mean())


def main() -> None:
    """Race both on one set of domains."""
    chosen = options(
        __doc__, domains="default 2000; the paper: 14323", iterations="default 3000"
    )
    count, iterations = int(chosen.domains or 2000), int(chosen.iterations or 3000)
    threads = chosen.threads or len(os.sched_getaffinity(0))
    vectors, places = domains(count), {}
    settings = Settings(PERPLEXITY, iterations, threads=threads)

    def ours() -> None:
        places["ours"] = project(vectors, settings)

    def baseline() -> None:
        places["openTSNE"] = of_opentsne(vectors, settings)

    if count < MANY_POINTS:
        seconds = race(ours, baseline, min(chosen.rounds, 3))
    else:  # once each, minutes long
        seconds = Race([seconds_of(ours)], [seconds_of(baseline)])
    sample = slice(0, 3000)
    shares = [kept(vectors[sample], found[sample]) for found in places.values()]
    record(
        Result(
            name=f"tsne_{count}",
            what=f"t-SNE of {count:,} domains, {iterations:,} iterations",
            baseline="openTSNE with its defaults",
            unit="domains",
            work=count,
            race=seconds,
            agreement=(
                "{:.1%} and {:.1%} of nearest neighbours kept; ".format(*shares)
                + ("same" if same_bits(vectors, threads) else "NOT the same")
                + f" bits on 1 and {threads} threads"
            ),
            goal=1,
            note=ONE_RUN if count >= MANY_POINTS else "",
        )
    )


if __name__ == "__main__":
    main()
