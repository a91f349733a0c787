"""Sampled softmax against a slow reference written from TensorFlow's documentation."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from protlang.models.sampled_softmax import (
    Negatives,
    draw_negatives,
    log_uniform_probabilities,
    sampled_softmax_loss,
)

WORDS = 28


def softmax_inputs(positions: int = 12) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Outputs, targets, weight, bias."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    targets = torch.randint(0, WORDS, (positions,), generator=generator)
    return draw(positions, 5), targets, draw(WORDS, 5), draw(WORDS)


def slow_loss(
    outputs: Tensor, targets: Tensor, weight: Tensor, bias: Tensor, negatives: Negatives
) -> float:
    """One position and one word at a time."""

    def corrected(position: int, word: int) -> float:
        chance = math.log((word + 2) / (word + 1)) / math.log(WORDS + 1)
        expected = 1 - (1 - chance) ** negatives.tries
        score = sum(
            outputs[position, k].item() * weight[word, k].item() for k in range(5)
        )
        return score + bias[word].item() - math.log(expected)

    losses = []
    for position, target in enumerate(targets.tolist()):
        true = corrected(position, target)
        others = [w for w in negatives.rows.tolist() if w != target]
        scores = [true, *(corrected(position, word) for word in others)]
        losses.append(math.log(sum(map(math.exp, scores))) - true)
    return sum(losses) / len(losses)


def test_probabilities_are_log_uniform_and_sum_to_one() -> None:
    probabilities = log_uniform_probabilities(WORDS)
    assert probabilities.sum().item() == pytest.approx(1, abs=1e-12)
    assert probabilities[0].item() == pytest.approx(math.log(2) / math.log(29))
    assert probabilities[27].item() == pytest.approx(math.log(29 / 28) / math.log(29))


@pytest.mark.parametrize("count", [1, 5, 20, 28])
def test_the_loss_agrees_with_the_slow_reference(count: int) -> None:
    generator = torch.Generator().manual_seed(count)
    negatives = draw_negatives(count, WORDS, generator)
    inputs = softmax_inputs()
    expected = slow_loss(*inputs, negatives)
    assert sampled_softmax_loss(*inputs, negatives).item() == pytest.approx(
        expected, abs=1e-12
    )


def test_an_accidental_hit_is_left_out() -> None:
    outputs, _, weight, bias = softmax_inputs(1)
    hit = torch.tensor([3])
    alone = Negatives(torch.tensor([3]), 1)
    assert sampled_softmax_loss(outputs, hit, weight, bias, alone).item() == 0
    assert sampled_softmax_loss(outputs, hit + 1, weight, bias, alone).item() > 0


def test_with_every_word_drawn_for_sure_it_is_the_full_softmax() -> None:
    outputs, targets, weight, bias = softmax_inputs()
    everything = Negatives(torch.arange(WORDS), 10**6)
    full = cross_entropy(outputs @ weight.t() + bias, targets)
    sampled = sampled_softmax_loss(outputs, targets, weight, bias, everything)
    torch.testing.assert_close(sampled, full, rtol=0, atol=1e-12)


def test_gradients_reach_outputs_and_the_drawn_and_true_rows_alone() -> None:
    outputs, _, weight, bias = softmax_inputs(2)
    targets = torch.tensor([4, 9])
    for part in (outputs, weight, bias):
        part.requires_grad_()
    negatives = Negatives(torch.tensor([0, 9, 20]), 7)
    loss = sampled_softmax_loss(outputs, targets, weight, bias, negatives)
    torch.autograd.backward(loss)
    assert weight.grad is not None
    touched = weight.grad.abs().sum(dim=1).nonzero().flatten().tolist()
    assert touched == [0, 4, 9, 20]
    assert outputs.grad is not None
    assert (outputs.grad != 0).all()


def test_drawn_rows_are_distinct_and_tries_count_the_repeats() -> None:
    generator = torch.Generator().manual_seed(0)
    for count in (1, 20, 28):
        negatives = draw_negatives(count, WORDS, generator)
        assert len(set(negatives.rows.tolist())) == count
        assert negatives.tries >= count
    assert negatives.tries > 28


def test_first_draws_follow_the_probabilities() -> None:
    generator = torch.Generator().manual_seed(0)
    draws = 2000
    first = [draw_negatives(1, WORDS, generator).rows.item() for _ in range(draws)]
    counts = np.bincount(np.array(first, dtype=int), minlength=WORDS)
    expected = log_uniform_probabilities(WORDS).numpy() * draws
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()


def test_equal_generators_give_equal_draws() -> None:
    one, other = (
        draw_negatives(20, WORDS, torch.Generator().manual_seed(5)) for _ in range(2)
    )
    assert torch.equal(one.rows, other.rows)
    assert one.tries == other.tries
