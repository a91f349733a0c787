from dataclasses import replace

import numpy as np
import pytest
import torch

from protlang.models.per_residue_cnn import PerResidueNetwork
from protlang.tasks.per_residue import pack
from support.heads import head_task, recipe, train_head
from support.proteins import make_protein, random_proteins

ONE_HOT = ["one_hot"]


@pytest.mark.parametrize(
    ("labels", "trained"),
    [
        (("q3", "disorder"), [0, 1, 2, 11, 12]),
        (("q8",), list(range(3, 11))),
        (("mask", "q3"), [0, 1, 2]),
    ],
)
def test_outputs_without_labels_stay_untrained(
    labels: tuple[str, ...], trained: list[int]
) -> None:
    proteins = [
        replace(p, labels={label: p.labels[label] for label in labels})
        for p in random_proteins(10)
    ]
    task = train_head(recipe("per_residue", ONE_HOT, max_epochs=3), proteins)
    assert set(task.trained().labels) == set(labels) - {"mask"}
    torch.manual_seed(1)
    weights, before = task.network.state_dict(), PerResidueNetwork(20).state_dict()
    for name in ("heads.weight", "heads.bias"):
        changed = [
            channel
            for channel in range(13)
            if not torch.equal(weights[name][channel], before[name][channel])
        ]
        assert changed == trained


def test_a_rule_that_can_be_learned_is_learned() -> None:
    """Each residue alone decides on its states: A helix, D strand, G a free coil."""
    rng = np.random.default_rng(0)
    proteins = []
    for number in range(48):
        sequence = "".join(rng.choice(list("ADG"), 20))
        q8 = sequence.translate(str.maketrans("ADG", "HEC"))
        disorder = sequence.translate(str.maketrans("ADG", "001"))
        proteins.append(make_protein(f"{number}", sequence, q8, disorder))
    settings = {"learning_rate": 0.01, "batch_proteins": 8, "max_epochs": 15}
    task = train_head(
        recipe("per_residue", ONE_HOT, **settings), proteins[:32], proteins[32:40]
    )
    assert task.history[-1].validation_loss < 0.1 < 1 < task.history[0].validation_loss
    unseen = proteins[40:]
    predictions = task.trained().predict(unseen)
    for protein, predicted in zip(unseen, predictions, strict=True):
        for label in ("q3", "q8", "disorder"):
            assert predicted.best(label) == protein.labels[label]


def test_features_stand_side_by_side() -> None:
    task = head_task(recipe("per_residue", ["profile", "one_hot"]), random_proteins(4))
    assert task.network.state_dict()["hidden.weight"].shape == (32, 70, 7)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_each_residue_of_the_validation_set_counts_once(size: int) -> None:
    """Whatever the batch size, the validation loss is the one of a single batch."""
    losses = []
    for batch in (7, size):
        chosen = recipe("per_residue", ONE_HOT, batch_proteins=batch)
        task = head_task(chosen, random_proteins(7))
        task.network.eval()
        task.next_batch()
        losses.append(task.validate()["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_packed_proteins_are_three_positions_apart() -> None:
    proteins = [
        make_protein("a", "AC", "GH", disorder="01"),
        make_protein("b", "Y", "C", disorder="1"),
    ]
    batch = pack(proteins, ONE_HOT)
    features, present = batch.inputs
    assert features.shape == (1, 6, 20)
    assert features[0].nonzero().tolist() == [[0, 0], [1, 1], [5, 19]]
    assert present[0].tolist() == [True, True, False, False, False, True]
    assert batch.rows == 3
    targets = {label: indices.tolist() for label, indices in batch.targets.items()}
    assert targets == {
        "q3": [0, 0, -100, -100, -100, 2],
        "q8": [0, 1, -100, -100, -100, 7],
        "disorder": [0, 1, -100, -100, -100, 1],
    }
