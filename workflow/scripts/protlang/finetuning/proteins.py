"""Fine-tuning of an encoder with a head on a task, from labelled proteins.

The loss is that of the task and, with masked language modelling, that of the masked
residues of the same proteins. Both are measured on the validation set after every
epoch, and the weights of the lowest validation loss are selected.

Source: PLUS, Sections 3.4 and 4.2; its released code for what the paper does not print.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from protlang.encoders.encoder import PairEncoder
from protlang.encoders.stored import StoredEncoder
from protlang.errors import ProtlangError
from protlang.finetuning.network import FineTuned, Outputs
from protlang.finetuning.network import untrained as without_pretraining
from protlang.finetuning.recipes import FineTuning
from protlang.pretraining.plus import lm_values, mean
from protlang.proteins import Protein
from protlang.tasks.losses import Loss, task_loss
from protlang.tasks.task import SupervisedTask, labelled
from protlang.training.determinism import autocast
from protlang.training.distributed import Process
from protlang.training.loop import UNHASHED, LoopSettings, Result, Training
from protlang.training.optimizers import Adam
from protlang.training.run import Run
from protlang.training.task import Batch, NumberedTask

logger = logging.getLogger(__name__)

SEED = 2020
"""Of PLUS's runs."""

_MASKS = 0x4D41534B
_VALIDATION_MASKS = 0x44455653
"""Set the random numbers of masks apart from those of the order."""


@dataclass(frozen=True)
class TaskRecipe:
    """Everything that determines a run besides its data and number of processes.

    Attributes:
        task: its name.
        settings: batches, rates, losses and head.
        seed: of weights, dropout, order and masks.
        threads: of PyTorch on the CPU.
        pretrained: whether the encoder keeps its weights; otherwise it starts from
            random ones, to measure the effect of pre-training.
        checkpoint_every: updates between checkpoints.
        sizes: of an encoder that starts from random weights, from its description; None
            of a pre-trained one, whose files determine them.
    """

    task: str
    settings: FineTuning
    seed: int = SEED
    threads: int = 1
    pretrained: bool = True
    checkpoint_every: int = field(default=1000, metadata=UNHASHED)
    sizes: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class TaskData:
    """Proteins of a task.

    Attributes:
        training: to learn from; those without the task's label are left out.
        validation: to select weights by, likewise.
    """

    training: Sequence[Protein]
    validation: Sequence[Protein]


def task_run(
    recipe: TaskRecipe,
    task: SupervisedTask,
    start: Callable[[], PairEncoder],
    data: Callable[[], TaskData],
    inputs: Mapping[str, Path],
) -> Run[Any]:
    """The fine-tuning of an encoder on a task.

    Args:
        recipe: settings.
        task: what to learn.
        start: reads the encoder, whose network is changed.
        data: reads the proteins.
        inputs: files that determine the bits, by role: those of the proteins, and of
            the encoder's weights or vectors.
    """
    return Run(
        recipe,
        inputs,
        partial(_build, recipe, task, start, data),
        partial(_save, recipe),
    )


