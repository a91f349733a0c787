"""Training by updates, resumable to the same bits; knows neither model nor data."""

import json
import logging
import math
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import torch
from torch import Tensor, nn

from protlang.errors import ProtlangError
from protlang.training.checkpoint import (
    load_checkpoint,
    newest_checkpoint,
    save_checkpoint,
    step_of,
)
from protlang.training.distributed import (
    Process,
    any_process,
    average_gradients,
    from_main,
    mean_over_processes,
)
from protlang.training.signals import StopRequest
from protlang.training.task import Task

logger = logging.getLogger(__name__)

CHECKPOINTS, METRICS = "checkpoints", "metrics.jsonl"
"""Names in the folder of a run."""

UNHASHED: Mapping[str, Any] = {"hashed": False}
"""Metadata of fields of settings that do not change the bits of a training."""


Validate = Callable[[], Mapping[str, float]]
"""Measures a network on records that it does not learn from; one value is the `loss`
that its weights are selected by."""


@dataclass(frozen=True)
class LoopSettings:
    """How long and how to train.

    Attributes:
        steps: updates in all.
        accumulate: batches per update.
        gradient_norm: gradients are scaled down to this norm.
        clip: whether that is the norm of all gradients together, of each tensor's, or
            of those of each of the optimizer's groups but for groups whose `clip` is
            false; or whether there is no limit.
        checkpoint_every: updates between checkpoints.
        checkpoints: how many of the newest stay on disk.
        report_every: updates between lines of log and metrics.
        validate_every: updates between validations, if there is anything to validate
            with; the last update is always followed by one.
        patience: validations without a new lowest loss before training stops; None
            never stops it.
    """

    steps: int
    accumulate: int = 1
    gradient_norm: float = 10.0
    clip: Literal["together", "each", "groups", "none"] = "together"
    checkpoint_every: int = field(default=1250, metadata=UNHASHED)
    checkpoints: int = field(default=2, metadata=UNHASHED)
    report_every: int = field(default=50, metadata=UNHASHED)
    validate_every: int = 20_000
    patience: int | None = None


T = TypeVar("T", bound=Task)


@dataclass(frozen=True)
class Result(Generic[T]):
    """A finished training.

    Attributes:
        task: whose network has the selected weights, in evaluation mode.
        updates: how many there were.
        best_update: after which the weights were selected; 0 without validation.
        best_loss: of the validation then.
        processes: that trained together.
    """

    task: T
    updates: int
    best_update: int
    best_loss: float
    processes: int


@dataclass(frozen=True)
class Training(Generic[T]):
    """What is trained, and how; in every process.

    Attributes:
        task: network, data and loss.
        optimizer: over the network's parameters.
        loop: how long and how.
        validate: measures the network, in evaluation mode; its best weights are
            selected. Without it, those after the last update are.
    """

    task: T
    optimizer: torch.optim.Optimizer
    loop: LoopSettings
    validate: Validate | None = None

    def run(
        self, folder: Path, process: Process, stop: StopRequest
    ) -> Result[T] | None:
        """Train from the newest checkpoint in a folder to the end.

        Args:
            folder: of the run.
            process: this one.
            stop: requests to save and stop.

        Returns:
            The result, or None if a stop was requested before the last update.

        Raises:
            ProtlangError: if a loss is not finite.
        """
        trainer = Trainer(self, folder, process)
        if not trainer.run(stop):
            return None
        self.task.network.eval()
        best = trainer.selection
        return Result(self.task, trainer.step, best.step, best.loss, process.size)


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
        """Compare a network's validation loss after an update with the lowest."""
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


