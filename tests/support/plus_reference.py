"""Slow references of PLUS's models, in numpy and float64, one protein at a time.

They are written from the papers' equations; of the models they know the weights.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

Weights = Mapping[str, np.ndarray]


def make_double(model: nn.Module, gain: float = 1.0) -> None:
    """Turn a model to float64 evaluation with weights that are no special case."""
    model.double().eval()
    with torch.no_grad():
        for weights in model.parameters():
            weights += 0.1 * torch.randn_like(weights)
            weights *= gain
        for module in model.modules():
            if isinstance(module, nn.Embedding) and module.padding_idx is not None:
                module.weight[module.padding_idx] = 0


def parameters(model: nn.Module) -> int:
    return sum(weights.numel() for weights in model.parameters())


def weights_of(model: nn.Module) -> Weights:
    return {name: part.detach().numpy() for name, part in model.state_dict().items()}


def random_proteins(*lengths: int, seed: int = 0) -> list[Tensor]:
    """Tokens 1 to 21 of proteins of these lengths."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(1, 22, (length,), generator=generator) for length in lengths]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm_layer(inputs: np.ndarray, weights: Weights, suffix: str) -> np.ndarray:
    """States (steps, dim) of one layer and direction, gates in the order i, f, g, o."""
    hidden = np.zeros(weights[f"weight_hh_{suffix}"].shape[1])
    cell = hidden.copy()
    states = []
    for vector in inputs:
        gates = (
            weights[f"weight_ih_{suffix}"] @ vector
            + weights[f"bias_ih_{suffix}"]
            + weights[f"weight_hh_{suffix}"] @ hidden
            + weights[f"bias_hh_{suffix}"]
        )
        i, f, g, o = np.split(gates, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        states.append(hidden)
    return np.array(states)


def bidirectional(inputs: np.ndarray, weights: Weights, layers: int) -> np.ndarray:
    for layer in range(layers):
        ahead = lstm_layer(inputs, weights, f"l{layer}")
        back = lstm_layer(inputs[::-1], weights, f"l{layer}_reverse")[::-1]
        inputs = np.hstack([ahead, back])
    return inputs


class Alignment(NamedTuple):
    """Soft alignment of two proteins: weights, closeness (first, second) and score."""

    weights: np.ndarray
    closeness: np.ndarray
    score: float


def alignment(first: np.ndarray, second: np.ndarray) -> Alignment:
    """Align vectors (residues, dim) of two proteins (PLUS, eq. 7 and 8)."""
    closeness = -np.abs(first[:, None] - second[None]).sum(axis=2)
    grown = np.exp(closeness)
    alpha = grown / grown.sum(axis=1, keepdims=True)
    beta = grown / grown.sum(axis=0, keepdims=True)
    omega = alpha + beta - alpha * beta
    return Alignment(omega, closeness, float((omega * closeness).sum() / omega.sum()))


def part(weights: Weights, prefix: str) -> Weights:
    """The weights of one part of a model, without the part's name."""
    return {
        name.removeprefix(prefix + "."): array
        for name, array in weights.items()
        if name.startswith(prefix + ".")
    }


def linear(weights: Weights, name: str, inputs: np.ndarray) -> np.ndarray:
    return inputs @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
