"""Convolution along a protein by large products, against PyTorch's own."""

import pytest
import torch
from torch import Tensor, nn

from protlang.models.window_convolution import WindowConvolution


def layer_and_reference(
    inputs: int, outputs: int, window: int = 7
) -> tuple[WindowConvolution, nn.Conv1d]:
    """A layer, and PyTorch's with equal weights."""
    torch.manual_seed(inputs)
    layer = WindowConvolution(inputs, outputs, window)
    torch.manual_seed(inputs)
    return layer, nn.Conv1d(inputs, outputs, window, padding=window // 2)


def results(layer: nn.Module, features: Tensor, scale: Tensor) -> dict[str, Tensor]:
    """Outputs (batch, positions, outputs) and all gradients of their scaled sum."""
    features = features.clone().requires_grad_()
    channels_first = not isinstance(layer, WindowConvolution)
    if channels_first:
        outputs = layer(features.transpose(1, 2)).transpose(1, 2)
    else:
        outputs = layer(features)
    (outputs * scale).sum().backward()
    assert features.grad is not None
    gradients = {name: one.grad for name, one in layer.named_parameters()}
    return {"outputs": outputs.detach(), "features": features.grad, **gradients}


@pytest.mark.parametrize(
    ("batch", "positions", "inputs", "outputs", "window"),
    [
        (1, 1, 5, 3, 7),
        (1, 5, 20, 32, 7),
        (3, 40, 32, 13, 7),
        (2, 9, 4, 2, 1),
        (1, 9000, 50, 32, 7),
        (1, 300, 1024, 32, 7),
    ],
)
def test_outputs_and_gradients_are_those_of_conv1d(
    batch: int, positions: int, inputs: int, outputs: int, window: int
) -> None:
    layer, reference = layer_and_reference(inputs, outputs, window)
    features = torch.randn(batch, positions, inputs)
    scale = torch.randn(batch, positions, outputs)
    found = results(layer, features, scale)
    expected = results(reference.double(), features.double(), scale.double())
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        largest = values.abs().max().item()
        torch.testing.assert_close(
            found[name].double(), values, rtol=1e-5, atol=3e-6 * largest
        )


def test_gradients_agree_with_differences() -> None:
    layer, _ = layer_and_reference(3, 2, 5)
    layer.double()
    features = torch.randn(2, 6, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (features,))
    parameters = tuple(layer.parameters())
    assert torch.autograd.gradcheck(lambda *_: layer(features.detach()), parameters)


def test_initial_weights_and_their_names_are_those_of_conv1d() -> None:
    layer, reference = layer_and_reference(20, 32)
    ours, theirs = layer.state_dict(), reference.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize("positions", [100, 5001])
def test_the_same_inputs_give_the_same_bits(positions: int) -> None:
    layer, _ = layer_and_reference(64, 32)
    features, scale = torch.randn(1, positions, 64), torch.randn(1, positions, 32)
    first = results(layer, features, scale)
    layer.zero_grad()
    second = results(layer, features, scale)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_contiguous_copy_of_the_features_changes_nothing() -> None:
    layer, _ = layer_and_reference(8, 4)
    features = torch.randn(2, 8, 30).transpose(1, 2)
    assert torch.equal(layer(features), layer(features.contiguous()))


def leave_behind_nan() -> None:
    """Give back memory of many sizes that is full of NaN."""
    sizes = [*(500 * n for n in range(1, 200)), *(100_000 * n for n in range(1, 12))]
    full = [torch.full((size,), torch.nan) for size in sizes]
    full.clear()


@pytest.mark.parametrize("inputs", [20, 513, 600, 777, 1000, 1023, 1024, 1074, 1900])
def test_no_number_comes_from_memory_that_nobody_has_written(inputs: int) -> None:
    layer = WindowConvolution(inputs, 32, 7)
    for positions in (301, 500, 64):
        features = torch.rand(1, positions, inputs)
        leave_behind_nan()
        found = layer(features)
        leave_behind_nan()
        found.sum().backward()
        assert torch.isfinite(found).all()
        assert layer.weight.grad is not None
        assert torch.isfinite(layer.weight.grad).all()
        expected = nn.functional.conv1d(
            features.mT, layer.weight, layer.bias, padding=3
        ).mT
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
