"""One pre-training run of an ELMo, from a token store to an encoder on disk.

The run's folder is named by a hash of everything that determines its bits, so changed
settings never continue an old run, and equal ones always do.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from protlang.alphabet import RESIDUES
from protlang.corpora.markov import markov_perplexity
from protlang.corpora.streams import TokenStreams
from protlang.corpora.token_store import TokenStore
from protlang.encoders.elmo import Encoder, save_encoder
from protlang.encoders.provenance import trained_on
from protlang.errors import ProtlangError
from protlang.files import write_text
from protlang.models.elmo import BEGIN, END, Elmo, ElmoConfig
from protlang.pretraining.elmo import (
    ElmoTask,
    ElmoTraining,
    held_out_perplexity,
    make_optimizer,
)
from protlang.training.determinism import make_deterministic
from protlang.training.distributed import Process
from protlang.training.loop import LoopSettings, Trainer
from protlang.training.run_names import run_name
from protlang.training.signals import StopRequest

logger = logging.getLogger(__name__)

_MARKOV_ORDERS = (0, 1, 2)


@dataclass(frozen=True)
class PretrainingPlan:
    """Everything that determines a run, but for the number of processes.

    Attributes:
        model: sizes and options.
        training: batches, optimizer, loss.
        loop: updates, gradient norm, checkpoints.
        seed: of weights, dropout and the orders of the proteins.
        threads: of PyTorch on the CPU.
    """

    model: ElmoConfig
    training: ElmoTraining
    loop: LoopSettings
    seed: int
    threads: int

    @classmethod
    def parse(cls, settings: Mapping[str, Any]) -> "PretrainingPlan":
        """Read the settings of one entry of `pretraining` in the configuration.

        `model` holds what differs from the published network.

        Raises:
            ProtlangError: if an option is unknown or out of range.
        """
        try:
            model = dict(settings.get("model", {}))
            if "filters" in model:
                model["filters"] = tuple(map(tuple, model["filters"]))
            return cls(
                replace(ElmoConfig.seqvec(), **model),
                ElmoTraining(**settings.get("training", {})),
                LoopSettings(**settings["loop"]),
                settings["seed"],
                settings["threads"],
            )
        except TypeError as error:
            raise ProtlangError(f"pretraining: {error}; correct the option") from error

    def digest(self, corpus: Path, processes: int) -> str:
        """Name of the run: a hash of plan, corpus and number of processes."""
        facts = {**asdict(self), "loop": self.loop.facts()}
        return run_name(facts, corpus / "meta.json", processes)


def pretrain(
    plan: PretrainingPlan,
    store: TokenStore,
    folder: Path,
    process: Process,
    stop: StopRequest,
) -> Elmo | None:
    """Train, resuming if there is a checkpoint.

    Args:
        plan: what to train.
        store: the corpus.
        folder: of the run.
        process: this one.
        stop: asks to save and stop.

    Returns:
        The trained network, or None if it was asked to stop.

    Raises:
        ProtlangError: if the corpus is too small or a loss is not finite.
    """
    make_deterministic(plan.seed, plan.threads)
    config = replace(plan.model, letters=letters_by_frequency(store))
    network = Elmo(config).to(process.device)
    # Weights start equal everywhere; dropout and negatives differ between processes.
    torch.manual_seed(plan.seed + 1 + process.rank)
    rows = plan.training.rows
    streams = TokenStreams(
        store,
        store.training_indices(),
        (BEGIN, END),
        range(process.rank * rows, (process.rank + 1) * rows),
        process.size * rows,
        plan.seed,
    )
    task = ElmoTask(network, streams, store.id, plan.training)
    optimizer = make_optimizer(network, plan.training)
    trainer = Trainer(task, optimizer, plan.loop, folder, process)
    return network if trainer.run(stop) else None


def finish(
    network: Elmo, plan: PretrainingPlan, store: TokenStore, run: Path, encoder: Path
) -> None:
    """Measure a trained network and write it, with the record of its training.

    Args:
        network: trained.
        plan: how.
        store: the corpus.
        run: folder of the run, which holds `metrics.jsonl`.
        encoder: receives `config.json`, `model.safetensors`, `metrics.jsonl` and
            `summary.json`.
    """
    summary = {"updates": plan.loop.steps, **_perplexities(network, plan, store)}
    logger.info("held out: %s", summary)
    corpus = trained_on(store.folder.name, store.meta)
    save_encoder(Encoder(network, _options(plan, store), corpus), encoder)
    write_text(encoder / "metrics.jsonl", (run / "metrics.jsonl").read_text("utf-8"))
    write_text(encoder / "summary.json", json.dumps(summary, indent=2) + "\n")


def letters_by_frequency(store: TokenStore) -> str:
    """Residues by descending frequency in the corpus, as bilm-tf orders its softmax."""
    composition: Mapping[str, int] = store.meta["composition"]
    return "".join(sorted(RESIDUES, key=lambda letter: -composition.get(letter, 0)))


def _options(plan: PretrainingPlan, store: TokenStore) -> dict[str, Any]:
    """What bilm-tf's `options.json` tells of a training."""
    training_tokens = int(store.lengths[store.training_indices()].sum())
    tokens = plan.training.rows * plan.training.unroll * plan.loop.steps
    options: dict[str, Any] = {
        "all_clip_norm_val": plan.loop.gradient_norm,
        "n_epochs": round(tokens / training_tokens, 3),
        "n_train_tokens": training_tokens,
        "batch_size": plan.training.rows,
        "n_tokens_vocab": len(plan.model.vocabulary),
        "unroll_steps": plan.training.unroll,
    }
    if plan.training.softmax == "sampled":
        options["n_negative_samples_batch"] = plan.training.negatives
    return options


def _perplexities(
    network: Elmo, plan: PretrainingPlan, store: TokenStore
) -> dict[str, float]:
    """Held-out perplexity per token of the network and of Markov models."""
    held_out = store.held_out_indices()
    if len(held_out) == 0:
        return {}
    proteins = [store[index] for index in held_out]
    rows = min(plan.training.rows, len(proteins))
    training = store.training_indices()
    markov = {
        f"held_out_perplexity_markov_{order}": markov_perplexity(
            _proteins(store, training), proteins, order, len(RESIDUES)
        )
        for order in _MARKOV_ORDERS
    }
    return {
        "held_out_perplexity": held_out_perplexity(network, proteins, rows),
        **markov,
    }


def _proteins(
    store: TokenStore, indices: Sequence[int] | np.ndarray
) -> Iterator[np.ndarray]:
    return (store[int(index)] for index in indices)
