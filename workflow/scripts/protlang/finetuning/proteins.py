"""Fine-tuning of an encoder with a head on a task, from labelled proteins.

The loss is that of the task and, where there is one, of masked language modelling on
the same proteins. After every epoch both are measured on the development set, and the
weights of the lowest development loss are kept.

Source: PLUS, Sections 3.4 and 4.2; its released code for what the paper does not print.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from protlang.encoders.encoder import PairEncoder
from protlang.encoders.stored import StoredEncoder
from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.finetuning.network import FineTuned, Outputs
from protlang.finetuning.network import untrained as without_pretraining
from protlang.finetuning.recipes import FineTuning
from protlang.pretraining.plus import lm_values, mean
from protlang.proteins import Protein
from protlang.tasks.task import Loss, SupervisedTask, labelled, task_loss
from protlang.training.determinism import autocast, make_deterministic
from protlang.training.distributed import Process
from protlang.training.loop import LoopSettings, Trainer, Training
from protlang.training.run_names import run_name
from protlang.training.signals import StopRequest
from protlang.training.task import Batch

logger = logging.getLogger(__name__)

SEED = 2020
"""Of PLUS's runs."""

_MASKS = 0x4D41534B
_DEVELOPMENT_MASKS = 0x44455653
"""Set the chance of masks apart from that of the order."""


@dataclass(frozen=True)
class FineTuningPlan:
    """Everything that determines a run but its data and number of processes.

    Attributes:
        task: its name.
        settings: batches, rates, losses and head.
        seed: of weights, dropout, order and masks.
        threads: of PyTorch on the CPU.
        pretrained: whether the encoder keeps its weights; else it begins with random
            ones, to see what pre-training is worth.
        checkpoint_every: updates between checkpoints.
        sizes: of an encoder that begins with random weights, as its description has
            them; None of a pre-trained one, which is told by its files.
    """

    task: str
    settings: FineTuning
    seed: int = SEED
    threads: int = 1
    pretrained: bool = True
    checkpoint_every: int = 1000
    sizes: Mapping[str, Any] | None = None

    def digest(self, data: Mapping[str, Path], processes: int) -> str:
        """Name of the run.

        Args:
            data: files that it reads, by what they are: those of `training` and
                `development` proteins, and of the encoder's weights or vectors.
            processes: how many train together.
        """
        facts = asdict(self)
        del facts["checkpoint_every"]
        files = {name: file_hash(path) for name, path in data.items()}
        return run_name({**facts, "files": files}, data["training"], processes)


class Trained(NamedTuple):
    """What a run made.

    Attributes:
        model: with its best weights, in evaluation mode.
        updates: how many there were.
        best_update: after which the weights were best.
        training_proteins: how many had a label.
        development_proteins: likewise.
    """

    model: FineTuned
    updates: int
    best_update: int
    training_proteins: int
    development_proteins: int


def training_facts(plan: FineTuningPlan, trained: Trained) -> dict[str, Any]:
    """What a model's `config.json` keeps of its run, besides its settings."""
    return {
        "seed": plan.seed,
        "threads": plan.threads,
        "pretrained": plan.pretrained,
        **{name: value for name, value in trained._asdict().items() if name != "model"},
    }


