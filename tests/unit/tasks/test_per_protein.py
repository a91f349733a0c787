from dataclasses import replace

import numpy as np
import pytest
import torch

from protlang.alphabet import LOCATIONS, PROTEIN_CLASSES
from protlang.errors import ProtlangError
from protlang.tasks.features import encode_proteins
from support.heads import cross_entropies, head_task, recipe, train_head
from support.proteins import classified, random_classified

COMPOSITION = ["composition"]


@pytest.mark.parametrize("order", ["released", "printed"])
def test_the_order_of_the_layers_reaches_the_network(order: str) -> None:
    chosen = recipe("per_protein", COMPOSITION, order=order)
    assert head_task(chosen, random_classified(6)).network.order == order


def test_a_rule_that_can_be_learned_is_learned() -> None:
    """The commonest amino acid decides on the location, W on the membrane."""
    rng = np.random.default_rng(0)
    proteins = []
    for serial in range(600):
        location, membrane = rng.integers(10), rng.integers(2)
        sequence = "ACDEFGHIKL"[location] * 20 + "W" * (15 * membrane)
        sequence += "".join(rng.choice(list("ACDEFGHIKLMN"), 8))
        classes = (LOCATIONS[location], "SM"[membrane])
        proteins.append(classified(f"P{serial}", *classes, sequence))
    chosen = recipe("per_protein", COMPOSITION, learning_rate=0.01, max_epochs=25)
    task = train_head(chosen, proteins[:450], proteins[450:500])
    unseen = proteins[500:]
    right = [
        predicted.best(label) == protein.classes[label]
        for protein, predicted in zip(
            unseen, task.trained().predict(unseen), strict=True
        )
        for label in PROTEIN_CLASSES
    ]
    assert np.mean(right) > 0.98


def test_features_can_be_vectors_of_an_encoder() -> None:
    rng = np.random.default_rng(0)
    proteins = [
        replace(protein, embedding=rng.random(7).astype(np.float16))
        for protein in random_classified(6)
    ]
    task = head_task(recipe("per_protein", ["embedding"]), proteins)
    assert task.network.state_dict()["compress.weight"].shape == (32, 7)


def test_a_last_protein_alone_joins_the_batch_before_it() -> None:
    # 9 = 4 + 4 + 1: batch normalisation would refuse the last one.
    chosen = recipe("per_protein", COMPOSITION, batch_proteins=4, max_epochs=2)
    task = train_head(chosen, random_classified(9))
    assert task.updates_per_epoch == 2


def test_one_training_protein_is_too_few() -> None:
    with pytest.raises(ProtlangError, match="at least 2 proteins to train on"):
        head_task(recipe("per_protein", COMPOSITION), random_classified(1))


@pytest.mark.parametrize("membrane", ["SMUUSM", "UUUUUM", "UUUUUU"])
def test_unknown_membrane_counts_for_the_location_alone(membrane: str) -> None:
    proteins = [
        replace(protein, classes={**protein.classes, "membrane": known})
        for protein, known in zip(random_classified(6), membrane, strict=True)
    ]
    task = head_task(recipe("per_protein", COMPOSITION), proteins)
    predictions = list(task.trained().predict(proteins))
    expected = cross_entropies(PROTEIN_CLASSES, proteins, predictions)
    assert task.next_batch().objective.item() == pytest.approx(expected, rel=1e-5)
    assert task.validate()["loss"] == pytest.approx(expected, rel=1e-5)


def test_hidden_features_are_predicted_protein_by_protein() -> None:
    proteins = random_classified(5)
    task = head_task(recipe("per_protein", COMPOSITION), proteins)
    found = list(task.trained().predict(proteins))
    features = torch.from_numpy(encode_proteins(COMPOSITION, proteins))
    together = task.network(features).hidden.detach().numpy()
    for place, prediction in enumerate(found):
        assert prediction.hidden is not None
        assert prediction.hidden.dtype == np.float32
        np.testing.assert_allclose(prediction.hidden, together[place], atol=1e-5)
