from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from protlang.alphabet import LOCATIONS
from protlang.errors import ProtlangError
from protlang.models.per_protein_mlp import HEADS, PerProteinNetwork
from protlang.proteins import Protein
from protlang.tasks import per_protein
from protlang.tasks.features import encode_proteins
from protlang.tasks.per_protein import TrainingSettings, predict, train
from protlang.training.epochs import Epoch
from support.builders import classified, random_classified

SHORT = TrainingSettings(batch_proteins=4, max_epochs=3)
COMPOSITION = ["composition"]


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    """Training sets PyTorch's threads and determinism; other tests keep theirs."""
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic)


def run(
    seed: int = 1,
    settings: TrainingSettings = SHORT,
    proteins: Sequence[Protein] | None = None,
) -> tuple[dict[str, torch.Tensor], list[Epoch]]:
    """Weights and history after training on a few random proteins."""
    training_set = random_classified(11) if proteins is None else proteins
    network, history = train(
        training_set, random_classified(3), COMPOSITION, settings, seed=seed
    )
    return network.state_dict(), history


def same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_training_is_bitwise_repeatable() -> None:
    weights, history = run()
    torch.rand(3)  # whatever ran before must not matter
    again, history_again = run()
    assert same(weights, again)
    assert history == history_again


def test_another_seed_gives_another_network() -> None:
    assert not same(run(seed=1)[0], run(seed=2)[0])


def test_the_order_of_the_layers_reaches_the_network() -> None:
    for order in ("released", "printed"):
        settings = replace(SHORT, order=order)
        proteins = random_classified(6)
        network, _ = train(proteins, proteins, COMPOSITION, settings, seed=1)
        assert network.order == order


def test_a_rule_that_can_be_learned_is_learned() -> None:
    """The commonest amino acid tells the location, the share of W the membrane."""
    rng = np.random.default_rng(0)
    proteins = []
    for serial in range(600):
        location, membrane = rng.integers(10), rng.integers(2)
        sequence = "ACDEFGHIKL"[location] * 20 + "W" * (15 * membrane)
        sequence += "".join(rng.choice(list("ACDEFGHIKLMN"), 8))
        classes = (LOCATIONS[location], "SM"[membrane])
        proteins.append(classified(f"P{serial}", *classes, sequence))
    settings = TrainingSettings(learning_rate=0.01, max_epochs=25)
    network, _ = train(proteins[:450], proteins[450:500], COMPOSITION, settings, seed=1)
    unseen = proteins[500:]
    right = [
        found.best(head) == protein.classes[head]
        for protein, found in zip(
            unseen, predict(network, unseen, COMPOSITION), strict=True
        )
        for head in HEADS
    ]
    assert np.mean(right) > 0.98


def test_vectors_of_an_encoder_can_be_what_the_network_sees() -> None:
    rng = np.random.default_rng(0)
    proteins = [
        replace(protein, embedding=rng.random(7).astype(np.float16))
        for protein in random_classified(6)
    ]
    network, _ = train(proteins, proteins, ["embedding"], SHORT, seed=1)
    assert network.compress.weight.shape == (32, 7)


def test_a_last_protein_alone_joins_the_batch_before_it() -> None:
    # 9 = 4 + 4 + 1: batch normalisation would refuse the last one.
    assert run(proteins=random_classified(9))[1]
    parts = per_protein._parts(np.arange(9), 4)
    assert [list(part) for part in parts] == [[0, 1, 2, 3], [4, 5, 6, 7, 8]]


@pytest.mark.parametrize(
    ("proteins", "size", "sizes"),
    [(8, 4, [4, 4]), (10, 4, [4, 4, 2]), (3, 64, [3]), (5, 4, [5]), (2, 64, [2])],
)
def test_every_protein_is_in_one_batch(
    proteins: int, size: int, sizes: list[int]
) -> None:
    parts = per_protein._parts(np.arange(proteins), size)
    assert [len(part) for part in parts] == sizes
    assert np.concatenate(parts).tolist() == list(range(proteins))


def test_one_training_protein_is_too_few() -> None:
    with pytest.raises(ProtlangError, match="at least two proteins to train on"):
        run(proteins=random_classified(1))


