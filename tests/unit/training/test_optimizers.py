"""BERT's optimizer against its formulas, written out in plain Python.

The others are PyTorch's own but for the import of its compiler.
"""

import io
import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from protlang.training.optimizers import (
    Adagrad,
    Adam,
    BertAdam,
    decay_groups,
    learning_rate_factor,
)
from protlang.validation import REPOSITORY


@pytest.mark.parametrize(
    ("progress", "factor"),
    [(0.0, 0.0), (0.05, 0.5), (0.0999, 0.999), (0.1, 0.9), (0.5, 0.5), (1.0, 0.0)],
)
def test_the_rate_rises_to_the_end_of_the_warm_up_and_falls(
    progress: float, factor: float
) -> None:
    assert learning_rate_factor(progress, 0.1) == pytest.approx(factor)


def test_without_a_warm_up_the_first_rate_is_the_full_one() -> None:
    assert learning_rate_factor(0.0, 0.0) == 1


GRADIENTS = [0.3, -1.2, 0.0, 5.0, 0.7, -0.4]


def by_hand(weight: float, weight_decay: float, warm_up: float) -> list[float]:
    """A weight after each update: means of Adam, their bias not corrected."""
    mean = square = 0.0
    course = []
    for done, gradient in enumerate(GRADIENTS):
        progress = done / len(GRADIENTS)
        rate = 0.1 * (progress / warm_up if progress < warm_up else 1 - progress)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        change = mean / (math.sqrt(square) + 1e-6)
        weight -= rate * (change + weight_decay * weight)
        course.append(weight)
    return course


def update(weight: nn.Parameter, optimizer: BertAdam, gradient: float) -> float:
    weight.grad = torch.full_like(weight, gradient)
    optimizer.step()
    return weight.item()


def made(
    start: float, weight_decay: float, warm_up: float
) -> tuple[nn.Parameter, BertAdam]:
    weight = nn.Parameter(torch.tensor([start], dtype=torch.float64))
    groups = [{"params": [weight], "weight_decay": weight_decay}]
    return weight, BertAdam(groups, 0.1, len(GRADIENTS), warm_up)


@pytest.mark.parametrize("weight_decay", [0.0, 0.01, 0.5])
@pytest.mark.parametrize("warm_up", [0.25, 0.5, 1.0])
def test_updates_are_those_of_the_formulas(weight_decay: float, warm_up: float) -> None:
    weight, optimizer = made(2.0, weight_decay, warm_up)
    found = [update(weight, optimizer, gradient) for gradient in GRADIENTS]
    assert found == pytest.approx(by_hand(2.0, weight_decay, warm_up), rel=1e-13)
    assert found[0] == 2  # at a rate of 0


def test_the_rate_of_the_last_update_can_be_read() -> None:
    weight, optimizer = made(2.0, 0.0, 0.5)
    rates = []
    for gradient in GRADIENTS:
        update(weight, optimizer, gradient)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == pytest.approx([0, 0.1 / 3, 0.2 / 3, 0.05, 0.1 / 3, 0.1 / 6])


def test_weights_without_a_gradient_stay() -> None:
    weight, optimizer = made(2.0, 0.5, 0.5)
    for _ in GRADIENTS:
        optimizer.step()
    assert weight.item() == 2


@pytest.mark.parametrize("cut", range(len(GRADIENTS)))
def test_restored_from_a_file_it_continues_equally(cut: int) -> None:
    weight, optimizer = made(2.0, 0.1, 0.4)
    whole = [update(weight, optimizer, gradient) for gradient in GRADIENTS]
    weight, optimizer = made(2.0, 0.1, 0.4)
    found = [update(weight, optimizer, gradient) for gradient in GRADIENTS[:cut]]
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    again, fresh = made(weight.item(), 0.1, 0.4)
    fresh.load_state_dict(torch.load(file, weights_only=True))
    found += [update(again, fresh, gradient) for gradient in GRADIENTS[cut:]]
    assert found == whole


def test_biases_and_normalisations_are_exempt_from_decay_if_wanted() -> None:
    network = nn.Sequential(nn.Embedding(3, 4), nn.Linear(4, 2), nn.LayerNorm(2))
    network[1].bias.requires_grad_(False)
    names = {weights: name for name, weights in network.named_parameters()}

    def decays(exempt: bool) -> dict[float, set[str]]:
        groups = decay_groups(network, 0.01, exempt)
        return {
            group["weight_decay"]: {names[weights] for weights in group["params"]}
            for group in groups
        }

    matrices, vectors = {"0.weight", "1.weight"}, {"2.weight", "2.bias"}
    assert decays(exempt=True) == {0.01: matrices, 0.0: vectors}
    assert decays(exempt=False) == {0.01: matrices | vectors}


Maker = Callable[..., torch.optim.Optimizer]
AS_PYTORCH_HAS_THEM = [
    (Adam, torch.optim.Adam, {"lr": 0.01}),
    (Adam, torch.optim.Adam, {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1}),
    (
        Adagrad,
        torch.optim.Adagrad,
        {"lr": 0.1, "initial_accumulator_value": 1.0, "eps": 0.0},
    ),
]


def trained(make: Maker, options: dict[str, Any], cut: int = 3) -> list[Any]:
    """Weights after each of six updates; a copy takes over after some of them."""
    torch.manual_seed(0)
    network, course = nn.Linear(5, 4), []

    def note(*_: object) -> None:
        course.append([weights.tolist() for weights in network.parameters()])

    optimizer = make(network.parameters(), **options)
    optimizer.register_step_post_hook(note)
    for update in range(6):
        if update == cut:
            state = optimizer.state_dict()
            optimizer = make(network.parameters(), **options)
            optimizer.load_state_dict(state)
            optimizer.register_step_post_hook(note)
        optimizer.zero_grad(set_to_none=True)
        network(torch.randn(3, 5)).square().sum().backward()
        optimizer.step()
    return course


@pytest.mark.parametrize(("ours", "theirs", "options"), AS_PYTORCH_HAS_THEM)
def test_updates_have_the_bits_of_pytorchs(
    ours: Maker, theirs: Maker, options: dict[str, Any]
) -> None:
    found = trained(ours, options)
    assert len(found) == 6
    assert found == trained(theirs, options) == trained(ours, options, cut=0)


def test_no_optimizer_loads_the_compiler() -> None:
    code = """
import sys, torch
from protlang.training.optimizers import Adagrad, Adam, BertAdam
weight = torch.nn.Parameter(torch.ones(2))
for make in (Adam, Adagrad, lambda weights: BertAdam([{"params": weights}], 1, 9, 0.1)):
    optimizer = make([weight])
    optimizer.zero_grad()
    weight.square().sum().backward()
    optimizer.step()
    optimizer.load_state_dict(optimizer.state_dict())
sys.exit("torch._dynamo" in sys.modules)
"""
    scripts = REPOSITORY / "workflow" / "scripts"
    subprocess.run([sys.executable, "-c", code], cwd=scripts, check=True)
