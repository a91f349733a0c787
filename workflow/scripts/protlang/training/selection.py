"""Which weights of a training are kept: those of the lowest validation loss."""

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn


class Selection:
    """Remembers the best weights so far, and when it is time to stop.

    Args:
        patience: validations without a new lowest loss before training stops; None
            never stops it.
    """

    def __init__(self, patience: int | None) -> None:
        self.step = 0
        self.loss = math.inf
        self._patience = patience
        self._waited = 0
        self._weights: dict[str, Tensor] = {}

    @property
    def exhausted(self) -> bool:
        """Whether patience has run out."""
        return self._patience is not None and self._waited >= self._patience

    def consider(self, loss: float, step: int, network: nn.Module) -> None:
        """Take note of a network's validation loss after an update."""
        if loss < self.loss:
            self.loss, self.step, self._waited = loss, step, 0
            weights = network.state_dict()
            self._weights = {name: weights[name].clone() for name in weights}
        else:
            self._waited += 1

    def apply(self, network: nn.Module) -> None:
        """Give a network the best weights, if there was any validation."""
        if self._weights:
            network.load_state_dict(self._weights)

    def state(self) -> dict[str, Any]:
        """Everything that a resumed training needs."""
        return {
            "loss": self.loss,
            "step": self.step,
            "waited": self._waited,
            "weights": self._weights,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` returned."""
        self.loss, self.step = state["loss"], state["step"]
        self._waited, self._weights = state["waited"], dict(state["weights"])
