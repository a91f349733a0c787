from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from protlang.corpora.streams import TokenStreams
from protlang.errors import ProtlangError

START, STOP = 100, 101
PROTEINS = [np.arange(10 * n, 10 * n + length) for n, length in enumerate([3, 5, 1, 4])]


def streams(rows: range = range(2), all_rows: int = 2, seed: int = 1) -> TokenStreams:
    order = np.arange(len(PROTEINS))
    return TokenStreams(PROTEINS, order, (START, STOP), rows, all_rows, seed)


def pairs(stream: TokenStreams, direction: int, row: int, steps: int) -> np.ndarray:
    window = stream.next_window(steps)
    return np.stack([window.inputs[direction, row], window.targets[direction, row]])


def sentences(inputs: np.ndarray, begin: int) -> Iterator[list[int]]:
    """Cut a row's inputs where a protein begins; the last one may be incomplete."""
    starts = np.flatnonzero(inputs == begin)
    for here, there in pairwise(starts):
        yield inputs[here + 1 : there].tolist()


@pytest.mark.parametrize(
    ("direction", "begin", "end"), [(0, START, STOP), (1, STOP, START)]
)
def test_each_input_is_followed_by_its_target(
    direction: int, begin: int, end: int
) -> None:
    inputs, targets = pairs(streams(), direction, 0, 50)
    follows = np.append(inputs[1:], begin)
    expected = np.where(follows == begin, end, follows)
    assert inputs[0] == begin
    assert (targets[:-1] == expected[:-1]).all()
    assert end not in inputs


def test_an_epoch_reads_every_protein_once_in_both_directions() -> None:
    stream = streams(range(1), 1)
    steps = sum(len(protein) + 1 for protein in PROTEINS)
    first, second = (stream.next_window(steps).inputs for _ in range(2))
    whole = sorted(protein.tolist() for protein in PROTEINS)
    for inputs in (first, second):
        forward = sorted(sentences(np.append(inputs[0, 0], START), START))
        backward = sorted(
            sentence[::-1]
            for sentence in sentences(np.append(inputs[1, 0], STOP), STOP)
        )
        assert forward == backward == whole


def test_epochs_and_directions_have_orders_of_their_own() -> None:
    proteins = [np.array([n]) for n in range(50)]
    stream = TokenStreams(proteins, np.arange(50), (START, STOP), range(1), 1, seed=3)
    first, second = (stream.next_window(100).inputs for _ in range(2))
    orders = {tuple(inputs[d, 0, 1::2]) for inputs in (first, second) for d in (0, 1)}
    assert len(orders) == 4
    assert all(sorted(order) == list(range(50)) for order in orders)


def test_rows_share_a_pass_without_overlap() -> None:
    stream = streams()
    forward = stream.current_proteins()[:2]
    assert len(set(forward)) == 2
    inputs = stream.next_window(60).inputs[0]
    assert {int(token) // 10 for token in inputs[inputs < START]} == {0, 1, 2, 3}


def test_processes_read_the_rows_that_one_process_would() -> None:
    together = streams(range(2), 2).next_window(40)
    for row in (0, 1):
        alone = streams(range(row, row + 1), 2).next_window(40)
        assert (alone.inputs[:, 0] == together.inputs[:, row]).all()
        assert (alone.targets[:, 0] == together.targets[:, row]).all()


@pytest.mark.parametrize("read", [1, 7, 33])
def test_reading_goes_on_from_a_position(read: int) -> None:
    stream, resumed = streams(), streams()
    stream.next_window(read)
    resumed.position[:] = stream.position
    assert (stream.next_window(25).inputs == resumed.next_window(25).inputs).all()
    assert stream.current_proteins() == resumed.current_proteins()


def test_windows_do_not_change_what_is_read() -> None:
    whole = streams().next_window(30)
    stream = streams()
    parts = [stream.next_window(steps) for steps in (1, 9, 20)]
    assert (np.concatenate([p.inputs for p in parts], axis=-1) == whole.inputs).all()
    assert (np.concatenate([p.targets for p in parts], axis=-1) == whole.targets).all()


def test_a_corpus_smaller_than_the_batch_is_refused() -> None:
    with pytest.raises(
        ProtlangError, match="4 proteins to train on but batches have 5"
    ):
        streams(range(5), 5)
