import math

import pytest

from protlang.tables.grid import Grid, Remarked, in_ranges, number_text, own_rows


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        ([3], "3"),
        ([1, 2], "1, 2"),
        ([1, 2, 3], "1-3"),
        ([1, 3, 4, 5, 6, 8, 9], "1, 3-6, 8, 9"),
    ],
)
def test_runs_of_numbers_are_shortened(numbers: list[int], text: str) -> None:
    assert in_ranges(numbers) == text


def test_a_remark_follows_its_number_on_one_line() -> None:
    assert str(Remarked("70.2 ± 0.9", "higher")) == "70.2 ± 0.9 (higher)"
    noted = Remarked("70.2 ± 0.9", "higher", (1, 2, 3, 7))
    assert str(noted) == "70.2 ± 0.9 (higher) [1-3, 7]"


def test_rows_with_a_number_of_ours_are_picked() -> None:
    rows = [
        ["A", "1.0", Remarked("1.1", "higher")],
        ["B", "2.0", "not run"],
        ["C", "3.0", "-0.5"],
    ]
    picked = own_rows(Grid(["Method", "r paper", "r ours"], rows))
    assert [row[0] for row in picked.rows] == ["A", "C"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ((70.25, 0.875, "percent"), "70.2 ± 0.9"),
        ((0.5, math.nan, "fraction"), "0.500"),
        ((math.nan, 0.1, "percent"), "\N{EN DASH}"),
    ],
)
def test_numbers_have_the_digits_of_their_unit(
    number: tuple[float, float, str], text: str
) -> None:
    assert number_text(*number) == text