class Trainer:
    """Runs a task's updates from its newest checkpoint to the last one.

    Args:
        training: what is trained, and how.
        folder: of the run; receives `checkpoints/` and `metrics.jsonl`.
        process: this one.
    """

    def __init__(self, training: Training[Any], folder: Path, process: Process) -> None:
        settings = training.loop
        self.step = 0
        self.tokens = 0
        self.selection = Selection(settings.patience)
        self._unreported: list[dict[str, float]] = []
        self._validate = training.validate
        self._task: Task = training.task
        self._optimizer = training.optimizer
        self._settings = settings
        self._checkpoints = folder / CHECKPOINTS
        self._metrics = folder / METRICS
        self._process = process

    def run(self, stop: StopRequest) -> bool:
        """Train until the last update, or patience runs out, or a stop is requested.

        Returns:
            Whether all updates are done. If not, a checkpoint has been saved.

        Raises:
            ProtlangError: if a loss is not finite.
        """
        self._resume()
        self._task.network.train()
        meter = _Meter(self.step, self.tokens)
        while not self._is_last():
            self._unreported.append(self._update())
            if self._is_due(self._settings.validate_every):
                self._select()
            if self._is_due(self._settings.report_every):
                self._report(meter)
            stopping = any_process(bool(stop), self._process)
            if stopping or self._is_due(self._settings.checkpoint_every):
                self._save()
            if stopping and not self._is_last():
                logger.warning("stopped after update %d, as requested", self.step)
                return False
        self.selection.apply(self._task.network)
        return True

    def _is_last(self) -> bool:
        return self.step == self._settings.steps or self.selection.exhausted

    def _is_due(self, every: int) -> bool:
        return self.step % every == 0 or self._is_last()

    def _update(self) -> dict[str, float]:
        """One update of the weights; returns means over all processes."""
        self._optimizer.zero_grad(set_to_none=True)
        values = []
        tokens = 0
        for _ in range(self._settings.accumulate):
            batch = self._task.next_batch()
            torch.autograd.backward(batch.objective / self._settings.accumulate)
            values.append(torch.stack(list(batch.values.values())))
            tokens += batch.tokens
        average_gradients(self._task.network, self._process)
        means = mean_over_processes(torch.stack(values).mean(dim=0), self._process)
        named = dict(zip(batch.values, means.tolist(), strict=True))
        self._require_finite(named["loss"])
        self._clip()
        self._optimizer.step()
        self.step += 1
        self.tokens += tokens * self._process.size
        return named

    def _clip(self) -> None:
        for together in self._clipped_together():
            nn.utils.clip_grad_norm_(together, self._settings.gradient_norm)

    def _clipped_together(self) -> list[list[nn.Parameter]]:
        parameters = list(self._task.network.parameters())
        if self._settings.clip == "each":
            return [[parameter] for parameter in parameters]
        if self._settings.clip == "together":
            return [parameters]
        if self._settings.clip == "none":
            return []
        groups = self._optimizer.param_groups
        return [group["params"] for group in groups if group.get("clip", True)]

    def _select(self) -> None:
        """Measure the network, and keep its weights if none were better."""
        if self._validate is None:
            return
        self._task.network.eval()
        with torch.no_grad():
            # All processes measure, so that none waits long, but only one is heard.
            values = from_main(dict(self._validate()), self._process)
        self._task.network.train()
        if not math.isfinite(values["loss"]):
            raise ProtlangError(
                f"the validation loss is {values['loss']} after update {self.step}; "
                "lower the learning rate"
            )
        self.selection.consider(values["loss"], self.step, self._task.network)
        self._write({f"validation_{name}": value for name, value in values.items()})

    def _require_finite(self, loss: float) -> None:
        if not math.isfinite(loss):
            saved = newest_checkpoint(self._checkpoints)
            raise ProtlangError(
                f"the loss is {loss} at update {self.step + 1} (batch: "
                f"{self._task.describe_batch()}; last good checkpoint: {saved}); lower "
                "the learning rate or look at these records"
            )

    def _report(self, meter: "_Meter") -> None:
        """Report the means over all updates since the last report."""
        means = {
            name: sum(values[name] for values in self._unreported)
            / len(self._unreported)
            for name in self._unreported[0]
        }
        self._unreported.clear()
        rate = meter.rate(self.tokens)
        left = meter.seconds_left(self.step, self._settings.steps)
        self._write(
            {
                "tokens": self.tokens,
                **self._task.summarise(means),
                "tokens_per_second": round(rate, 1),
                "learning_rate": self._optimizer.param_groups[0]["lr"],
                "memory_gib": round(_memory_gib(self._process.device), 3),
            }
        )
        logger.info("%.0f s left", left)

    def _write(self, values: Mapping[str, float]) -> None:
        """Add a line to the metrics, and to the log."""
        if self._process.is_main:
            line = json.dumps({"step": self.step, **values})
            with open(self._metrics, "a", encoding="utf-8") as stream:
                stream.write(f"{line}\n")
            values_text = ", ".join(
                f"{name} {value:g}" for name, value in values.items()
            )
            logger.info(
                "update %d of %d: %s", self.step, self._settings.steps, values_text
            )

    def _save(self) -> None:
        state = {
            "step": self.step,
            "tokens": self.tokens,
            "unreported": list(self._unreported),
            "selection": self.selection.state(),
            "network": self._task.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "task": self._task.state(),
            "random": _random_state(self._process.device),
        }
        save_checkpoint(
            self._checkpoints,
            self.step,
            state,
            self._process,
            self._settings.checkpoints,
        )

    def _resume(self) -> None:
        """Continue from the newest checkpoint; lines of metrics after it are undone."""
        name = from_main(str(newest_checkpoint(self._checkpoints) or ""), self._process)
        if name:
            checkpoint = Path(name)
            state = load_checkpoint(checkpoint, self._process)
            self._task.network.load_state_dict(state["network"])
            self._optimizer.load_state_dict(state["optimizer"])
            self._task.restore(state["task"])
            _restore_random_state(state["random"], self._process.device)
            self.step, self.tokens = state["step"], state["tokens"]
            self._unreported = list(state["unreported"])
            self.selection.restore(state["selection"])
            logger.info("resuming after update %d", step_of(checkpoint))
        if self._process.is_main:
            _truncate_metrics(self._metrics, self.step)


class _Meter:
    """Rate since the last report, or since this process started."""

    def __init__(self, step: int, tokens: int) -> None:
        self._start = self._reported = time.monotonic()
        self._step, self._tokens = step, tokens

    def rate(self, tokens: int) -> float:
        read, self._tokens = tokens - self._tokens, tokens
        before, self._reported = self._reported, time.monotonic()
        return read / (self._reported - before)

    def seconds_left(self, step: int, steps: int) -> float:
        elapsed = time.monotonic() - self._start
        return elapsed / (step - self._step) * (steps - step)


def _random_state(device: torch.device) -> dict[str, Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def _restore_random_state(states: Mapping[str, Tensor], device: torch.device) -> None:
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)


def _memory_gib(device: torch.device) -> float:
    """Most memory used so far: of the GPU, or of the process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _truncate_metrics(path: Path, step: int) -> None:
    """Keep only the lines up to `step`; a line cut by a crash goes, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.endswith("}") or json.loads(line)["step"] > step:
                break
            lines.append(line)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
