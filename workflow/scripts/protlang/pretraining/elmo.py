"""Pre-training of SeqVec's ELMo: from a token store to an encoder on disk.

Source: SeqVec, Methods, "ELMo adaptation"; bilm-tf's training procedure.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from protlang.alphabet import RESIDUES
from protlang.corpora.streams import TokenStreams
from protlang.corpora.token_store import TokenStore
from protlang.encoders.elmo import ElmoEncoder
from protlang.encoders.provenance import corpus_facts, trained_on
from protlang.models.elmo import BEGIN, END, Elmo
from protlang.models.products import training_kernel_for
from protlang.models.projected_lstm import State
from protlang.models.sampled_softmax import (
    Negatives,
    draw_negatives,
    sampled_softmax_loss,
)
from protlang.pretraining.elmo_recipe import ElmoRecipe, ElmoTraining, plan
from protlang.training.determinism import autocast, product_dtype
from protlang.training.distributed import Process
from protlang.training.loop import Result, Training
from protlang.training.optimizers import Adagrad, Adam
from protlang.training.run import Run
from protlang.training.task import Batch


def elmo_run(settings: Mapping[str, Any], store: TokenStore) -> Run[Any]:
    """The training of an ELMo on a corpus."""
    recipe = ElmoRecipe.parse(settings)
    return Run(
        recipe,
        {"corpus": corpus_facts(store)},
        partial(_build, recipe, store),
        partial(_save, recipe, store),
    )


class ElmoTask:
    """An ELMo that reads token streams: the task that the training loop runs.

    Args:
        network: with its softmax, on the device that computes.
        streams: this process's rows.
        name: identifier of a protein given its index, for error messages.
        settings: how it is trained.
    """

    def __init__(
        self,
        network: Elmo,
        streams: TokenStreams,
        name: Callable[[int], str],
        settings: ElmoTraining,
    ) -> None:
        self._network = network
        self._streams = streams
        self._name = name
        self._settings = settings
        self._carried = network.zero_state(settings.rows)

    @property
    def network(self) -> Elmo:
        """What learns."""
        return self._network

    def next_batch(self) -> Batch:
        """Read one window of every row in both directions.

        The loss is the mean of both directions' mean cross-entropies. It is multiplied
        by the number of steps before it is differentiated, as in bilm-tf, so that the
        limit on the gradients' norm means the same.
        """
        window = self._streams.next_window(self._settings.unroll)
        device = self._carried.hidden.device
        inputs = torch.from_numpy(window.inputs).to(device)
        targets = self.network.softmax_rows[torch.from_numpy(window.targets).to(device)]
        with autocast(self._network, self._settings.precision):
            loss = self._loss(inputs, targets)
        values = {"loss": loss.detach()}
        return Batch(loss * self._settings.unroll, values, targets.numel())

    def describe_batch(self) -> str:
        """The proteins that the rows stand in."""
        names = dict.fromkeys(self._name(i) for i in self._streams.current_proteins())
        return ", ".join(names)

    def summarise(self, means: Mapping[str, float]) -> dict[str, float]:
        """The mean cross-entropy per token, in nats, and its perplexity."""
        return {"loss": means["loss"], "perplexity": math.exp(means["loss"])}

    def state(self) -> dict[str, Any]:
        """Position in the streams, and what the LSTM carries on."""
        return {
            "position": torch.from_numpy(self._streams.position.copy()),
            "carried": list(self._carried),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` returned."""
        self._streams.position[:] = state["position"].numpy()
        device = self._carried.hidden.device
        self._carried = State(*(part.to(device) for part in state["carried"]))

    def _loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        drawn = [self._draw() for _ in targets]

        def measure(outputs: Tensor, direction: int) -> Tensor:
            given = outputs.flatten(0, 1), targets[direction].flatten()
            return self._loss_of(*given, drawn[direction])

        losses, self._carried = self.network.read(inputs, self._carried, measure)
        return torch.stack(losses).mean()

    def _draw(self) -> Negatives | None:
        """Words drawn for a direction, if the softmax is sampled."""
        if self._settings.softmax == "full":
            return None
        words = len(self.network.config.vocabulary)
        return draw_negatives(self._settings.negatives, words)

    def _loss_of(
        self, outputs: Tensor, targets: Tensor, drawn: Negatives | None
    ) -> Tensor:
        """Of one direction: outputs (positions, dimension), targets (positions)."""
        softmax = self.network.softmax
        assert softmax is not None
        if drawn is None:
            return cross_entropy(softmax(outputs).float(), targets)
        weights = softmax.weight, softmax.bias
        return sampled_softmax_loss(outputs.float(), targets, *weights, drawn)


