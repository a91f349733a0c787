"""Projections: equal bits for equal input, and neighbours that stay neighbours."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from protlang.errors import ProtlangError
from protlang.evaluation import tsne
from protlang.evaluation.places import read_places, write_places
from protlang.evaluation.tsne import (
    Settings,
    nearest,
    project,
    protein_vectors,
)
from protlang.validation import REPOSITORY

QUICK = Settings(perplexity=5, iterations=300)

PROJECT = """
import hashlib
import numpy as np
from protlang.evaluation.tsne import Settings, project
vectors = np.random.default_rng(1).normal(size=(300, 1024)).astype(np.float32)
places = project(vectors, Settings(perplexity=5, iterations=260, threads=THREADS))
print(hashlib.sha256(places.tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def clusters() -> np.ndarray:
    """Three bundles of 20 vectors each, which point in three directions."""
    rng = np.random.default_rng(3)
    directions = np.repeat(10 * np.eye(3, 16), 20, axis=0)
    return directions + rng.normal(size=directions.shape)


@pytest.fixture(scope="module")
def places(clusters: np.ndarray) -> np.ndarray:
    return project(clusters, QUICK)


def test_two_processes_give_the_same_bits_whatever_threads_they_use() -> None:
    library = str(REPOSITORY / "workflow" / "scripts")
    digests = [
        subprocess.run(
            [sys.executable, "-c", PROJECT.replace("THREADS", threads)],
            env={
                **os.environ,
                "PYTHONPATH": library,
                "OMP_NUM_THREADS": threads,
                "OPENBLAS_NUM_THREADS": threads,
            },
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for threads in ("1", "2")
    ]
    assert digests[0] == digests[1]
    assert len(digests[0].strip()) == 64


def nearest_are_of_the_same_bundle(places: np.ndarray) -> float:
    """Share of points whose nearest neighbour is from their own 20."""
    distances = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(distances, np.inf)
    bundles = np.arange(len(places)) // 20
    return float((bundles[distances.argmin(axis=1)] == bundles).mean())


def test_similar_vectors_become_neighbours(places: np.ndarray) -> None:
    assert places.shape == (60, 2)
    assert nearest_are_of_the_same_bundle(places) == 1


@pytest.mark.parametrize("method", ["bh", "fft"])
def test_threads_do_not_change_bits(
    clusters: np.ndarray, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tsne, "MANY_POINTS", 1 if method == "fft" else 1000)
    one, more = (
        project(clusters, replace(QUICK, threads=threads)) for threads in (1, 2)
    )
    np.testing.assert_array_equal(one, more)


def test_threads_that_the_computer_lacks_are_left_out(
    clusters: np.ndarray, places: np.ndarray
) -> None:
    found = project(clusters, replace(QUICK, threads=10**6))
    np.testing.assert_array_equal(found, places)


@pytest.mark.parametrize("points", [40, 256, 257, 600])
def test_neighbours_are_those_of_all_distances(points: int) -> None:
    vectors = np.random.default_rng(points).normal(size=(points, 30))
    distances = cdist(vectors, vectors, "cosine")
    np.fill_diagonal(distances, np.inf)
    expected = distances.argsort(axis=1)[:, :15]
    for threads in (1, 2):
        indices, found = nearest(vectors, 15, threads)
        np.testing.assert_array_equal(indices, expected)
        np.testing.assert_allclose(
            found, np.take_along_axis(distances, indices, axis=1), atol=1e-14
        )


def test_equal_vectors_have_no_distance_and_are_no_neighbours_of_themselves() -> None:
    vectors = np.repeat(np.random.default_rng(1).normal(size=(3, 50)), 4, axis=0)
    indices, distances = nearest(vectors, 3)
    points = np.arange(12)[:, None]
    assert (indices // 4 == points // 4).all()
    assert (indices != points).all()
    assert ((distances >= 0) & (distances < 1e-12)).all()


def test_only_directions_count(clusters: np.ndarray) -> None:
    """Cosine distance: of all lengths, vectors of one direction are neighbours."""
    narrow = clusters + 20 * np.eye(16)[3]
    lengths = 10.0 ** np.random.default_rng(5).uniform(-6, 0, (len(clusters), 1))
    assert nearest_are_of_the_same_bundle(project(narrow * lengths, QUICK)) == 1


def test_iterations_are_counted_in_all(clusters: np.ndarray) -> None:
    one, more = (
        project(clusters, Settings(perplexity=5, iterations=number))
        for number in (251, 252)
    )
    assert not np.array_equal(one, more)
    assert np.abs(one - more).max() < np.ptp(one)


def test_half_precision_is_projected_like_the_same_numbers_in_double(
    clusters: np.ndarray,
) -> None:
    halves = clusters.astype(np.float16)
    expected = project(halves.astype(np.float64), QUICK)
    np.testing.assert_array_equal(project(halves, QUICK), expected)


def test_a_few_equal_vectors_do_no_harm(clusters: np.ndarray) -> None:
    vectors = np.concatenate([clusters, np.repeat(clusters[:1], 30, axis=0)])
    found = project(vectors, QUICK)
    assert np.isfinite(found).all()
    assert np.linalg.norm(found[60:] - found[0], axis=1).max() < np.ptp(found) / 4


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        ((3, 2), np.nan, "vector 4 of 60 holds numbers that are not finite"),
        ((3, 2), np.inf, "vector 4 of 60 holds numbers that are not finite"),
        (4, 0.0, "vector 5 of 60 is all zeros"),
        (
            slice(0, 50),
            1.0,
            "a perplexity of 5 needs at least 16 different vectors, but there are 11; "
            "set a perplexity of at most 3",
        ),
    ],
)
def test_vectors_without_distances_are_an_error_in_one_sentence(
    clusters: np.ndarray,
    place: int | slice | tuple[int, int],
    value: float,
    expected: str,
) -> None:
    vectors = clusters.copy()
    vectors[place] = value
    with pytest.raises(ProtlangError, match=expected):
        project(vectors, QUICK)


def test_as_many_points_as_needed_are_enough(clusters: np.ndarray) -> None:
    assert project(clusters[:16], QUICK).shape == (16, 2)
    with pytest.raises(ProtlangError, match="at most 4"):
        project(clusters[:15], QUICK)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"perplexity": 0.5}, "perplexity is 0.5"),
        ({"perplexity": float("nan")}, "perplexity is nan"),
        ({"perplexity": 5, "iterations": 250}, "iterations are 250; give more than"),
        ({"perplexity": 5, "threads": 0}, "threads are 0"),
    ],
)
def test_impossible_settings_are_refused(
    settings: dict[str, float], expected: str
) -> None:
    with pytest.raises(ProtlangError, match=expected):
        Settings(**settings)  # type: ignore[arg-type]


