"""Settings of an ELMo's pre-training, and what follows from them and the corpus.

Source: SeqVec, Methods, "ELMo adaptation"; bilm-tf's training procedure.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from protlang.models.elmo import ElmoConfig
from protlang.training.loop import LoopSettings
from protlang.training.precision import Precision
from protlang.validation import options_of


@dataclass(frozen=True)
class ElmoTraining:
    """How an ELMo is trained; the defaults are SeqVec's.

    Attributes:
        rows: streams per process and batch.
        rows_per_update: of all processes together; batches are accumulated until there
            are as many. None reads `rows` of each process, `loop.accumulate` times.
        unroll: steps per batch, through which gradients flow.
        optimizer: `adagrad` as in the paper (accumulators start at 1, no epsilon), or
            `adam`.
        learning_rate: constant.
        softmax: `full` over all 28 words, or `sampled` as in the paper.
        negatives: words drawn per update and direction if sampled.
        precision: of matrix products; `auto` is `bfloat16` on GPUs, `float32` on CPUs.
    """

    rows: int = 48
    rows_per_update: int | None = None
    unroll: int = 100
    optimizer: Literal["adagrad", "adam"] = "adagrad"
    learning_rate: float = 0.2
    softmax: Literal["full", "sampled"] = "full"
    negatives: int = 20
    precision: Precision = "auto"


@dataclass(frozen=True)
class ElmoRecipe:
    """Everything that determines a run besides corpus and number of processes.

    Attributes:
        model: sizes and options.
        training: batches, optimizer, loss.
        loop: updates, gradient norm, checkpoints.
        epochs: passes over the corpus, which then give the number of updates; None
            leaves that to `loop.steps`.
        seed: of weights, dropout and the orders of the proteins.
        threads: of PyTorch on the CPU.
    """

    model: ElmoConfig
    training: ElmoTraining
    loop: LoopSettings
    epochs: int | None
    seed: int
    threads: int

    @classmethod
    def parse(cls, settings: Mapping[str, Any]) -> "ElmoRecipe":
        """Read the settings of an ELMo in the configuration.

        `model` holds what differs from the published network.

        Raises:
            ProtlangError: if an option is unknown or out of range.
        """
        model = dict(settings.get("model", {}))
        if "filters" in model:
            model["filters"] = tuple(map(tuple, model["filters"]))
        with options_of("encoders"):
            return cls(
                replace(ElmoConfig.seqvec(), **model),
                ElmoTraining(**settings.get("training", {})),
                LoopSettings(**{"steps": 0, **settings.get("loop", {})}),
                settings.get("epochs"),
                settings["seed"],
                settings["threads"],
            )


@dataclass(frozen=True)
class ElmoPlan:
    """How much a training reads.

    Attributes:
        processes: that train together.
        rows: streams of each.
        unroll: steps per batch.
        accumulate: batches of a process per update.
        updates: in all.
    """

    processes: int
    rows: int
    unroll: int
    accumulate: int
    updates: int

    @property
    def rows_per_update(self) -> int:
        """The effective batch."""
        return self.processes * self.rows * self.accumulate

    @property
    def tokens(self) -> int:
        """Read in all, in each direction."""
        return self.rows_per_update * self.unroll * self.updates


def plan(recipe: ElmoRecipe, tokens: int, processes: int) -> ElmoPlan:
    """What the settings mean for a corpus and a number of processes.

    Epochs are cut to whole updates, as in bilm-tf. A process reads whole batches, so
    an update has at least `rows_per_update` rows.

    Args:
        recipe: the settings.
        tokens: of the corpus, residues to train on.
        processes: that train together.
    """
    training, loop = recipe.training, recipe.loop
    rows = processes * training.rows
    accumulate = loop.accumulate
    if training.rows_per_update is not None:
        accumulate = math.ceil(training.rows_per_update / rows)
    updates = loop.steps
    if recipe.epochs is not None:
        per_epoch = tokens // (rows * accumulate * training.unroll)
        updates = recipe.epochs * max(1, per_epoch)
    return ElmoPlan(processes, training.rows, training.unroll, accumulate, updates)
