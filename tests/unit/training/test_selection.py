"""Which weights are selected, and when there is no hope of better ones."""

import io
import math

import pytest
import torch
from torch import nn

from protlang.training.loop import Selection


def network(weight: float) -> nn.Linear:
    layer = nn.Linear(1, 1)
    nn.init.constant_(layer.weight, weight)
    return layer


def consider(selection: Selection, *losses: float) -> None:
    """Tell losses of a network whose weight is the number of the update."""
    learning = network(0)
    for step, loss in enumerate(losses, start=1):
        nn.init.constant_(learning.weight, step)
        selection.consider(loss, step, learning)


def selected(selection: Selection) -> float:
    chosen = network(-1)
    selection.apply(chosen)
    return chosen.weight.item()


def test_the_weights_of_the_lowest_loss_are_kept_though_the_network_goes_on() -> None:
    selection = Selection(None)
    consider(selection, 5, 3, 4, 3, 6)
    assert (selection.step, selection.loss) == (2, 3)
    assert selected(selection) == 2


def test_without_validation_a_network_stays_as_it_is() -> None:
    assert selected(Selection(3)) == -1
    assert Selection(3).loss == math.inf


@pytest.mark.parametrize(
    ("losses", "exhausted"),
    [
        ([1], False),
        ([2, 2], False),
        ([2, 2, 2], True),
        ([2, 3, 1, 3], False),
        ([2, 3, 1, 3, 1], True),
        ([math.nan, math.nan], True),
    ],
)
def test_patience_counts_validations_since_the_best(
    losses: list[float], exhausted: bool
) -> None:
    selection = Selection(2)
    consider(selection, *losses)
    assert selection.exhausted is exhausted


def test_without_a_limit_patience_never_runs_out() -> None:
    selection = Selection(None)
    consider(selection, *([1.0] * 100))
    assert not selection.exhausted


@pytest.mark.parametrize("cut", range(7))
def test_restored_from_a_file_it_goes_on_the_same(cut: int) -> None:
    losses = [5.0, 3.0, 4.0, 3.0, 2.0, 2.0]
    whole, first, second = Selection(3), Selection(3), Selection(3)
    consider(whole, *losses)
    consider(first, *losses[:cut])
    file = io.BytesIO()
    torch.save(first.state(), file)
    file.seek(0)
    second.restore(torch.load(file, weights_only=True))
    learning = network(0)
    for step, loss in enumerate(losses[cut:], start=cut + 1):
        nn.init.constant_(learning.weight, step)
        second.consider(loss, step, learning)
    assert (second.step, second.loss) == (whole.step, whole.loss) == (5, 2)
    assert selected(second) == selected(whole) == 5
    for selection in (whole, second):
        assert not selection.exhausted
        for _ in range(2):
            selection.consider(9, 9, learning)
        assert selection.exhausted
