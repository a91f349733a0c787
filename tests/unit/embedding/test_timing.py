from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from protlang.embedding.timing import COLUMNS, hardware, time_batches


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
        "batch": [0, 1, 2],
        "of": [3, 3, 3],
        "proteins": [3, 1, 1],
        "residues": [9, 8, 9],
        "mean_length": [3, 8, 9],
        "seconds": [18, 16, 18],
        "seconds_per_protein": [6, 16, 18],
        "residues_per_second": [0.5, 0.5, 0.5],
    }


def test_the_shortest_and_the_longest_are_always_among_them() -> None:
    work = Clockwork()
    sequences = ["M" * length for length in range(1, 21)]
    assert list(time_batches(work, sequences, 1, 2, 1, work.clock)["batch"]) == [0, 19]
    assert len(time_batches(work, sequences, 1, 50, 1, work.clock)) == 20


def test_the_fastest_repeat_counts() -> None:
    work = Clockwork(disturbances=[0, 5, 1, 3])
    found = time_batches(work, ["MKV"], 9, 4, 3, work.clock)
    assert found["seconds"].tolist() == [7]


@pytest.mark.parametrize(("threads", "ending"), [(1, "1 thread"), (2, "2 threads")])
def test_the_processor_is_named(threads: int, ending: str) -> None:
    name, _, expected = hardware("cpu", threads).rpartition(", ")
    assert name
    assert expected == ending
