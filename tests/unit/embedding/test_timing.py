from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from protlang.embedding.timing import (
    COLUMNS,
    hardware,
    read_sequences,
    sampled_batches,
    time_batches,
)


class Clockwork:
    """An embedder that takes two seconds a residue, and the clock that shows it."""

    def __init__(self, disturbances: Sequence[float] = ()) -> None:
        self.now = 0.0
        self.batches: list[list[int]] = []
        self._disturbances: Iterator[float] = iter(disturbances)

    def embed(self, sequences: Sequence[str], _: str) -> list[np.ndarray]:
        lengths = [len(sequence) for sequence in sequences]
        self.batches.append(lengths)
        self.now += 2 * sum(lengths) + next(self._disturbances, 0)
        return [np.zeros((length, 1)) for length in lengths]

    def clock(self) -> float:
        return self.now


def test_batches_from_the_shortest_proteins_to_the_longest_are_timed() -> None:
    work = Clockwork()
    sequences = ["M" * length for length in (8, 2, 9, 3, 4)]
    found = time_batches(work, sequences, 9, 3, 1, work.clock)
    # Sorted and cut at nine residues: 2 + 3 + 4, 8, 9; the first call only warms up.
    assert work.batches == [[2], [2, 3, 4], [8], [9]]
    assert list(found.columns) == list(COLUMNS)
    assert found.to_dict("list") == {
        "repeat": [1, 1, 1],
        "batch": [0, 1, 2],
        "of": [3, 3, 3],
        "stands_for": [1, 1, 1],
        "proteins": [3, 1, 1],
        "residues": [9, 8, 9],
        "mean_length": [3, 8, 9],
        "seconds": [18, 16, 18],
        "seconds_per_protein": [6, 16, 18],
        "residues_per_second": [0.5, 0.5, 0.5],
    }


@pytest.mark.parametrize(("total", "wanted"), [(20, 3), (20, 7), (500, 10), (9, 8)])
def test_every_batch_is_stood_for_by_one_like_it(total: int, wanted: int) -> None:
    sample = sampled_batches(total, wanted)
    places = list(sample)
    assert (places[0], places[-1], len(places)) == (0, total - 1, wanted)
    assert places == sorted(places)
    assert (sample[0], sample[total - 1]) == (1, 1)
    assert sum(sample.values()) == total
    between = list(sample.values())[1:-1]
    assert max(between) - min(between) <= 1


def test_of_a_few_batches_all_are_timed() -> None:
    work = Clockwork()
    sequences = ["M" * length for length in range(1, 21)]
    found = time_batches(work, sequences, 1, 50, 1, work.clock)
    assert list(found["batch"]) == list(range(20))
    assert set(found["stands_for"]) == {1}


def test_the_mean_over_a_set_is_not_that_of_its_longest_proteins() -> None:
    # Time that grows with the square of the length: one batch is by far the slowest.
    lengths = [*range(100, 299), 9_000]
    sample = sampled_batches(len(lengths), 10)
    estimate = sum(lengths[place] ** 2 * number for place, number in sample.items())
    assert estimate == pytest.approx(sum(length**2 for length in lengths), rel=0.02)


def test_every_repeat_counts() -> None:
    work = Clockwork(disturbances=[0, 5, 1, 3])
    found = time_batches(work, ["MKV"], 9, 4, 3, work.clock)
    assert found["repeat"].tolist() == [1, 2, 3]
    assert found["seconds"].tolist() == [11, 7, 9]


@pytest.mark.parametrize(("threads", "ending"), [(1, "1 thread"), (2, "2 threads")])
def test_the_processor_is_named(threads: int, ending: str) -> None:
    name, _, expected = hardware("cpu", threads).rpartition(", ")
    assert name
    assert expected == ending


def test_a_proteome_is_read_as_corpora_are(tmp_path: Path) -> None:
    """Small letters, J and a stop codon are repaired; others are left out."""
    path = tmp_path / "proteome.fasta"
    path.write_text(">a\nmkvj*\n>b\nGG-G\n>c\nACDE\nFG\n")
    assert read_sequences(path) == ["MKVX", "ACDEFG"]
