"""Projections of vectors on a plane, t-SNE as for SeqVec's Figures 2 and 3.

Cosine distance and 3,000 iterations (SeqVec, Results, "Visualizing results"). All other
settings are openTSNE's defaults: 250 of the iterations exaggerate the attraction
12-fold, the learning rate is the number of points over the exaggeration, and points are
initialised with the first two principal components.

The bits depend neither on what else is installed nor on the number of threads:
neighbours are exact, every matrix product is computed by one thread (products of blocks
of points side by side), the approximation of the forces follows from the number of
points, and openTSNE's threads each compute the forces on points of their own.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from openTSNE import TSNE, initialization
from openTSNE.affinity import PerplexityBasedNN
from openTSNE.nearest_neighbors import PrecomputedNeighbors
from threadpoolctl import threadpool_limits

from protlang.errors import ProtlangError
from protlang.proteins import StoredArray

EXAGGERATED = 250
"""Iterations at the beginning in which the attraction is exaggerated."""

NEIGHBOURS_PER_PERPLEXITY = 3
"""Neighbours that pull at a point (van der Maaten 2014)."""

MANY_POINTS = 10_000
"""From here on interpolation (Linderman et al. 2019) is faster than a tree."""

_BLOCK = 256
"""Points whose similarities to all others are computed at a time."""


@dataclass(frozen=True)
class Settings:
    """Of a projection.

    Attributes:
        perplexity: effective number of neighbours of a point.
        iterations: in all.
        seed: of the random numbers that separate points with the same initial place.
        threads: at most; no bit depends on it.
    """

    perplexity: float
    iterations: int = 3000
    seed: int = 1
    threads: int = 1

    def __post_init__(self) -> None:
        if not self.perplexity >= 1:
            raise ProtlangError(f"perplexity is {self.perplexity}; give at least 1")
        if self.iterations <= EXAGGERATED:
            raise ProtlangError(
                f"iterations are {self.iterations}; give more than the {EXAGGERATED} "
                "in which the attraction is exaggerated"
            )
        if self.threads < 1:
            raise ProtlangError(f"threads are {self.threads}; give at least 1")


def project(vectors: np.ndarray, settings: Settings) -> np.ndarray:
    """Places on a plane: similar vectors become neighbours.

    Args:
        vectors: (points, dimension).
        settings: of the projection.

    Returns:
        float64 (points, 2). Equal arguments give equal bits on the same kind of
        processor.

    Raises:
        ProtlangError: if a vector is not finite or all zero, which has no angle to any
            other, or if there are fewer different vectors than the perplexity needs.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float64)
    _check(vectors, settings.perplexity)
    # With more than there are, openTSNE would fall back to one.
    threads = min(settings.threads, os.cpu_count() or 1)
    tsne = TSNE(
        early_exaggeration_iter=EXAGGERATED,
        n_iter=settings.iterations - EXAGGERATED,
        negative_gradient_method="fft" if len(vectors) >= MANY_POINTS else "bh",
        random_state=settings.seed,
        n_jobs=threads,
    )
    start, affinities = _prepared(vectors, settings, threads)
    places = tsne.fit(affinities=affinities, initialization=start)
    places = np.asarray(places, dtype=np.float64)
    if not np.isfinite(places).all():
        raise ProtlangError(
            "t-SNE ended in numbers that are not finite: too many vectors are similar; "
            "remove repeated proteins, or set a larger perplexity"
        )
    return places