class ShuffledBatches:
    """An endless, numbered list of batches: epochs, each in an order of its own.

    The last batch of an epoch may be smaller. Processes take turns.

    Args:
        items: of an epoch.
        batch: items at most.
        seed: of the orders.
        process: this one.
    """

    def __init__(self, items: int, batch: int, seed: int, process: Process) -> None:
        self.taken = 0
        self._items, self._batch, self._seed = items, batch, seed
        self._process = process

    @property
    def batches(self) -> int:
        """Of one epoch."""
        return -(-self._items // self._batch)

    @property
    def updates(self) -> int:
        """Of one epoch, to which every process contributes a batch."""
        return -(-self.batches // self._process.size)

    def next(self) -> tuple[int, np.ndarray]:
        """Number of the epoch, from 0, and the items of this process's next batch."""
        number = self.taken * self._process.size + self._process.rank
        self.taken += 1
        return self.numbered(number)

    def last(self) -> np.ndarray:
        """The items that this process took last."""
        number = (self.taken - 1) * self._process.size + self._process.rank
        return self.numbered(number)[1]

    def numbered(self, number: int) -> tuple[int, np.ndarray]:
        """Epoch and items of any batch, which follow from its number alone."""
        epoch, place = divmod(number, self.batches)
        order = np.random.default_rng([self._seed, epoch]).permutation(self._items)
        return epoch, order[place * self._batch :][: self._batch]


class FineTuningTask:
    """What the training loop runs.

    Args:
        model: on the device that computes.
        proteins: to learn from, all with a label.
        seed: of order and masks.
        process: this one.
    """

    def __init__(
        self, model: FineTuned, proteins: Sequence[Protein], seed: int, process: Process
    ) -> None:
        self._model = model
        self._proteins = proteins
        self._seed = seed
        self.batches = ShuffledBatches(
            len(proteins), model.settings.batch, seed, process
        )

    @property
    def network(self) -> FineTuned:
        """What learns."""
        return self._model

    def next_batch(self) -> Batch:
        """Read the next proteins, once for both losses."""
        settings = self._model.settings
        epoch, chosen = self.batches.next()
        proteins = [self._proteins[place] for place in chosen]
        examples = [self._model.example(protein) for protein in proteins]
        predict_masked = settings.masked_lm > 0
        if predict_masked:
            chances = [
                np.random.default_rng([self._seed, _MASKS, epoch, place])
                for place in chosen
            ]
            pairs = zip(examples, chances, strict=True)
            examples = [self._model.mask(example, chance) for example, chance in pairs]
        with autocast(self._model.head, settings.precision):
            outputs: Outputs = self._model(examples, predict_masked)
        loss = losses_of(self._model, outputs, proteins).mean
        objective = settings.task * loss
        values = {"task_loss": loss.detach()}
        if outputs.masked is not None:
            objective = objective + settings.masked_lm * mean(outputs.masked.losses)
            values |= lm_values(outputs.masked)
        residues = sum(len(example.residues) for example in examples)
        return Batch(objective, {"loss": objective.detach(), **values}, residues)

    def describe_batch(self) -> str:
        """The last proteins."""
        return ", ".join(self._proteins[place].id for place in self.batches.last())

    def summarise(self, means: Mapping[str, float]) -> dict[str, float]:
        """All means."""
        return dict(means)

    def state(self) -> dict[str, Any]:
        """How many batches this process has taken."""
        return {"taken": self.batches.taken}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` returned."""
        self.batches.taken = state["taken"]


class DevelopmentSet:
    """Measures a model's losses on proteins that it does not learn from.

    Args:
        model: what learns.
        proteins: of the development set, all with a label.
        seed: of the masks, which are the same at every measurement.
    """

    def __init__(
        self, model: FineTuned, proteins: Sequence[Protein], seed: int
    ) -> None:
        self._model = model
        self._seed = seed
        # Of like length, so that little is padding.
        self._proteins = sorted(proteins, key=lambda protein: len(protein.sequence))

    def __call__(self) -> dict[str, float]:
        """Losses of whole proteins and, if residues are hidden in training, of those.

        Returns:
            `task_loss`, perhaps `masked_lm_loss`, and the one to select by as `loss`.
        """
        settings = self._model.settings
        values = {"task_loss": self._task_loss()}
        selected = "task_loss"
        if settings.masked_lm > 0:
            values["masked_lm_loss"] = self._masked_lm_loss()
            if settings.select_by == "masked_lm":
                selected = "masked_lm_loss"
        return {"loss": values[selected], **values}

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
                self._model.mask(self._model.example(protein), self._chance(place))
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
            (start, self._proteins[start : start + size])
            for start in range(0, len(self._proteins), size)
        ]

    def _chance(self, place: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, _DEVELOPMENT_MASKS, place])


def finetune(
    plan: FineTuningPlan,
    task: SupervisedTask,
    start: PairEncoder,
    training: Sequence[Protein],
    development: Sequence[Protein],
    folder: Path,
    process: Process,
    stop: StopRequest,
) -> Trained | None:
    """Train, resuming if there is a checkpoint.

    Args:
        plan: how.
        task: what to learn.
        start: the encoder, whose network is changed.
        training: proteins to learn from; those without the task's label are left out.
        development: proteins to select weights by, likewise.
        folder: of the run.
        process: this one.
        stop: asks to save and stop.

    Returns:
        The trained model, or None if it was asked to stop.

    Raises:
        ProtlangError: if there are no labels, the encoder cannot do what the settings
            ask, or a loss is not finite.
    """
    make_deterministic(plan.seed, plan.threads)
    model = FineTuned(_starting_point(plan, start), task, plan.settings)
    model.to(process.device)
    # Weights start equal everywhere; dropout differs between processes.
    torch.manual_seed(plan.seed + 1 + process.rank)
    known, held_out = labelled(task, training), labelled(task, development)
    learning = FineTuningTask(model, known, plan.seed, process)
    learned = Training(
        learning,
        make_optimizer(model),
        loop_settings(plan, learning.batches.updates),
        DevelopmentSet(model, held_out, plan.seed),
    )
    trainer = Trainer(learned, folder, process)
    if not trainer.run(stop):
        return None
    logger.info("best weights: update %d of %d", trainer.selection.step, trainer.step)
    sizes = len(known), len(held_out)
    return Trained(model.eval(), trainer.step, trainer.selection.step, *sizes)


def make_optimizer(model: FineTuned) -> torch.optim.Adam:
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
    return torch.optim.Adam([group for group in groups if group["params"]])


def loop_settings(plan: FineTuningPlan, updates: int) -> LoopSettings:
    """Those of the training loop, which validates after every epoch.

    Args:
        plan: of the run.
        updates: of an epoch.
    """
    settings = plan.settings
    return LoopSettings(
        settings.epochs * updates,
        gradient_norm=settings.gradient_norm or 0.0,
        clip="groups",
        checkpoint_every=plan.checkpoint_every,
        report_every=updates,
        validate_every=updates,
        patience=settings.patience,
    )


def losses_of(model: FineTuned, outputs: Outputs, proteins: Sequence[Protein]) -> Loss:
    """The task's loss of a model's outputs for these proteins."""
    targets = [model.task.target(protein) for protein in proteins]
    known = [target for target in targets if target is not None]
    return task_loss(model.task, outputs.scores, known)


def _starting_point(plan: FineTuningPlan, start: PairEncoder) -> PairEncoder:
    if plan.pretrained:
        return start
    if isinstance(start, StoredEncoder):
        raise ProtlangError(
            f"fine-tuning on {plan.task}: stored embeddings cannot do without the "
            "training of their encoder; set `pretrained` to true"
        )
    return without_pretraining(start)
