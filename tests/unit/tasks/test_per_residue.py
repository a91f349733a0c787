from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from protlang.errors import ProtlangError
from protlang.models.per_residue_cnn import PerResidueNetwork
from protlang.proteins import Protein
from protlang.tasks import per_residue
from protlang.tasks.per_residue import TrainingSettings, pack, predict, train
from protlang.training.determinism import make_deterministic
from protlang.training.epochs import Epoch
from support.builders import make_protein, random_proteins

SHORT = TrainingSettings(batch_proteins=4, max_epochs=3)
ONE_HOT = ["one_hot"]


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
    features: Sequence[str] = ONE_HOT,
) -> tuple[dict[str, torch.Tensor], list[Epoch]]:
    """Weights and history after training on a few random proteins."""
    training_set = random_proteins(10) if proteins is None else proteins
    network, history = train(
        training_set, training_set[:3], features, settings, seed=seed
    )
    return network.state_dict(), history


def same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(ours[name], theirs[name]) for name in theirs)


def initial_weights(seed: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    return PerResidueNetwork(20).state_dict()


def test_training_is_bitwise_repeatable() -> None:
    weights, history = run()
    torch.rand(3)  # whatever ran before must not matter
    again, history_again = run()
    assert same(weights, again)
    assert history == history_again


def test_another_seed_gives_another_network() -> None:
    assert not same(run(seed=1)[0], run(seed=2)[0])


def test_training_starts_from_weights_of_its_seed(spied: dict[str, Any]) -> None:
    network, _ = train(random_proteins(2), random_proteins(2), ONE_HOT, SHORT, seed=5)
    assert same(network.state_dict(), initial_weights(5))


@pytest.mark.parametrize(
    ("labels", "trained"),
    [
        (("q3", "disorder"), [0, 1, 2, 11, 12]),
        (("q8",), list(range(3, 11))),
        (("mask", "q3"), [0, 1, 2]),
    ],
)
def test_heads_without_labels_stay_untouched(
    labels: tuple[str, ...], trained: list[int]
) -> None:
    proteins = [
        replace(p, labels={label: p.labels[label] for label in labels})
        for p in random_proteins(10)
    ]
    weights, _ = run(proteins=proteins)
    before = initial_weights(1)
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
    settings = TrainingSettings(learning_rate=0.01, batch_proteins=8, max_epochs=15)
    network, history = train(proteins[:32], proteins[32:40], ONE_HOT, settings, seed=1)
    assert history[-1].validation_loss < 0.1 < 1 < history[0].validation_loss
    unseen = proteins[40:]
    for protein, found in zip(unseen, predict(network, unseen, ONE_HOT), strict=True):
        for head in ("q3", "q8", "disorder"):
            assert found.states(head) == protein.labels[head]


def test_the_profile_can_be_what_the_network_sees() -> None:
    weights, _ = run(features=["profile", "one_hot"])
    assert weights["hidden.weight"].shape == (32, 70, 7)


def test_dropout_is_on_in_training_alone() -> None:
    proteins = random_proteins(4)
    settings = TrainingSettings(learning_rate=1e-12, max_epochs=2, patience=9)
    _, history = train(proteins, proteins, ONE_HOT, settings, seed=1)
    assert history[0].training_loss != pytest.approx(history[1].training_loss, abs=1e-5)
    assert history[0].validation_loss == pytest.approx(history[1].validation_loss)


@pytest.fixture
def spied(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `train` hands to the training loop, which does nothing."""
    seen: dict[str, Any] = {}

    def fit(
        network: PerResidueNetwork,
        optimizer: torch.optim.Optimizer,
        training_losses: Callable[[int], Iterator[torch.Tensor]],
        validation_loss: Callable[[], float],
        max_epochs: int,
        patience: int,
    ) -> list[Epoch]:
        seen.update(locals())
        return []

    monkeypatch.setattr(per_residue, "fit", fit)
    return seen


def losses(spied: dict[str, Any], epoch: int = 1) -> list[float]:
    """Losses of an epoch without dropout."""
    spied["network"].eval()
    return [loss.item() for loss in spied["training_losses"](epoch)]


def test_settings_reach_the_optimizer_and_the_loop(spied: dict[str, Any]) -> None:
    settings = TrainingSettings(0.0625, batch_proteins=4, max_epochs=17, patience=6)
    train(random_proteins(10), random_proteins(5), ONE_HOT, settings, seed=1)
    assert isinstance(spied["optimizer"], torch.optim.Adam)
    (group,) = spied["optimizer"].param_groups
    assert group["amsgrad"] is True
    assert group["lr"] == 0.0625
    assert group["weight_decay"] == 0
    assert {id(p) for p in group["params"]} == {
        id(p) for p in spied["network"].parameters()
    }
    assert (spied["max_epochs"], spied["patience"]) == (17, 6)
    assert len(losses(spied)) == 3  # 4 + 4 + 2 proteins


def test_default_settings_are_those_of_the_paper() -> None:
    settings = TrainingSettings()
    assert (settings.learning_rate, settings.batch_proteins) == (0.001, 128)


def test_every_epoch_shuffles_the_proteins_anew(spied: dict[str, Any]) -> None:
    settings = TrainingSettings(batch_proteins=1)
    proteins = random_proteins(10)
    train(proteins, proteins, ONE_HOT, settings, seed=1)
    first, second = losses(spied, 1), losses(spied, 2)
    assert first != second
    assert sorted(first) == sorted(second)
    assert first == losses(spied, 1)


def test_the_loss_is_the_sum_of_the_heads_mean_cross_entropies(
    spied: dict[str, Any],
) -> None:
    proteins = random_proteins(6)
    train(proteins, proteins, ONE_HOT, TrainingSettings(batch_proteins=6), seed=1)
    expected = 0.0
    for head, states in (("q3", "HEC"), ("q8", "GHIBESTC"), ("disorder", "01")):
        surprises = [
            -np.log(row[states.index(letter)])
            for protein, found in zip(
                proteins, predict(spied["network"], proteins, ONE_HOT), strict=True
            )
            for letter, row in zip(
                protein.labels[head], found.probabilities[head], strict=True
            )
        ]
        expected += np.mean(surprises)
    assert losses(spied) == pytest.approx([expected], rel=1e-5)
    assert spied["validation_loss"]() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_each_held_out_residue_counts_once(spied: dict[str, Any], size: int) -> None:
    """Whatever the batch size, the held-out loss is the one of a single batch."""
    proteins = random_proteins(7)
    held_out = []
    for batch_proteins in (7, size):
        settings = TrainingSettings(batch_proteins=batch_proteins)
        train(proteins, proteins, ONE_HOT, settings, seed=1)
        spied["network"].eval()
        held_out.append(spied["validation_loss"]())
    assert held_out[0] == pytest.approx(held_out[1], rel=1e-6)


def test_packed_proteins_are_three_positions_apart() -> None:
    proteins = [
        make_protein("a", "AC", "GH", disorder="01"),
        make_protein("b", "Y", "C", disorder="1"),
    ]
    batch = pack(proteins, ONE_HOT)
    assert batch.features.shape == (1, 6, 20)
    assert batch.features[0].nonzero().tolist() == [[0, 0], [1, 1], [5, 19]]
    assert batch.present[0].tolist() == [True, True, False, False, False, True]
    targets = {head: indices.tolist() for head, indices in batch.targets.items()}
    assert targets == {
        "q3": [0, 0, -100, -100, -100, 2],
        "q8": [0, 1, -100, -100, -100, 7],
        "disorder": [0, 1, -100, -100, -100, 1],
    }


def test_predictions_come_in_order_with_float32_probabilities() -> None:
    proteins = random_proteins(5)
    found = list(predict(PerResidueNetwork(20), proteins, ONE_HOT))
    assert [prediction.id for prediction in found] == [p.id for p in proteins]
    for protein, prediction in zip(proteins, found, strict=True):
        for head, classes in (("q3", 3), ("q8", 8), ("disorder", 2)):
            probabilities = prediction.probabilities[head]
            assert probabilities.shape == (len(protein.sequence), classes)
            assert probabilities.dtype == np.float32
            np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_features_without_numbers_stop_the_training() -> None:
    proteins = random_proteins(4)
    assert proteins[0].profile is not None
    proteins[0].profile[0, 30] = np.nan
    with pytest.raises(ProtlangError, match="the loss is nan"):
        run(proteins=proteins, features=["profile"])


def test_the_thread_count_and_the_seed_are_the_callers() -> None:
    make_deterministic(seed=3, threads=2)
    first = torch.rand(4)
    assert torch.get_num_threads() == 2
    assert torch.are_deterministic_algorithms_enabled()
    make_deterministic(seed=3, threads=1)
    assert torch.equal(torch.rand(4), first)
    assert torch.get_num_threads() == 1