def nearest(
    vectors: np.ndarray, count: int, threads: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """The vectors at the smallest cosine distances of each.

    Args:
        vectors: float64 (points, dimension), none of them zero.
        count: of neighbours, less than there are points.
        threads: blocks of points computed at a time; no bit depends on it.

    Returns:
        Indices of the neighbours, the nearest first, int64 (points, count), and their
        distances, float64 of the same shape.
    """
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def of_block(start: int) -> tuple[np.ndarray, np.ndarray]:
        distances = 1 - units[start : start + _BLOCK] @ units.T
        rows = np.arange(len(distances))[:, None]
        distances[rows, start + rows] = np.inf  # nobody is a neighbour of itself
        found = np.argpartition(distances, count - 1, axis=1)[:, :count]
        order = np.lexsort((found, distances[rows, found]), axis=1)
        found = found[rows, order]
        return found, np.maximum(distances[rows, found], 0)

    with threadpool_limits(limits=1), ThreadPoolExecutor(threads) as pool:
        blocks = pool.map(of_block, range(0, len(units), _BLOCK))
        indices, distances = zip(*blocks, strict=True)
    return np.concatenate(indices), np.concatenate(distances)


def protein_vectors(
    embeddings: Mapping[str, StoredArray], identifiers: Sequence[str], origin: str
) -> np.ndarray:
    """One vector per protein; embeddings of residues are averaged.

    Args:
        embeddings: (length, dimension) or (dimension,) by id.
        identifiers: which proteins, in order.
        origin: the file, for messages.

    Returns:
        float64 (proteins, dimension).

    Raises:
        ProtlangError: if a protein is missing or named twice, or shapes differ.
    """
    if len(set(identifiers)) != len(identifiers):
        twice = next(i for i in identifiers if identifiers.count(i) > 1)
        raise ProtlangError(f"{twice} is to be projected twice; name it once")
    vectors = [_vector(embeddings, identifier, origin) for identifier in identifiers]
    dimensions = {vector.shape for vector in vectors}
    if len(dimensions) != 1 or len(vectors[0].shape) != 1:
        raise ProtlangError(
            f"{origin} holds vectors of the shapes {sorted(dimensions)}, where all are "
            "to have one and the same dimension; embed again"
        )
    return np.stack(vectors)


def _prepared(
    vectors: np.ndarray, settings: Settings, threads: int
) -> tuple[np.ndarray, PerplexityBasedNN]:
    """Initial places, and how strongly points attract each other."""
    count = int(NEIGHBOURS_PER_PERPLEXITY * settings.perplexity)
    neighbours = nearest(vectors, min(count, len(vectors) - 1), threads)
    affinities = PerplexityBasedNN(
        knn_index=PrecomputedNeighbors(*neighbours),
        perplexity=settings.perplexity,
        n_jobs=threads,
    )
    with threadpool_limits(limits=1):
        return initialization.pca(vectors, random_state=settings.seed), affinities


def _check(vectors: np.ndarray, perplexity: float) -> None:
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        raise ProtlangError(
            f"vector {int(np.argmin(finite)) + 1} of {len(vectors)} holds numbers that "
            "are not finite; embed the proteins again"
        )
    zero = ~vectors.any(axis=1)
    if zero.any():
        raise ProtlangError(
            f"vector {int(np.argmax(zero)) + 1} of {len(vectors)} is all zeros, so it "
            "has no cosine distance to any other; leave that protein out"
        )
    needed = int(NEIGHBOURS_PER_PERPLEXITY * perplexity) + 1
    different = len(np.unique(vectors, axis=0))
    if different < needed:
        raise ProtlangError(
            f"a perplexity of {perplexity:g} needs at least {needed} different "
            f"vectors, but there are {different}; set a perplexity of at most "
            f"{(different - 1) // NEIGHBOURS_PER_PERPLEXITY}, or project more proteins"
        )


def _vector(
    embeddings: Mapping[str, StoredArray], identifier: str, origin: str
) -> np.ndarray:
    try:
        stored = embeddings[identifier][()]
    except KeyError:
        raise ProtlangError(
            f"{origin} has no vectors of {identifier}; embed again"
        ) from None
    array = np.asarray(stored, dtype=np.float64)
    vector: np.ndarray = array.mean(axis=0) if array.ndim == 2 else array
    return vector
