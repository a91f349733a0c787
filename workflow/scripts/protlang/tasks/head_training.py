"""Training of a head by epochs, until the validation loss stops falling.

Source: SeqVec, Methods, "Per-residue predictor" and "Per-protein level".
"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import nn

from protlang.datasets.splits import Split, profiles_path, read_split
from protlang.errors import ProtlangError
from protlang.files import atomic_path, copy_file
from protlang.tasks.features import need_profiles
from protlang.tasks.head import Batches, Head, HeadBatch, HeadSettings, TrainedHead
from protlang.tasks.head_files import HEADS, save_head
from protlang.tasks.read_ahead import ReadAhead
from protlang.training.distributed import Process
from protlang.training.job import TrainingJob
from protlang.training.loop import METRICS, LoopSettings, Result, Training
from protlang.training.optimizers import Adam
from protlang.training.run import Run
from protlang.training.task import Batch, NumberedTask

MODEL, HISTORY = "model.safetensors", "history.csv"
"""Names of the results of a run."""

_CHECKPOINT_UPDATES = 50
"""Shorter epochs share a checkpoint, which takes as long as some updates."""


@dataclass(frozen=True)
class HeadRecipe:
    """All that determines a trained head besides its proteins.

    Attributes:
        head: its kind, of `protlang.tasks.head_files.HEADS`.
        features: names of the features that it reads, side by side.
        settings: of the training.
        seed: of the initial weights, dropout and the order of the proteins.
    """

    head: str
    features: tuple[str, ...]
    settings: HeadSettings
    seed: int

    @property
    def threads(self) -> int:
        """Of PyTorch on the CPU."""
        return self.settings.threads

    @property
    def kind(self) -> Head:
        """The kind of head."""
        return HEADS[self.head]

    def network(self, channels: int) -> nn.Module:
        """A network with initial weights for features of so many dimensions."""
        options = {name: getattr(self.settings, name) for name in self.kind.options}
        return self.kind.architecture(channels, **options)


class Epoch(NamedTuple):
    """Losses of one epoch.

    Attributes:
        number: from 1.
        training_loss: mean over its batches, with dropout.
        validation_loss: after it, every residue or protein counting once.
    """

    number: int
    training_loss: float
    validation_loss: float


class HeadTask(NumberedTask):
    """A head and its training set, which is shuffled anew in every epoch.

    Args:
        recipe: kind, features, settings and seed.
        training_set: at least as many proteins as the kind of head needs.
        validation_set: proteins with the same labels.
        process: the only one.

    Attributes:
        network: with initial weights.
        updates_per_epoch: batches of the training set.
        history: losses of the epochs so far.

    Raises:
        ProtlangError: if there are too few training proteins.
    """

    def __init__(
        self,
        recipe: HeadRecipe,
        training_set: Split,
        validation_set: Split,
        process: Process,
    ) -> None:
        super().__init__(process)
        self._recipe, self._head = recipe, recipe.kind
        self._training_set = training_set
        self._require_enough()
        self._batches = self._head.batches(training_set.proteins, recipe.features)
        self._validation = self._validation_batches(validation_set)
        first = self._batches(np.zeros(1, dtype=np.int64))
        self._labels = tuple(first.targets)
        # What is read from disk is read while the batch before it is learned from.
        self._order = Order(recipe, len(training_set.proteins))
        numbered = partial(_numbered, self._batches, self._order)
        self._read = numbered if self._head.per_protein else ReadAhead(numbered)
        self.network = recipe.network(first.inputs[0].shape[-1])
        self.updates_per_epoch = self._order.updates_per_epoch
        self._losses: list[float] = []
        self.history: list[Epoch] = []

    def next_batch(self) -> Batch:
        """Loss of the next proteins."""
        batch = self._read(self.next_number())
        loss = self._head.loss(self.network, batch)
        self._losses.append(loss.item())
        return Batch(loss, {"loss": loss.detach()}, batch.rows)

    def describe_batch(self) -> str:
        """Identifiers of the last proteins."""
        proteins = self._training_set.proteins
        chosen = self._order(self.last_number())
        return ", ".join(proteins[index].id for index in chosen)

    def validate(self) -> dict[str, float]:
        """Loss of the validation set after an epoch, which enters the history."""
        losses = [self._head.loss(self.network, b).item() for b in self._validation]
        loss = float(np.average(losses, weights=[b.rows for b in self._validation]))
        training_loss = sum(self._losses) / len(self._losses)
        self.history.append(Epoch(len(self.history) + 1, training_loss, loss))
        self._losses.clear()
        return {"loss": loss}

    def state(self) -> dict[str, Any]:
        """Position in the training set, and all losses."""
        history = [list(epoch) for epoch in self.history]
        return {**super().state(), "losses": list(self._losses), "history": history}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` returned."""
        super().restore(state)
        self._losses = list(state["losses"])
        self.history = [Epoch(*epoch) for epoch in state["history"]]

    def trained(self) -> TrainedHead:
        """The head as it is."""
        provenance = self._training_set.provenance
        features = self._recipe.features
        return TrainedHead(self._head, self.network, features, self._labels, provenance)

    def _validation_batches(self, split: Split) -> list[HeadBatch]:
        batches = self._head.batches(split.proteins, self._recipe.features)
        everything = np.arange(len(split.proteins))
        if self._head.per_protein:
            return [batches(everything)]
        size = self._recipe.settings.batch_proteins
        return [batches(chosen) for chosen in cut(everything, size)]

    def _require_enough(self) -> None:
        fewest = self._head.fewest_proteins
        if len(self._training_set.proteins) < fewest:
            raise ProtlangError(
                f"a {self._head.name} head needs at least {fewest} proteins to train "
                "on; choose a larger data set, or hold fewer proteins out"
            )