def make_optimizer(network: Elmo, settings: ElmoTraining) -> torch.optim.Optimizer:
    """The optimizer that the settings name."""
    parameters = list(network.parameters())
    # In one pass over the memory, which PyTorch offers for both on CPUs; on GPUs it
    # chooses by itself.
    fused = True if parameters[0].device.type == "cpu" else None
    if settings.optimizer == "adam":
        return Adam(parameters, lr=settings.learning_rate, fused=fused)
    return Adagrad(
        parameters,
        lr=settings.learning_rate,
        initial_accumulator_value=1.0,
        eps=0.0,
        fused=fused,
    )


def _build(
    recipe: ElmoRecipe, store: TokenStore, process: Process
) -> Training[ElmoTask]:
    config = replace(recipe.model, letters=letters_by_frequency(store))
    network = Elmo(config).to(process.device)
    rows = recipe.training.rows
    streams = TokenStreams(
        store,
        store.training_indices(),
        (BEGIN, END),
        range(process.rank * rows, (process.rank + 1) * rows),
        process.size * rows,
        recipe.seed,
    )
    task = ElmoTask(network, streams, store.id, recipe.training)
    planned = plan(recipe, _training_tokens(store), process.size)
    loop = replace(recipe.loop, steps=planned.updates, accumulate=planned.accumulate)
    return Training(task, make_optimizer(network, recipe.training), loop)


def _save(
    recipe: ElmoRecipe, store: TokenStore, result: Result[ElmoTask], folder: Path
) -> None:
    network = result.task.network
    device = network.characters.embedding.device
    facts = training_facts(recipe, store, result.processes, device)
    corpus = trained_on(store.folder.name, store.meta)
    ElmoEncoder(network, facts, corpus).save(folder)


def letters_by_frequency(store: TokenStore) -> str:
    """Residues by descending frequency in the corpus, as bilm-tf orders its softmax."""
    composition: Mapping[str, int] = store.meta["composition"]
    return "".join(sorted(RESIDUES, key=lambda letter: -composition.get(letter, 0)))


def training_facts(
    recipe: ElmoRecipe, store: TokenStore, processes: int, device: torch.device
) -> dict[str, Any]:
    """The training as `config.json` records it, bilm-tf's `options.json` first.

    Args:
        recipe: its settings.
        store: the corpus.
        processes: that trained together.
        device: that computed.
    """
    training, tokens = recipe.training, _training_tokens(store)
    planned = plan(recipe, tokens, processes)
    facts: dict[str, Any] = {
        "all_clip_norm_val": recipe.loop.gradient_norm,
        "n_epochs": round(planned.tokens / tokens, 3),
        "n_train_tokens": tokens,
        "batch_size": training.rows,
        "n_tokens_vocab": len(recipe.model.vocabulary),
        "unroll_steps": training.unroll,
    }
    if training.softmax == "sampled":
        facts["n_negative_samples_batch"] = training.negatives
    dtype = product_dtype(device, training.precision)
    return {
        **facts,
        "n_held_out_tokens": int(store.lengths[store.held_out_indices()].sum()),
        "processes": processes,
        "rows_per_update": planned.rows_per_update,
        "updates": planned.updates,
        "tokens_read": planned.tokens,
        "optimizer": training.optimizer,
        "learning_rate": training.learning_rate,
        "softmax": training.softmax,
        "precision": str(dtype).removeprefix("torch."),
        "kernel": training_kernel_for(device, dtype).name,
    }


def _training_tokens(store: TokenStore) -> int:
    return int(store.lengths[store.training_indices()].sum())
