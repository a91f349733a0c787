import numpy as np
import pytest
import torch
from torch import nn

from protlang.models.per_protein_mlp import ORDERS, PerProteinNetwork


def trainable(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("channels", "parameters"), [(1024, 33_260), (100, 3_692)])
def test_it_has_as_many_parameters_as_the_papers(
    channels: int, parameters: int, order: str
) -> None:
    assert trainable(PerProteinNetwork(channels, order)) == parameters


def by_hand(network: PerProteinNetwork, features: np.ndarray) -> np.ndarray:
    """Hidden features without dropout, from running means and variances."""
    weights = {
        name: tensor.numpy().astype(np.float64)
        for name, tensor in network.state_dict().items()
    }
    hidden = features @ weights["compress.weight"].T + weights["compress.bias"]

    def normalise(values: np.ndarray) -> np.ndarray:
        spread = np.sqrt(weights["normalise.running_var"] + 1e-5)
        centred = (values - weights["normalise.running_mean"]) / spread
        return centred * weights["normalise.weight"] + weights["normalise.bias"]

    if network.order == "released":
        return normalise(np.maximum(hidden, 0))
    return np.maximum(normalise(hidden), 0)


def warmed(order: str, channels: int = 6) -> PerProteinNetwork:
    """A network whose batch normalisation has seen some proteins."""
    torch.manual_seed(0)
    network = PerProteinNetwork(channels, order)
    nn.init.normal_(network.normalise.weight)
    nn.init.normal_(network.normalise.bias)
    for _ in range(3):
        network(torch.randn(8, channels))
    return network.eval()


@pytest.mark.parametrize("order", ORDERS)
def test_the_layers_come_in_the_order_requested(order: str) -> None:
    network = warmed(order)
    features = torch.randn(5, 6)
    with torch.no_grad():
        hidden, scores = network(features)
    expected = by_hand(network, features.numpy())
    np.testing.assert_allclose(hidden.numpy(), expected, rtol=1e-4, atol=1e-5)
    for head, classes in (("location", 10), ("membrane", 2)):
        assert scores[head].shape == (5, classes)
        linear = network.heads[head]
        assert torch.allclose(scores[head], linear(hidden))


def test_only_the_printed_order_ends_in_a_relu() -> None:
    features = torch.randn(50, 6)
    assert (warmed("released")(features).hidden < 0).any()
    assert (warmed("printed")(features).hidden >= 0).all()


@pytest.mark.parametrize("order", ORDERS)
def test_a_quarter_of_the_hidden_features_is_dropped_in_training(order: str) -> None:
    network = warmed(order).train()
    seen = []
    network.dropout.register_forward_hook(lambda _, __, kept: seen.append(kept))
    network(torch.randn(500, 6))
    assert float((seen[0] == 0).float().mean()) == pytest.approx(0.25, abs=0.02)


def test_in_evaluation_proteins_do_not_see_each_other() -> None:
    network = warmed("released")
    features = torch.randn(7, 6)
    together = network(features).hidden
    alone = torch.cat([network(row[None]).hidden for row in features])
    assert torch.allclose(together, alone, atol=1e-6)


def test_another_order_is_refused() -> None:
    with pytest.raises(ValueError, match="'other' is none of released, printed"):
        PerProteinNetwork(6, "other")
