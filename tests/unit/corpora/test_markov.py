import math

import numpy as np
import pytest

from protlang.corpora.markov import markov_perplexity


def test_uniform_letters_have_the_perplexity_of_their_number() -> None:
    generator = np.random.default_rng(1)
    proteins = [generator.integers(0, 20, size=1000) for _ in range(100)]
    found = markov_perplexity(proteins, proteins, 0, 20)
    # The end of a protein is one more symbol, once in 1001.
    expected = math.exp(
        1000 / 1001 * math.log(20 * 1001 / 1000) + math.log(1001) / 1001
    )
    assert found == pytest.approx(expected, rel=1e-3)


def test_an_alternating_sequence_is_certain_to_order_one_and_not_to_order_zero() -> (
    None
):
    proteins = [np.tile([0, 1], 500)] * 20
    assert markov_perplexity(proteins, proteins, 0, 2) == pytest.approx(2, abs=0.02)
    assert markov_perplexity(proteins, proteins, 1, 2) == pytest.approx(1, abs=0.02)


def test_a_sequence_of_memory_two_needs_order_two() -> None:
    """The next letter is the sum of the two before it, modulo 2, nine times in ten."""
    generator = np.random.default_rng(2)
    proteins = []
    for _ in range(50):
        letters = [0, 1]
        for noise in generator.random(400):
            letters.append((letters[-1] + letters[-2] + int(noise < 0.1)) % 2)
        proteins.append(np.array(letters))
    order_one = markov_perplexity(proteins[:40], proteins[40:], 1, 2)
    order_two = markov_perplexity(proteins[:40], proteins[40:], 2, 2)
    entropy = -(0.1 * math.log(0.1) + 0.9 * math.log(0.9))
    assert order_two == pytest.approx(math.exp(entropy), abs=0.05)
    assert order_one > order_two + 0.3


def test_unseen_contexts_fall_back_on_the_composition() -> None:
    training = [np.array([0, 0, 0, 1])] * 10
    held_out = [np.array([2, 2])]
    assert math.isfinite(markov_perplexity(training, held_out, 2, 3))
