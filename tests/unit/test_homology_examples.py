"""Which three pairs are looked into."""

import numpy as np
import pytest

from protlang.errors import ProtlangError
from protlang.homology_examples import choose_examples

# Level, identity, lengths.
PAIRS = [
    (4, 1.00, 100, 100),  # the same sequence
    (4, 0.95, 100, 70),  # too different in length
    (4, 0.80, 100, 90),  # alike
    (4, 0.02, 100, 10),
    (4, 0.15, 100, 80),  # unlike
    (4, 0.30, 100, 100),
    (2, 0.10, 100, 100),
    (2, 0.16, 90, 100),  # nearest to 0.15
    (2, 0.16, 100, 100),  # later
    (3, 0.15, 100, 100),
    (0, 0.15, 100, 100),
]


def choose(rows: list[tuple[int, float, int, int]]) -> tuple[int, int, int]:
    table = np.array(rows)
    return choose_examples(table[:, 0], table[:, 1], table[:, 2:])


def test_three_pairs_are_chosen_by_the_rule() -> None:
    assert choose(PAIRS) == (2, 4, 7)


def test_two_pairs_of_a_family_that_are_equally_alike_are_both_taken() -> None:
    assert choose([(4, 0.5, 9, 9), (4, 0.5, 9, 9), (2, 0.1, 9, 9)]) == (0, 1, 2)


@pytest.mark.parametrize("missing", [PAIRS[:6], PAIRS[4:5] + PAIRS[6:]])
def test_too_few_pairs_are_an_error(missing: list[tuple[int, float, int, int]]) -> None:
    with pytest.raises(ProtlangError, match="draw more pairs"):
        choose(missing)
