"""Tiny encoders, tasks' proteins and plans that tests of fine-tuning share."""

from typing import Any

import numpy as np
import torch

from protlang.alphabet import AMINO_ACIDS
from protlang.encoders.encoder import PairEncoder
from protlang.encoders.plus_protocol import PUBLISHED
from protlang.encoders.registry import pair_encoder
from protlang.encoders.seqvec_protocol import SEQVEC_OPTIONS
from protlang.experiments.targets import load_targets, loss_weights, model_of
from protlang.finetuning.network import FineTuned
from protlang.finetuning.recipes import FineTuning
from protlang.proteins import Protein
from protlang.tasks.task import SupervisedTask

SIZES: dict[str, dict[str, Any]] = {
    "plus-rnn": {"hidden_dim": 6, "layers": 1, "projection": 5},
    "plus-tfm": {
        "hidden_dim": 16,
        "layers": 1,
        "heads": 2,
        "feed_forward_dim": 8,
        "dropout": 0.1,
        "max_tokens": 22,
    },
    "p-elmo": {
        "language_model": {"hidden_dim": 4, "layers": 2},
        "input_dim": 6,
        "hidden_dim": 5,
        "layers": 1,
        "projection": 4,
    },
    "p-elmo-lm": {"hidden_dim": 4},
}

ALONE: dict[str, Any] = {"masked_lm": 0.0, "task": 1.0}


SEQVEC: dict[str, Any] = {
    "architecture": "elmo",
    "options": dict(SEQVEC_OPTIONS),
    "training": {"n_train_tokens": 9577889953},
    "trained_on": {},
}
"""The description of the published ELMo."""


def encoder(architecture: str = "plus-rnn", seed: int = 0) -> PairEncoder:
    torch.manual_seed(seed)
    made = pair_encoder(architecture).new(SIZES[architecture])
    made.network.eval()
    made.training, made.trained_on = {"updates": 7}, {"corpus": "few"}
    return made


def pretrained(
    architecture: str = "plus-rnn", seed: int = 0, **training: Any
) -> PairEncoder:
    """An encoder with the record of a short pre-training that is else the paper's."""
    made = encoder(architecture, seed)
    short = {"domains": 12, "updates": 7, "passes": 0.5, "entries_per_update": 4}
    record = plus_record(**{**short, **training})
    made.training, made.trained_on = record["training"], record["trained_on"]
    return made


def plus_record(
    row: str = "PLUS-RNN BASE",
    model: dict[str, Any] | None = None,
    sources: tuple[str, ...] = ("pfam-27",),
    simulated: bool = False,
    **training: Any,
) -> dict[str, Any]:
    """A model's `config.json` as the paper's would be, but for some of its training."""
    paper = PUBLISHED[row]
    record = {
        "domains": paper.domains or 10_000_000,
        "updates": 1_146_165,
        "passes": float(paper.passes),
        "entries_per_update": paper.entries_per_update,
        "gradient_norm": 1.0,
        "clip": paper.clip,
        "precision": "float32",
        "masking": dict(paper.masking) or None,
        "selection": {**paper.selection, "development": 0.0},
        "selected_by": "test pairs",
        "imitate_released_code": False,
        **paper.training,
    }
    kinds = {"PLUS-TFM": "plus-tfm", "P-ELMo (re-implementation)": "p-elmo-lm"}
    origin = {"corpus": "few", "sources": list(sources), "simulated": simulated}
    return {
        "architecture": kinds.get(row, "plus-rnn"),
        "model": dict(paper.model) if model is None else model,
        "training": {**record, **training},
        "trained_on": origin,
    }


def printed_weights(element: str) -> dict[str, dict[str, float]]:
    """Weights of losses that a table of PLUS prints, by row of our models."""
    weights = {
        model_of(target.row): loss_weights(target.row)
        for target in load_targets("PLUS", element)
    }
    return {
        row: {loss: float(weight.replace("-", "0")) for loss, weight in of.items()}
        for row, of in weights.items()
        if of
    }


def settings(**options: Any) -> FineTuning:
    return FineTuning(**{"hidden_dim": 7, "batch": 4, "epochs": 2, **options})


def model(
    task: SupervisedTask, start: PairEncoder | None = None, /, **options: Any
) -> FineTuned:
    start = start or encoder()
    torch.manual_seed(1)
    return FineTuned(start, task, settings(**options)).eval()


def sequence(length: int, rng: np.random.Generator) -> str:
    return "".join(rng.choice(list(AMINO_ACIDS), length))


def sequences(number: int, seed: int = 0, low: int = 8, high: int = 50) -> list[str]:
    rng = np.random.default_rng(seed)
    return [sequence(int(n), rng) for n in rng.integers(low, high, number)]


def with_values(number: int, name: str = "stability", seed: int = 0) -> list[Protein]:
    rng = np.random.default_rng([seed, 1])
    return [
        Protein(f"p{place}", text, values={name: float(rng.normal())})
        for place, text in enumerate(sequences(number, seed))
    ]


def helices_of_five(number: int, seed: int = 0, mask: str = "1") -> list[Protein]:
    """Residues' states that a network can learn: L, A, E, K, R are H, all others C."""
    proteins = []
    for place, text in enumerate(sequences(number, seed)):
        q8 = "".join("H" if letter in "LAEKR" else "C" for letter in text)
        labels = {"q8": q8, "mask": mask * len(text)}
        proteins.append(Protein(f"p{place}", text, labels))
    return proteins


def soluble_or_not(number: int, seed: int = 0) -> list[Protein]:
    return [
        Protein(
            f"p{place}",
            text,
            classes={"solubility": "soluble" if place % 2 else "insoluble"},
        )
        for place, text in enumerate(sequences(number, seed))
    ]
