"""Computations in threads of their own are those of one after the other."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from protlang.models.side_by_side import side_by_side


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def compute(threads: int) -> tuple[list[Tensor], list[Tensor]]:
    """Results of two layers that share an input and a bias, and all gradients."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layers = [nn.Linear(5, 7) for _ in range(2)]
    bias = nn.Parameter(torch.randn(7))
    unused = nn.Parameter(torch.randn(1))
    shared = torch.randn(3, 5, requires_grad=True)

    def of_layer(layer: nn.Linear, given: Tensor) -> tuple[Tensor, Tensor]:
        outputs = (layer(given) + bias).tanh()
        return outputs, outputs.detach()

    results = side_by_side(
        [lambda given, layer=layer: of_layer(layer, given) for layer in layers],
        shared.exp(),
        [[*layer.parameters(), bias, unused] for layer in layers],
    )
    total = sum((outputs**2).sum() for outputs, _ in results)
    assert isinstance(total, Tensor)
    assert not any(carried.requires_grad for _, carried in results)
    torch.autograd.backward(total)
    assert unused.grad is None
    leaves = [shared, bias, *layers[0].parameters(), *layers[1].parameters()]
    gradients = [leaf.grad for leaf in leaves if leaf.grad is not None]
    assert len(gradients) == len(leaves)
    return [outputs for outputs, _ in results], gradients


def test_results_and_gradients_have_the_same_bits_on_one_thread_and_two() -> None:
    for alone, together in zip(compute(1), compute(2), strict=True):
        for one, other in zip(alone, together, strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize("threads", [1, 2])
def test_without_gradients_nothing_is_kept(threads: int) -> None:
    torch.set_num_threads(threads)
    weight = nn.Parameter(torch.ones(2))
    with torch.no_grad():
        (found,) = side_by_side(
            [lambda given: (given * weight,)] * 2, torch.ones(2), [[weight]] * 2
        )[0]
    assert not found.requires_grad


def test_half_precision_holds_in_every_thread() -> None:
    torch.set_num_threads(2)
    layer = nn.Linear(2, 2)
    with torch.autocast("cpu", torch.bfloat16):
        results = side_by_side(
            [lambda given: (layer(given),)] * 2,
            torch.ones(1, 2),
            [[*layer.parameters()]] * 2,
        )
    assert {outputs.dtype for (outputs,) in results} == {torch.bfloat16}


def test_an_error_in_a_thread_is_raised() -> None:
    torch.set_num_threads(2)

    def fail(_: Tensor) -> tuple[Tensor]:
        raise ValueError("no such word")

    with pytest.raises(ValueError, match="no such word"):
        side_by_side([fail, fail], torch.ones(1), [[], []])
