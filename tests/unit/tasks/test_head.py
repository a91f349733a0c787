"""What heads of residues and of whole proteins have in common."""

import weakref
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from protlang.alphabet import LABEL_STATES, PROTEIN_CLASSES
from protlang.errors import ProtlangError
from protlang.proteins import Protein
from protlang.tasks.head_files import HEADS
from protlang.tasks.head_training import Epoch, HeadRecipe, cut, head_training
from support.heads import cross_entropies, head_task, recipe, train_head
from support.proteins import random_classified, random_proteins


class Example(NamedTuple):
    """A kind of head with proteins that it can be trained on."""

    head: str
    feature: str
    classes: dict[str, Sequence[str]]
    proteins: list[Protein]

    def recipe(self, seed: int = 1, **settings: Any) -> HeadRecipe:
        short = {"batch_proteins": 4, "max_epochs": 3, **settings}
        return recipe(self.head, [self.feature], seed, **short)


RESIDUES = Example(
    "per_residue",
    "one_hot",
    {label: LABEL_STATES[label] for label in ("q3", "q8", "disorder")},
    random_proteins(10),
)
PROTEINS = Example(
    "per_protein", "composition", dict(PROTEIN_CLASSES), random_classified(10)
)


@pytest.fixture(params=[RESIDUES, PROTEINS], ids=lambda example: example.head)
def example(request: pytest.FixtureRequest) -> Example:
    chosen: Example = request.param
    return chosen


def same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_training_is_bitwise_repeatable(example: Example) -> None:
    first = train_head(example.recipe(), example.proteins)
    torch.rand(3)  # whatever ran before must not matter
    second = train_head(example.recipe(), example.proteins)
    assert same(first.network.state_dict(), second.network.state_dict())
    assert first.history == second.history


def test_another_seed_gives_another_network(example: Example) -> None:
    first, second = (train_head(example.recipe(s), example.proteins) for s in (1, 2))
    assert not same(first.network.state_dict(), second.network.state_dict())


def test_training_starts_from_weights_of_its_seed(example: Example) -> None:
    task = head_task(example.recipe(seed=5), example.proteins)
    torch.manual_seed(5)
    assert same(
        task.network.state_dict(), HEADS[example.head].architecture(20).state_dict()
    )


def test_settings_reach_the_optimizer_and_the_loop(example: Example) -> None:
    chosen = example.recipe(learning_rate=0.0625, max_epochs=17, patience=6)
    task = head_task(chosen, example.proteins)
    training = head_training(task, chosen)
    (group,) = training.optimizer.param_groups
    assert isinstance(training.optimizer, torch.optim.Adam)
    assert group["amsgrad"] is (example is RESIDUES)
    assert (group["lr"], group["weight_decay"]) == (0.0625, 0)
    assert list(map(id, group["params"])) == list(map(id, task.network.parameters()))
    # 4 + 4 + 2 proteins in an epoch, which a validation follows
    loop = training.loop
    assert (loop.steps, loop.validate_every, loop.patience) == (17 * 3, 3, 6)
    assert loop.clip == "none"


def test_default_settings_are_those_of_the_paper() -> None:
    for head, batch in (("per_residue", 128), ("per_protein", 64)):
        settings = HEADS[head].settings()
        assert (settings.learning_rate, settings.batch_proteins) == (0.001, batch)
    assert recipe("per_protein", []).settings == HEADS["per_protein"].settings(
        order="released"
    )


def test_every_epoch_shuffles_the_proteins_anew(example: Example) -> None:
    chosen = example.recipe(batch_proteins=3)
    task = head_task(chosen, example.proteins)
    ids = sorted(protein.id for protein in example.proteins)
    epochs = []
    for _ in range(2):
        batches = []
        for _ in range(task.updates_per_epoch):
            task.next_batch()
            batches.append(task.describe_batch())
        epochs.append(batches)
        assert sorted(", ".join(batches).split(", ")) == ids
    assert epochs[0] != epochs[1]