@pytest.fixture
def spied(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `train` hands to the training loop, which does nothing."""
    seen: dict[str, Any] = {}

    def fit(
        network: PerProteinNetwork,
        optimizer: torch.optim.Optimizer,
        training_losses: Callable[[int], Iterator[torch.Tensor]],
        validation_loss: Callable[[], float],
        max_epochs: int,
        patience: int,
    ) -> list[Epoch]:
        seen.update(locals())
        return []

    monkeypatch.setattr(per_protein, "fit", fit)
    return seen


def losses(spied: dict[str, Any], epoch: int = 1) -> list[float]:
    """Losses of an epoch without dropout."""
    spied["network"].eval()
    return [loss.item() for loss in spied["training_losses"](epoch)]


def test_settings_reach_the_optimizer_and_the_loop(spied: dict[str, Any]) -> None:
    settings = TrainingSettings(0.0625, batch_proteins=4, max_epochs=17, patience=6)
    proteins = random_classified(10)
    train(proteins, proteins, COMPOSITION, settings, seed=1)
    assert isinstance(spied["optimizer"], torch.optim.Adam)
    (group,) = spied["optimizer"].param_groups
    assert group["amsgrad"] is False
    assert (group["lr"], group["weight_decay"]) == (0.0625, 0)
    assert {id(p) for p in group["params"]} == {
        id(p) for p in spied["network"].parameters()
    }
    assert (spied["max_epochs"], spied["patience"]) == (17, 6)
    assert len(losses(spied)) == 3  # 4 + 4 + 2 proteins


def test_default_settings_are_those_of_the_paper() -> None:
    settings = TrainingSettings()
    assert (settings.learning_rate, settings.batch_proteins) == (0.001, 64)
    assert settings.order == "released"


def test_every_epoch_shuffles_the_proteins_anew(spied: dict[str, Any]) -> None:
    proteins = random_classified(12)
    settings = TrainingSettings(batch_proteins=2)
    train(proteins, proteins, COMPOSITION, settings, seed=1)
    first, second = losses(spied, 1), losses(spied, 2)
    assert sorted(first) != sorted(second)  # other pairs
    assert first == losses(spied, 1)


def surprise(network: PerProteinNetwork, proteins: Sequence[Protein]) -> float:
    """Sum of the heads' mean cross-entropies over proteins whose class is known."""
    network.eval()
    found = list(predict(network, proteins, COMPOSITION))
    total = 0.0
    for head, classes in HEADS.items():
        surprises = [
            -np.log(said.probabilities[head][classes.index(protein.classes[head])])
            for protein, said in zip(proteins, found, strict=True)
            if protein.classes[head] in classes
        ]
        total += float(np.mean(surprises)) if surprises else 0.0
    return total


@pytest.mark.parametrize("membrane", ["SMUUSM", "UUUUUM", "UUUUUU"])
def test_unknown_membrane_counts_for_the_location_alone(
    spied: dict[str, Any], membrane: str
) -> None:
    proteins = [
        replace(protein, classes={**protein.classes, "membrane": known})
        for protein, known in zip(random_classified(6), membrane, strict=True)
    ]
    train(proteins, proteins, COMPOSITION, TrainingSettings(), seed=1)
    expected = surprise(spied["network"], proteins)
    assert losses(spied) == pytest.approx([expected], rel=1e-5)
    assert spied["validation_loss"]() == pytest.approx(expected, rel=1e-5)


def test_training_stops_early_on_the_held_out_proteins(spied: dict[str, Any]) -> None:
    held_out = random_classified(5, seed=1)
    train(random_classified(6), held_out, COMPOSITION, TrainingSettings(), seed=1)
    expected = surprise(spied["network"], held_out)
    assert spied["validation_loss"]() == pytest.approx(expected, rel=1e-5)


def test_dropout_is_on_in_training_alone(spied: dict[str, Any]) -> None:
    proteins = random_classified(6)
    train(proteins, proteins, COMPOSITION, TrainingSettings(), seed=1)
    spied["network"].train()
    (first,), (second,) = (list(spied["training_losses"](1)) for _ in range(2))
    assert first.item() != second.item()
    spied["network"].eval()
    assert spied["validation_loss"]() == spied["validation_loss"]()


def test_predictions_come_in_order_and_one_by_one() -> None:
    proteins = random_classified(5)
    network = PerProteinNetwork(20)
    found = list(predict(network, proteins, COMPOSITION))
    assert [prediction.id for prediction in found] == [p.id for p in proteins]
    alone = [next(predict(network, [protein], COMPOSITION)) for protein in proteins]
    features = torch.from_numpy(encode_proteins(COMPOSITION, proteins))
    hidden = network(features).hidden.detach().numpy()
    for place, (ours, single) in enumerate(zip(found, alone, strict=True)):
        assert np.array_equal(ours.hidden, single.hidden)
        np.testing.assert_allclose(ours.hidden, hidden[place], atol=1e-5)
        assert ours.hidden.dtype == np.float32
        for head, classes in HEADS.items():
            probabilities = ours.probabilities[head]
            assert np.array_equal(probabilities, single.probabilities[head])
            assert probabilities.shape == (len(classes),)
            assert probabilities.sum() == pytest.approx(1, abs=1e-6)


def test_features_without_numbers_stop_the_training() -> None:
    proteins = [
        replace(protein, embedding=np.full(4, np.nan))
        for protein in random_classified(4)
    ]
    with pytest.raises(ProtlangError, match="the loss is nan"):
        train(proteins, proteins, ["embedding"], SHORT, seed=1)
