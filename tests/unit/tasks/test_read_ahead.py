"""Batches prepared in a thread: the same as without it, and not more than two."""

import threading

import pytest

from protlang.errors import ProtlangError
from protlang.tasks.read_ahead import ReadAhead


def test_every_number_gives_its_own_batch_in_any_order() -> None:
    read = ReadAhead(lambda number: number * number)
    numbers = [0, 1, 2, 7, 8, 3, 3, 4]
    assert [read(number) for number in numbers] == [n * n for n in numbers]


def test_the_next_batch_is_prepared_in_another_thread_and_none_after_it() -> None:
    prepared: dict[int, int] = {}
    following = threading.Event()

    def prepare(number: int) -> int:
        prepared[number] = threading.get_ident()
        if number == 5:
            following.set()
        return number

    read = ReadAhead(prepare)
    assert read(4) == 4
    assert following.wait(timeout=60)
    assert list(prepared) == [4, 5]
    assert read(5) == 5
    assert prepared[4] == threading.get_ident() != prepared[5]


def test_a_fault_is_raised_where_its_batch_is_used() -> None:
    def prepare(number: int) -> int:
        if number == 2:
            raise ProtlangError("the file is damaged")
        return number

    read = ReadAhead(prepare)
    assert [read(0), read(1)] == [0, 1]
    with pytest.raises(ProtlangError, match="damaged"):
        read(2)