def test_vectors_of_residues_are_averaged() -> None:
    stored = {
        "a": np.array([[1.0, 2.0], [3.0, 6.0]], dtype=np.float16),
        "b": np.array([5.0, 7.0], dtype=np.float32),
    }
    found = protein_vectors(stored, ["b", "a"], "file")
    assert found.tolist() == [[5, 7], [2, 4]]
    assert found.dtype == np.float64


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        (["a", "z"], "file has no vectors of z"),
        (["a", "b", "a"], "a is to be projected twice"),
        (["a", "c"], "file holds vectors of the shapes"),
        (["d"], "file holds vectors of the shapes"),
    ],
)
def test_vectors_that_do_not_belong_together_are_refused(
    identifiers: list[str], expected: str
) -> None:
    shapes = {"a": (2,), "b": (2,), "c": (3,), "d": (1, 2, 3)}
    stored = {name: np.ones(shape) for name, shape in shapes.items()}
    with pytest.raises(ProtlangError, match=expected):
        protein_vectors(stored, identifiers, "file")


def test_places_keep_all_their_digits(places: np.ndarray, tmp_path: Path) -> None:
    identifiers = ["NA", "1", *(f"d{number}" for number in range(58))]
    write_places(tmp_path / "places.csv", identifiers, places)
    table = read_places(tmp_path / "places.csv")
    assert table["id"].tolist() == identifiers
    np.testing.assert_array_equal(table[["x", "y"]].to_numpy(), places)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,x\na,1\n", "no table of id, x, y"),
        ("id,x,y\na,1,left\n", "no table of id, x, y"),
        ("id,x,y\na,1,2\na,3,4\n", "has a twice"),
    ],
)
def test_damaged_places_are_an_error_in_one_sentence(
    tmp_path: Path, text: str, expected: str
) -> None:
    path = tmp_path / "places.csv"
    path.write_text(text)
    with pytest.raises(ProtlangError, match=expected):
        read_places(path)
