import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from protlang.simulation.shares import apportion, draw, evenly


@given(
    st.integers(0, 500),
    st.lists(st.integers(1, 50), min_size=1, max_size=6),
    st.integers(0, 4),
)
def test_shares_add_up_and_are_within_one_of_the_exact_ones(
    extra: int, weights: list[int], least: int
) -> None:
    named = {str(place): weight for place, weight in enumerate(weights)}
    found = apportion(extra + least * len(weights), named, least)
    assert sum(found.values()) == extra + least * len(weights)
    for name, weight in named.items():
        assert abs(found[name] - least - extra * weight / sum(weights)) < 1


def test_parts_are_as_even_as_can_be() -> None:
    assert evenly(11, 4) == [3, 3, 3, 2]
    assert evenly(8, 4) == [2, 2, 2, 2]


def test_keys_are_drawn_by_their_weights() -> None:
    rng = np.random.default_rng(1)
    drawn = [draw({"often": 3, "never": 0, "seldom": 1}, rng) for _ in range(4000)]
    assert set(drawn) == {"often", "seldom"}
    assert abs(drawn.count("often") - 3000) < 4 * (4000 * 3 / 16) ** 0.5