def test_a_task_is_gone_with_its_last_reference(example: Example) -> None:
    task = head_task(example.recipe(), example.proteins)
    task.next_batch()
    gone = weakref.ref(task)
    del task
    assert gone() is None


def test_the_loss_is_the_sum_of_mean_cross_entropies(example: Example) -> None:
    task = head_task(example.recipe(batch_proteins=10), example.proteins)
    predictions = list(task.trained().predict(example.proteins))
    expected = cross_entropies(example.classes, example.proteins, predictions)
    assert task.next_batch().values["loss"].item() == pytest.approx(expected, rel=1e-5)
    assert task.validate()["loss"] == pytest.approx(expected, rel=1e-5)


def test_weights_are_selected_on_the_validation_set(example: Example) -> None:
    other = example.proteins[:4]
    task = train_head(example.recipe(max_epochs=9), example.proteins[4:], other)
    expected = cross_entropies(
        example.classes, other, list(task.trained().predict(other))
    )
    lowest = min(epoch.validation_loss for epoch in task.history)
    assert lowest == pytest.approx(expected, rel=1e-5)


def test_the_history_holds_the_mean_losses_of_every_epoch(example: Example) -> None:
    task = head_task(example.recipe(), example.proteins)
    for number in (1, 2):
        losses = [task.next_batch().objective.item() for _ in range(3)]
        validation = task.validate()["loss"]
        assert task.history[-1] == Epoch(number, sum(losses) / 3, validation)


def test_dropout_is_on_in_training_alone(example: Example) -> None:
    task = head_task(example.recipe(batch_proteins=10), example.proteins)
    task.network.train()
    assert task.next_batch().objective.item() != task.next_batch().objective.item()
    task.network.eval()
    assert task.next_batch().objective.item() == task.next_batch().objective.item()


def test_predictions_come_in_order_and_one_by_one(example: Example) -> None:
    trained = head_task(example.recipe(), example.proteins).trained()
    found = list(trained.predict(example.proteins))
    assert [prediction.id for prediction in found] == [p.id for p in example.proteins]
    alone = [next(trained.predict([protein])) for protein in example.proteins]
    for protein, together, single in zip(example.proteins, found, alone, strict=True):
        for label, classes in example.classes.items():
            probabilities = together.probabilities[label]
            assert np.array_equal(probabilities, single.probabilities[label])
            length = (len(protein.sequence),) if example is RESIDUES else ()
            assert probabilities.shape == (*length, len(classes))
            assert probabilities.dtype == np.float32
            np.testing.assert_allclose(probabilities.sum(axis=-1), 1, atol=1e-6)


def test_features_that_are_not_finite_stop_the_training(example: Example) -> None:
    proteins = [
        replace(
            protein,
            embedding=np.full((len(protein.sequence), 4), np.nan)
            if example is RESIDUES
            else np.full(4, np.nan),
        )
        for protein in example.proteins
    ]
    with pytest.raises(ProtlangError, match=r"the loss is nan at update 1 \(batch: "):
        train_head(recipe(example.head, ["embedding"]), proteins)


@pytest.mark.parametrize(
    ("proteins", "size", "fewest", "sizes"),
    [
        (8, 4, 2, [4, 4]),
        (10, 4, 2, [4, 4, 2]),
        (9, 4, 2, [4, 5]),
        (9, 4, 1, [4, 4, 1]),
        (5, 4, 2, [5]),
        (3, 64, 2, [3]),
        (1, 64, 2, [1]),
    ],
)
def test_every_protein_is_in_one_batch_of_sufficient_size(
    proteins: int, size: int, fewest: int, sizes: list[int]
) -> None:
    parts = cut(np.arange(proteins), size, fewest)
    assert [len(part) for part in parts] == sizes
    assert np.concatenate(parts).tolist() == list(range(proteins))
