"""A network of one weight that grows by 1 in every epoch, and scripted losses."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from protlang.errors import ProtlangError
from protlang.training.epochs import Epoch, fit, write_history


class Scripted:
    """Training with held-out losses that are given in advance."""

    def __init__(self, held_out: Sequence[float]) -> None:
        self.held_out = iter(held_out)
        self.network = nn.Linear(1, 1, bias=False)
        nn.init.zeros_(self.network.weight)
        self.epochs_asked: list[int] = []

    def fit(self, max_epochs: int = 100, patience: int = 2) -> list[Epoch]:
        optimizer = torch.optim.SGD(self.network.parameters(), lr=0.5)
        return fit(
            self.network,
            optimizer,
            self.training_losses,
            self.validation_loss,
            max_epochs,
            patience,
        )

    @property
    def weight(self) -> float:
        return self.network.weight.item()

    def training_losses(self, epoch: int) -> Iterator[Tensor]:
        """Two batches, each of which adds 0.5 to the weight."""
        assert self.network.training
        self.epochs_asked.append(epoch)
        yield -self.network.weight.sum()
        yield -self.network.weight.sum()

    def validation_loss(self) -> float:
        assert not self.network.training
        assert torch.is_inference_mode_enabled()
        return next(self.held_out)


@pytest.mark.parametrize(
    ("held_out", "patience", "epochs", "best"),
    [
        ([5, 4, 3, 4, 4], 2, 5, 3),
        ([5, 4, 3, 4], 1, 4, 3),
        ([5, 6, 4, 6, 5], 2, 5, 3),  # the third, in time, restarts the count
        ([3, 3, 3], 2, 3, 1),  # as good as the best is not better
        ([1, 2, 3], 2, 3, 1),
        ([-1, -2, -1, -1], 2, 4, 2),
        ([9, 8, 7, 6, 5, 4], 2, 6, 6),
    ],
)
def test_training_stops_in_time_with_the_best_epochs_weights(
    held_out: list[float], patience: int, epochs: int, best: int
) -> None:
    training = Scripted(held_out)
    history = training.fit(max_epochs=6, patience=patience)
    assert [epoch.validation_loss for epoch in history] == held_out[:epochs]
    assert training.weight == best
    assert training.epochs_asked == list(range(1, epochs + 1))
    assert not training.network.training


def test_training_ends_with_the_last_epoch_allowed() -> None:
    training = Scripted([3, 2, 1, 0])
    assert len(training.fit(max_epochs=3)) == 3
    assert training.weight == 3


def test_the_history_holds_mean_losses() -> None:
    # The weight is 0, 0.5 | 1, 1.5 before the batches, the losses its negative.
    history = Scripted([7, 6]).fit(max_epochs=2)
    assert history == [Epoch(1, -0.25, 7), Epoch(2, -1.25, 6)]


def test_the_history_is_written_with_all_digits(tmp_path: Path) -> None:
    write_history(tmp_path / "history.csv", [Epoch(1, 2 / 3, 7.0), Epoch(2, 0.1, 1e-9)])
    assert (tmp_path / "history.csv").read_text() == (
        "number,training_loss,validation_loss\n1,0.6666666666666666,7.0\n2,0.1,1e-09\n"
    )


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_held_out_loss_that_is_no_number_is_told(loss: float) -> None:
    with pytest.raises(ProtlangError, match=f"the loss is {loss} on the held-out"):
        Scripted([3, loss]).fit()


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_training_loss_that_is_no_number_is_told(
    loss: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = Scripted([3])
    wrong = [training.network.weight.sum() * loss]
    monkeypatch.setattr(training, "training_losses", lambda _: wrong)
    with pytest.raises(
        ProtlangError, match="in batch 1 of epoch 1; lower the learning"
    ):
        training.fit()
