"""Which three pairs are looked into."""

from pathlib import Path

import numpy as np
import pytest

from protlang.errors import ProtlangError
from protlang.homology import examples
from protlang.homology.examples import (
    choose_examples,
    example_pairs,
    read_weights,
    write_weights,
)
from protlang.homology.pairs import FixedPairs

# Level, identity, lengths.
PAIRS = [
    (4, 1.00, 100, 100),  # the same sequence
    (4, 0.95, 100, 70),  # too different in length
    (4, 0.80, 100, 90),  # similar
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


SEQUENCES = [
    (4, "ACDEFGHIKL", "ACDEFGHIKL"),  # the same sequence
    (0, "ACDEFGHIKL", "ACDEFGHIKV"),  # as similar as the next, but of no family
    (4, "ACDEFGHIKL", "ACDEFGHIKV"),  # similar
    (4, "ACDEFGHIKL", "WWWWFGWWWW"),  # unlike
    (2, "ACDEFGHIKL", "ACDEFGHIWW"),
    (2, "ACDEFGHIKL", "WWWWFGWWWW"),
    (4, "ACDEFGHIKL", "ACDEFGWWWW"),
]


@pytest.mark.parametrize("threads", [1, 2])
def test_pairs_are_aligned_to_be_chosen(threads: int) -> None:
    pairs = FixedPairs(
        [(f"a{place}", f"b{place}") for place in range(len(SEQUENCES))],
        [(one, other) for _, one, other in SEQUENCES],
        np.array([level for level, _, _ in SEQUENCES]),
        {},
    )
    chosen = example_pairs(pairs, threads)
    assert [pair.ids[0] for pair in chosen] == ["a2", "a3", "a5"]
    assert chosen[1].sequences == ("ACDEFGHIKL", "WWWWFGWWWW")
    assert [pair.level for pair in chosen] == [4, 4, 2]


def test_pairs_that_can_not_be_chosen_are_not_aligned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aligned = []

    def count(first: list[str], second: list[str], threads: int) -> np.ndarray:
        aligned.extend(second)
        return np.linspace(0.1, 0.9, len(second))

    monkeypatch.setattr(examples, "nw_identities", count)
    pairs = FixedPairs(
        [(f"a{level}", f"b{place}") for place, level in enumerate((0, 4, 1, 2, 3, 4))],
        [("A" * 9, letter * 9) for letter in "CDEFGH"],
        np.array([0, 4, 1, 2, 3, 4]),
        {},
    )
    example_pairs(pairs)
    assert [text[0] for text in aligned] == ["D", "F", "H"]


def test_weights_come_back_in_order_and_in_the_same_bytes(tmp_path: Path) -> None:
    weights = [np.full((2, place + 1), place / 16) for place in range(11)]
    for name in ("a", "b"):
        write_weights(tmp_path / f"{name}.npz", weights)
    found = read_weights(tmp_path / "a.npz")
    assert [one.tolist() for one in found] == [one.tolist() for one in weights]
    first, second = ((tmp_path / f"{name}.npz").read_bytes() for name in "ab")
    assert first == second


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    with pytest.raises(ProtlangError, match="align the example pairs"):
        read_weights(path)
    write_weights(path, [np.ones((2, 3))])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ProtlangError, match=r"w\.npz holds no weights of alignments"):
        read_weights(path)
    np.savez(path, pair1=np.array([object()], dtype=object))
    with pytest.raises(ProtlangError, match=r"w\.npz holds no weights of alignments"):
        read_weights(path)