class Epochs:
    """An endless, numbered list of batches: epochs, each in an order of its own.

    The last batch of an epoch may be smaller.

    Args:
        items: of an epoch.
        batch: items at most.
        seed: of the orders; None keeps that of the items.
    """

    def __init__(self, items: int, batch: int, seed: int | None) -> None:
        self._items, self._batch, self._seed = items, batch, seed

    @property
    def batches(self) -> int:
        """Of one epoch."""
        return -(-self._items // self._batch)

    def updates(self, processes: int) -> int:
        """Of one epoch, to which every process contributes a batch."""
        return -(-self.batches // processes)

    def __getitem__(self, number: int) -> tuple[int, np.ndarray]:
        """Epoch, from 0, and items of a batch, which follow from its number alone."""
        epoch, place = divmod(number, self.batches)
        order = np.arange(self._items)
        if self._seed is not None:
            order = np.random.default_rng([self._seed, epoch]).permutation(self._items)
        return epoch, order[place * self._batch :][: self._batch]


class FineTuningTask(NumberedTask):
    """What the training loop runs.

    Args:
        model: on the device that computes.
        proteins: to learn from, all with a label.
        validation: measures the model on the validation set.
        seed: of order and masks.
        process: this one.
    """

    def __init__(
        self,
        model: FineTuned,
        proteins: Sequence[Protein],
        validation: "ValidationSet",
        seed: int,
        process: Process,
    ) -> None:
        super().__init__(process)
        self._model = model
        self._seed = seed
        self.proteins = proteins
        self.validation = validation
        of_order = seed if model.settings.order == "shuffled" else None
        self.epochs = Epochs(len(proteins), model.settings.batch, of_order)

    @property
    def network(self) -> FineTuned:
        """What learns."""
        return self._model

    def next_batch(self) -> Batch:
        """Read the next proteins, once for both losses."""
        settings = self._model.settings
        epoch, chosen = self.epochs[self.next_number()]
        proteins = [self.proteins[place] for place in chosen]
        examples = [self._model.example(protein) for protein in proteins]
        predict_masked = settings.masked_lm > 0
        if predict_masked:
            generators = [
                np.random.default_rng([self._seed, _MASKS, epoch, place])
                for place in chosen
            ]
            pairs = zip(examples, generators, strict=True)
            examples = [self._model.mask(example, rng) for example, rng in pairs]
        with autocast(self._model.head, settings.precision):
            outputs: Outputs = self._model(examples, predict_masked)
        loss = losses_of(self._model, outputs, proteins).mean
        objective = settings.task * loss
        values = {"task_loss": loss.detach()}
        if outputs.masked is not None:
            objective = objective + settings.masked_lm * mean(outputs.masked.losses)
            values |= lm_values(outputs.masked)
        residues = sum(len(example.tokens) for example in examples)
        return Batch(objective, {"loss": objective.detach(), **values}, residues)

    def describe_batch(self) -> str:
        """The last proteins."""
        _, chosen = self.epochs[self.last_number()]
        return ", ".join(self.proteins[place].id for place in chosen)


class ValidationSet:
    """Measures a model's losses on proteins that it does not learn from.

    Args:
        model: what learns.
        proteins: of the validation set, all with a label.
        seed: of the masks, which are the same at every measurement.
    """

    def __init__(
        self, model: FineTuned, proteins: Sequence[Protein], seed: int
    ) -> None:
        self._model = model
        self._seed = seed
        # Of like length, so that little is padding.
        self.proteins = sorted(proteins, key=lambda protein: len(protein.sequence))

    def __call__(self) -> dict[str, float]:
        """Losses of unmasked proteins and, if training masks residues, of masked ones.

        Returns:
            `task_loss`, perhaps `masked_lm_loss`, and the one to select by as `loss`.
        """
        settings = self._model.settings
        values = {"task_loss": self._task_loss()}
        if settings.masked_lm > 0:
            values["masked_lm_loss"] = self._masked_lm_loss()
        return {"loss": _selecting_loss(settings, values), **values}

    def _task_loss(self) -> float:
        total, count = 0.0, 0
        for _, proteins in self._batches():
            examples = [self._model.example(protein) for protein in proteins]
            with autocast(self._model.head, self._model.settings.precision):
                outputs: Outputs = self._model(examples)
            loss = losses_of(self._model, outputs, proteins)
            total += loss.total.item()
            count += loss.counted
        return total / max(1, count)

    def _masked_lm_loss(self) -> float:
        total, count = 0.0, 0
        for start, proteins in self._batches():
            examples = [
                self._model.mask(self._model.example(protein), self._generator(place))
                for place, protein in enumerate(proteins, start)
            ]
            with autocast(self._model.head, self._model.settings.precision):
                outputs: Outputs = self._model(examples, predict_masked=True)
            assert outputs.masked is not None
            total += float(outputs.masked.losses.sum())
            count += len(outputs.masked.losses)
        return total / max(1, count)

    def _batches(self) -> list[tuple[int, Sequence[Protein]]]:
        size = self._model.settings.batch
        return [
            (start, self.proteins[start : start + size])
            for start in range(0, len(self.proteins), size)
        ]

    def _generator(self, place: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, _VALIDATION_MASKS, place])


def _selecting_loss(settings: FineTuning, values: Mapping[str, float]) -> float:
    """The validation loss by which weights are selected."""
    if settings.select_by == "task":
        return values["task_loss"]
    masked = settings.masked_lm * values.get("masked_lm_loss", 0.0)
    return settings.task * values["task_loss"] + masked


def make_optimizer(model: FineTuned) -> Adam:
    """Adam with one rate for the encoder and another for the head.

    Heads of residues are not clipped. Source: PLUS's released code.
    """
    settings = model.settings
    clip = settings.gradient_norm is not None
    groups = [
        {
            "params": [p for p in model.reader.parameters() if p.requires_grad],
            "lr": settings.learning_rate,
            "clip": clip,
        },
        {
            "params": list(model.head.parameters()),
            "lr": settings.head_learning_rate,
            "clip": clip and model.task.level == "protein",
        },
    ]
    return Adam([group for group in groups if group["params"]])


def loop_settings(recipe: TaskRecipe, updates: int) -> LoopSettings:
    """Those of the training loop, which validates after every epoch.

    Args:
        recipe: of the run.
        updates: of an epoch.
    """
    settings = recipe.settings
    return LoopSettings(
        settings.epochs * updates,
        gradient_norm=settings.gradient_norm or 0.0,
        clip="groups",
        checkpoint_every=recipe.checkpoint_every,
        report_every=updates,
        validate_every=updates,
        patience=settings.patience,
    )


def losses_of(model: FineTuned, outputs: Outputs, proteins: Sequence[Protein]) -> Loss:
    """The task's loss of a model's outputs for these proteins."""
    targets = [model.task.target(protein) for protein in proteins]
    known = [target for target in targets if target is not None]
    return task_loss(model.task, outputs.scores, known)


def _build(
    recipe: TaskRecipe,
    task: SupervisedTask,
    start: Callable[[], PairEncoder],
    data: Callable[[], TaskData],
    process: Process,
) -> Training[FineTuningTask]:
    # Weights that are read take no random numbers from those of the head.
    with torch.random.fork_rng(devices=[]):
        encoder = start()
    encoder = _starting_point(recipe, encoder)
    model = FineTuned(encoder, task, recipe.settings).to(process.device)
    found = data()
    validation = ValidationSet(model, labelled(task, found.validation), recipe.seed)
    learning = FineTuningTask(
        model, labelled(task, found.training), validation, recipe.seed, process
    )
    loop = loop_settings(recipe, learning.epochs.updates(process.size))
    return Training(learning, make_optimizer(model), loop, validation)


def _save(recipe: TaskRecipe, result: Result[FineTuningTask], folder: Path) -> None:
    logger.info("best weights: update %d of %d", result.best_update, result.updates)
    model = result.task.network
    model.facts = {
        "seed": recipe.seed,
        "threads": recipe.threads,
        "pretrained": recipe.pretrained,
        "updates": result.updates,
        "best_update": result.best_update,
        "training_proteins": len(result.task.proteins),
        "development_proteins": len(result.task.validation.proteins),
    }
    model.save(folder)


def _starting_point(recipe: TaskRecipe, start: PairEncoder) -> PairEncoder:
    if recipe.pretrained:
        return start
    if isinstance(start, StoredEncoder):
        raise ProtlangError(
            f"fine-tuning on {recipe.task}: stored embeddings cannot do without the "
            "training of their encoder; set `pretrained` to true"
        )
    return without_pretraining(start)
