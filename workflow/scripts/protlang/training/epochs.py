"""Training by epochs until a held-out loss stops falling."""

import copy
import csv
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from protlang.errors import ProtlangError
from protlang.files import atomic_path

logger = logging.getLogger(__name__)


class Epoch(NamedTuple):
    """Mean losses of one epoch: while training (dropout on), and held out."""

    number: int
    training_loss: float
    validation_loss: float


def fit(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    training_losses: Callable[[int], Iterable[Tensor]],
    validation_loss: Callable[[], float],
    max_epochs: int,
    patience: int,
) -> list[Epoch]:
    """Train `network` in place and leave it with the weights of its best epoch.

    Args:
        network: trained in place; put into evaluation mode for `validation_loss` and
            left there at the end.
        optimizer: over the network's parameters.
        training_losses: given the epoch's number (from 1), yields one loss per batch.
        validation_loss: the held-out loss of the network as it is.
        max_epochs: epochs at most.
        patience: epochs without a new lowest held-out loss before training stops.

    Returns:
        The losses of all epochs.

    Raises:
        ProtlangError: if a loss is not a finite number.
    """
    history: list[Epoch] = []
    best = math.inf
    best_epoch = 0
    best_weights: dict[str, Tensor] = {}
    for number in range(1, max_epochs + 1):
        training_loss = _train_epoch(
            network, optimizer, training_losses(number), number
        )
        network.eval()
        with torch.inference_mode():
            held_out = validation_loss()
        _require_finite(held_out, f"on the held-out records after epoch {number}")
        history.append(Epoch(number, training_loss, held_out))
        logger.info(
            "epoch %d: training loss %.4f, held-out loss %.4f",
            *history[-1],
        )
        if held_out < best:
            best, best_epoch = held_out, number
            best_weights = copy.deepcopy(network.state_dict())
        elif number - best_epoch >= patience:
            break
    network.load_state_dict(best_weights)
    logger.info("best epoch %d: held-out loss %.4f", best_epoch, best)
    return history


def write_history(path: Path | str, history: Sequence[Epoch]) -> None:
    """Write the losses of all epochs as CSV with all digits, atomically."""
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(Epoch._fields)
        writer.writerows(history)


def _train_epoch(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    losses: Iterable[Tensor],
    epoch: int,
) -> float:
    network.train()
    values = []
    for batch, loss in enumerate(losses, start=1):
        _require_finite(loss.item(), f"in batch {batch} of epoch {epoch}")
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        values.append(loss.item())
    return sum(values) / len(values)


def _require_finite(loss: float, when: str) -> None:
    if not math.isfinite(loss):
        raise ProtlangError(
            f"the loss is {loss} {when}; lower the learning rate, or look for "
            "non-finite values in the features"
        )
