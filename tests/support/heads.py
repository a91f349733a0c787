"""Heads of SeqVec, trained in memory on a few proteins."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from protlang.datasets.splits import Split
from protlang.evaluation.predictions import Prediction
from protlang.proteins import Protein
from protlang.tasks.head_files import HEADS
from protlang.tasks.head_training import HeadRecipe, HeadTask, head_training
from protlang.training.determinism import make_deterministic
from protlang.training.distributed import Process
from protlang.training.signals import StopRequest

ALONE = Process(0, 1, torch.device("cpu"))


def recipe(
    head: str, features: Sequence[str], seed: int = 1, **settings: Any
) -> HeadRecipe:
    """A recipe with default settings but for those that are given."""
    return HeadRecipe(head, tuple(features), HEADS[head].settings(**settings), seed)


def head_task(
    recipe: HeadRecipe,
    proteins: Sequence[Protein],
    validation: Sequence[Protein] | None = None,
) -> HeadTask:
    """A head with the initial weights of its seed, validated on its own proteins."""
    make_deterministic(recipe.seed, recipe.threads)
    training_set = Split(list(proteins), {})
    validation_set = Split(list(validation or proteins), {})
    return HeadTask(recipe, training_set, validation_set, ALONE)


def train_head(
    recipe: HeadRecipe,
    proteins: Sequence[Protein],
    validation: Sequence[Protein] | None = None,
) -> HeadTask:
    """A trained head and the losses of its epochs."""
    task = head_task(recipe, proteins, validation)
    with TemporaryDirectory() as folder:
        training = head_training(task, recipe)
        assert training.run(Path(folder), ALONE, StopRequest())
    return task


def cross_entropies(
    labels: Mapping[str, Sequence[str]],
    proteins: Sequence[Protein],
    predictions: Sequence[Prediction],
) -> float:
    """Sum over labels of the mean cross-entropy, from predicted probabilities.

    Args:
        labels: and their classes, in order.
        proteins: whose residues or whose own classes are predicted.
        predictions: of the proteins, in their order.
    """
    total = 0.0
    for label, classes in labels.items():
        of_label = [
            -np.log(row[classes.index(known)])
            for protein, prediction in zip(proteins, predictions, strict=True)
            for known, row in zip(
                protein.labels.get(label) or [protein.classes[label]],
                np.atleast_2d(prediction.probabilities[label]),
                strict=True,
            )
            if known in classes
        ]
        total += float(np.mean(of_label)) if of_label else 0.0
    return total
