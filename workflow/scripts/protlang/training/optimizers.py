"""PyTorch's optimizers without its compiler, and the one that BERT was trained with.

Any optimizer of PyTorch's imports the compiler to keep away from it, which takes longer
than many a training of a small network. Those here do the same sums without it.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

_FIRST_DECAY, _SECOND_DECAY = 0.9, 0.999
_EPSILON = 1e-6


def learning_rate_factor(progress: float, warm_up: float) -> float:
    """Share of the full learning rate.

    It rises linearly in the warm-up and then is what is left of the training, which
    makes a small step down at the end of the warm-up.

    Args:
        progress: updates done, as a share of all.
        warm_up: share of the updates.
    """
    return progress / warm_up if progress < warm_up else 1 - progress


class _Uncompiled(Optimizer):
    """What all optimizers share, as written, without what calls the compiler."""

    add_param_group = inspect.unwrap(Optimizer.add_param_group)
    load_state_dict = inspect.unwrap(Optimizer.load_state_dict)
    state_dict = inspect.unwrap(Optimizer.state_dict)
    zero_grad = inspect.unwrap(Optimizer.zero_grad)


class Adam(_Uncompiled, torch.optim.Adam):
    """`torch.optim.Adam`."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.Adam.step))


class Adagrad(_Uncompiled, torch.optim.Adagrad):
    """`torch.optim.Adagrad`."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.Adagrad.step))


class BertAdam(_Uncompiled):
    """Adam without bias correction, with decoupled weight decay and a schedule.

    Unlike `torch.optim.AdamW` it does not correct the bias of its means, and its
    learning rate rises and falls with the number of updates.

    Source: Devlin et al. 2018, Appendix A.2, and its released code; PLUS's released
    code trains PLUS-TFM with it.

    Args:
        groups: of parameters, each with its `weight_decay`.
        learning_rate: at most.
        updates: in all; the first one has a rate of 0.
        warm_up: share of the updates.
    """

    def __init__(
        self,
        groups: Iterable[dict[str, Any]],
        learning_rate: float,
        updates: int,
        warm_up: float,
    ) -> None:
        super().__init__(groups, {"lr": 0.0, "weight_decay": 0.0, "updates_done": 0})
        self._learning_rate = learning_rate
        self._updates = updates
        self._warm_up = warm_up

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update all parameters that have a gradient."""
        assert closure is None
        for group in self.param_groups:
            progress = group["updates_done"] / self._updates
            factor = learning_rate_factor(progress, self._warm_up)
            group["lr"] = self._learning_rate * factor
            group["updates_done"] += 1
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group["lr"], group["weight_decay"])

    def _update(self, parameter: Tensor, rate: float, weight_decay: float) -> None:
        state = self.state[parameter]
        if not state:
            state["mean"] = torch.zeros_like(parameter)
            state["square"] = torch.zeros_like(parameter)
        gradient = parameter.grad
        assert gradient is not None
        state["mean"].lerp_(gradient, 1 - _FIRST_DECAY)
        state["square"].lerp_(gradient.square(), 1 - _SECOND_DECAY)
        change = state["mean"] / (state["square"].sqrt() + _EPSILON)
        parameter -= rate * (change + weight_decay * parameter)


def decay_groups(
    network: nn.Module, weight_decay: float, exempt: bool
) -> list[dict[str, Any]]:
    """Parameters of a network with the weight decay of each.

    Args:
        network: whose parameters learn.
        weight_decay: of matrices.
        exempt: whether biases and normalisations have none. They were meant to, but in
            PLUS's released code nothing is exempt.
    """
    learning = [p for p in network.parameters() if p.requires_grad]
    if not exempt:
        return [{"params": learning, "weight_decay": weight_decay}]
    matrices = [p for p in learning if p.dim() > 1]
    vectors = [p for p in learning if p.dim() <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