class Order:
    """Which proteins each update learns from: all of them, shuffled in every epoch.

    Args:
        recipe: kind of head, proteins of a batch, seed.
        proteins: how many there are.

    Attributes:
        updates_per_epoch: batches of an epoch.
    """

    def __init__(self, recipe: HeadRecipe, proteins: int) -> None:
        self._recipe, self._proteins = recipe, proteins
        self.updates_per_epoch = len(self._epoch(1))

    def __call__(self, number: int) -> np.ndarray:
        """Indices of the proteins of a batch, numbered from the first epoch on."""
        epoch, place = divmod(number, self.updates_per_epoch)
        return self._epoch(epoch + 1)[place]

    def _epoch(self, number: int) -> list[np.ndarray]:
        random = np.random.default_rng([self._recipe.seed, number])
        order = random.permutation(self._proteins)
        size = self._recipe.settings.batch_proteins
        return cut(order, size, self._recipe.kind.fewest_proteins)


def _numbered(batches: Batches, order: Order, number: int) -> HeadBatch:
    """A batch; no method, or a task with its batches would outlive its training."""
    return batches(order(number))


def cut(order: np.ndarray, size: int, fewest: int = 1) -> list[np.ndarray]:
    """Cut an order into batches; a last one that is too small joins the one before.

    Args:
        order: indices of proteins.
        size: proteins per batch.
        fewest: proteins of the smallest batch, if there are as many.
    """
    starts = list(range(0, len(order), size))
    if len(starts) > 1 and len(order) - starts[-1] < fewest:
        del starts[-1]
    return np.split(order, starts[1:])


def head_training(task: HeadTask, recipe: HeadRecipe) -> Training[HeadTask]:
    """How a head is trained: by epochs, each of which is followed by a validation."""
    settings, epoch = recipe.settings, task.updates_per_epoch
    optimizer = Adam(
        task.network.parameters(),
        lr=settings.learning_rate,
        amsgrad=recipe.kind.amsgrad,
    )
    loop = LoopSettings(
        steps=settings.max_epochs * epoch,
        clip="none",
        checkpoint_every=epoch * math.ceil(_CHECKPOINT_UPDATES / epoch),
        checkpoints=1,
        report_every=epoch,
        validate_every=epoch,
        patience=settings.patience,
    )
    return Training(task, optimizer, loop, task.validate)


@dataclass(frozen=True)
class HeadJob(TrainingJob):
    """Trainings of one head with different seeds, in one process on the CPU.

    Each seed is a run of its own, with the bits of a job that has no other.

    Attributes:
        head: its kind, of `protlang.tasks.head_files.HEADS`.
        features: names of the features that it reads, side by side.
        settings: of the training, by name.
        files: `train` and `validation`, splits; `train_embeddings` and
            `validation_embeddings`, if a feature needs them.
        folders: by seed (of the initial weights, dropout and the order of the
            proteins), what receives the trained head and the losses of its epochs.
    """

    head: str
    features: Sequence[str]
    settings: Mapping[str, Any]
    files: Mapping[str, Path]
    folders: Mapping[str, Path]

    @property
    def uses_gpu(self) -> bool:
        """Never: heads are small."""
        return False

    def trainings(self) -> list[Run[Result[HeadTask]]]:
        """One per seed."""
        return [self._run(int(seed)) for seed in self.folders]

    def conclude(self, finished: Sequence[Path], _: Process) -> None:
        """Copy the trained heads, their histories and the speed of their trainings."""
        for run, folder in zip(finished, self.folders.values(), strict=True):
            for name in (MODEL, HISTORY, METRICS):
                copy_file(run / name, folder / name)

    def _run(self, seed: int) -> Run[Result[HeadTask]]:
        settings = HEADS[self.head].settings(**self.settings)
        recipe = HeadRecipe(self.head, tuple(self.features), settings, seed)

        def build(process: Process) -> Training[HeadTask]:
            return head_training(HeadTask(recipe, *self._sets, process), recipe)

        return Run(recipe, self._inputs(), build, save, single_process=True)

    @cached_property
    def _sets(self) -> tuple[Split, Split]:
        """Training and validation set, read when the first run needs them."""
        return self._read("train"), self._read("validation")

    def _read(self, name: str) -> Split:
        return read_split(
            self.files[name],
            need_profiles(self.features),
            self.files.get(f"{name}_embeddings"),
            HEADS[self.head].per_protein,
        )

    def _inputs(self) -> dict[str, Path]:
        """Every file whose content determines the bits."""
        if not need_profiles(self.features):
            return dict(self.files)
        profiles = {
            f"{name}_profiles": profiles_path(self.files[name])
            for name in ("train", "validation")
        }
        return {**self.files, **profiles}


def save(result: Result[HeadTask], folder: Path) -> None:
    """Write a trained head, and the losses of its epochs as CSV with all digits."""
    save_head(result.task.trained(), folder / MODEL)
    with (
        atomic_path(folder / HISTORY) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(Epoch._fields)
        writer.writerows(result.task.history)
