"""One LSTM layer: its written-out gradient against two others."""

import pytest
import torch
from torch import Tensor, nn

from protlang.models.projected_lstm import ProjectedLstm, State, _tanh_


@pytest.fixture
def layer() -> ProjectedLstm:
    torch.manual_seed(0)
    layer = ProjectedLstm(5, 3, (0.4, 0.25)).double()
    nn.init.normal_(layer.kernel)
    nn.init.normal_(layer.bias)
    return layer


def test_gradients_are_those_of_finite_differences(layer: ProjectedLstm) -> None:
    inputs, hidden, cell = (
        torch.randn(*shape, dtype=torch.float64).requires_grad_()
        for shape in [(4, 2, 3), (2, 3), (2, 5)]
    )
    names = [name for name, _ in layer.named_parameters()]

    def run(
        inputs: Tensor, hidden: Tensor, cell: Tensor, *weights: Tensor
    ) -> tuple[Tensor, ...]:
        parameters = dict(zip(names, weights, strict=True))
        state = State(hidden, cell)
        outputs, after = torch.func.functional_call(layer, parameters, (inputs, state))
        return outputs, *after

    outputs, _, after = run(inputs, hidden, cell, *layer.parameters())
    assert (outputs.abs() == 0.25).any()
    assert (outputs.abs() < 0.25).any()
    assert (after.abs() == 0.4).any()
    assert (after.abs() < 0.4).any()
    given = inputs, hidden, cell, *layer.parameters()
    assert torch.autograd.gradcheck(run, given)


def test_gradients_are_those_of_a_plain_loop(layer: ProjectedLstm) -> None:
    inputs = torch.randn(6, 3, 3, dtype=torch.float64)
    state = State(
        torch.zeros(3, 3, dtype=torch.float64), torch.zeros(3, 5, dtype=torch.float64)
    )
    hidden, cell = state
    total = torch.zeros((), dtype=torch.float64)
    for vector in inputs:
        products = torch.cat([vector, hidden], dim=1) @ layer.kernel + layer.bias
        i, j, f, o = products.chunk(4, dim=1)
        cell = torch.sigmoid(f + 1) * cell + torch.sigmoid(i) * torch.tanh(j)
        cell = cell.clamp(-0.4, 0.4)
        hidden = torch.sigmoid(o) * torch.tanh(cell) @ layer.projection
        hidden = hidden.clamp(-0.25, 0.25)
        total = total + (hidden**2).sum()
    parameters = list(layer.parameters())
    expected = torch.autograd.grad(total, parameters)
    outputs, _ = layer(inputs, state)
    found = torch.autograd.grad((outputs**2).sum(), parameters)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_half_precision_is_close_and_leaves_states_and_gradients_in_single() -> None:
    torch.manual_seed(0)
    layer = ProjectedLstm(40, 24, (0.4, 0.25))
    inputs = torch.randn(6, 8, 24, requires_grad=True)
    state = State(torch.zeros(8, 24), torch.zeros(8, 40))
    leaves = [inputs, *layer.parameters()]

    def compute() -> list[Tensor]:
        outputs, after = layer(inputs, state)
        total = (outputs**2).sum() + after.cell.sum()
        return [outputs, *after, *torch.autograd.grad(total, leaves)]

    expected = compute()
    with torch.autocast("cpu", torch.bfloat16):
        found = compute()
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == torch.float32
        assert torch.linalg.norm(one - other) < 0.02 * torch.linalg.norm(other)


@pytest.mark.parametrize("limit", [1e-7, 30.0])
def test_the_hyperbolic_tangent_is_as_exact_as_its_numbers(limit: float) -> None:
    numbers = torch.linspace(-limit, limit, 10_001)
    exact = numbers.double().tanh()
    assert (_tanh_(numbers).double() - exact).abs().max() < 2**-22
