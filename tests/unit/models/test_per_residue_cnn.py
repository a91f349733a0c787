"""The network against a slow reference written from methods C.1 alone."""

import numpy as np
import pytest
import torch
from torch import Tensor

from protlang.models.per_residue_cnn import PerResidueNetwork
from protlang.tasks.per_residue import PER_RESIDUE, pack
from support.proteins import make_protein, random_proteins

HEADS = {"q3": 3, "q8": 8, "disorder": 2}


@pytest.fixture
def network() -> PerResidueNetwork:
    torch.manual_seed(0)
    return PerResidueNetwork(20).eval()


def convolution(signal: np.ndarray, layer: torch.nn.Conv1d) -> np.ndarray:
    """Window 7, three zeros at each end, (length, channels) in and out, float64."""
    assert layer.bias is not None
    weight = layer.weight.detach().numpy().astype(np.float64)  # (out, in, 7)
    bias = layer.bias.detach().numpy().astype(np.float64)
    padded = np.pad(signal.astype(np.float64), ((3, 3), (0, 0)))
    scores = np.zeros((len(signal), len(bias)))
    for position in range(len(signal)):
        for channel in range(len(bias)):
            window = padded[position : position + 7]
            scores[position, channel] = (window.T * weight[channel]).sum()
    return scores + bias


def reference(network: PerResidueNetwork, features: np.ndarray) -> np.ndarray:
    """Scores (length, 13) of one protein without padding."""
    hidden = np.maximum(convolution(features, network.hidden), 0)
    return convolution(hidden, network.heads)


def joined(scores: dict[str, Tensor], row: int = 0) -> np.ndarray:
    return torch.cat([scores[head][row] for head in HEADS], dim=-1).detach().numpy()


def random_features(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def alone(network: PerResidueNetwork, features: Tensor) -> np.ndarray:
    present = torch.ones(1, len(features), dtype=torch.bool)
    return joined(network(features.unsqueeze(0), present))


@pytest.mark.parametrize(
    ("channels", "parameters"),
    [
        (50, 14_157),  # DeepProf
        (20, 7_437),  # DeepOneHot
        (23, 8_109),  # DeepBLOSUM65
        (1024, 232_333),  # DeepSeqVec
        (1074, 243_533),  # DeepProf+SeqVec
        (100, 25_357),  # DeepProtVec
    ],
)
def test_parameters_are_as_many_as_in_the_paper(channels: int, parameters: int) -> None:
    network = PerResidueNetwork(channels)
    assert sum(weights.numel() for weights in network.parameters()) == parameters


def test_dropout_is_that_of_the_paper() -> None:
    assert PerResidueNetwork(20).dropout.p == 0.25


@pytest.mark.parametrize("length", [1, 2, 6, 7, 8, 40])
def test_scores_agree_with_the_slow_reference(
    network: PerResidueNetwork, length: int
) -> None:
    features = random_features(length, 20, seed=length)
    expected = reference(network, features.numpy())
    np.testing.assert_allclose(alone(network, features), expected, atol=1e-6)


def test_heads_are_the_three_outputs_in_order(network: PerResidueNetwork) -> None:
    features = random_features(1, 9, 20)
    scores = network(features, torch.ones(1, 9, dtype=torch.bool))
    assert {head: tuple(score.shape) for head, score in scores.items()} == {
        head: (1, 9, classes) for head, classes in HEADS.items()
    }


def test_padding_changes_no_score(network: PerResidueNetwork) -> None:
    features = random_features(9, 20)
    for padding in (1, 3, 30):
        padded = torch.cat([features, torch.zeros(padding, 20)]).unsqueeze(0)
        present = torch.arange(9 + padding).unsqueeze(0) < 9
        found = joined(network(padded, present))[:9]
        np.testing.assert_allclose(found, alone(network, features), atol=1e-6)


def test_padding_would_change_scores_if_it_were_not_zeroed(
    network: PerResidueNetwork,
) -> None:
    features = random_features(9, 20)
    padded = torch.cat([features, torch.zeros(3, 20)]).unsqueeze(0)
    found = joined(network(padded, torch.ones(1, 12, dtype=torch.bool)))[:9]
    expected = alone(network, features)
    np.testing.assert_allclose(found[:6], expected[:6], atol=1e-6)
    assert not np.isclose(found[6:], expected[6:], atol=1e-3).all(axis=1).any()


def test_proteins_of_one_batch_do_not_see_each_other(
    network: PerResidueNetwork,
) -> None:
    lengths = torch.tensor([9, 4, 12])
    present = torch.arange(12) < lengths.unsqueeze(1)
    features = random_features(3, 12, 20) * present.unsqueeze(2)
    changed = features.clone()
    changed[1:] = random_features(2, 12, 20, seed=1) * present[1:].unsqueeze(2)
    before, after = network(features, present), network(changed, present)
    assert np.array_equal(joined(before), joined(after))
    assert not np.array_equal(joined(before, 1), joined(after, 1))


def test_packed_proteins_get_the_scores_they_get_alone(
    network: PerResidueNetwork,
) -> None:
    proteins = random_proteins(12, longest=25)
    batch = pack(proteins, ["one_hot"])
    scores = joined(network(*batch.inputs))
    start = 0
    for protein in proteins:
        stop = start + len(protein.sequence)
        single = pack([protein], ["one_hot"]).inputs[0][0]
        np.testing.assert_allclose(
            scores[start:stop], alone(network, single), atol=1e-6
        )
        np.testing.assert_allclose(
            scores[start:stop], reference(network, single.numpy()), atol=1e-6
        )
        start = stop + 3
    assert start == scores.shape[0] + 3


def test_changing_packed_neighbours_changes_not_one_bit(
    network: PerResidueNetwork,
) -> None:
    middle = make_protein("b", "MKVAWYHE")

    def scores(left: str, right: str) -> np.ndarray:
        neighbours = make_protein("a", left), middle, make_protein("c", right)
        batch = pack(neighbours, ["one_hot"])
        start = len(left) + 3
        return joined(network(*batch.inputs))[start : start + 8]

    expected = scores("A" * 10, "A" * 10)
    for left, right in [
        ("W" * 10, "A" * 10),
        ("A" * 10, "W" * 10),
        ("KR" * 5, "X" * 10),
    ]:
        assert np.array_equal(scores(left, right), expected)


def test_a_neighbour_without_numbers_spoils_nobody_else(
    network: PerResidueNetwork,
) -> None:
    batch = pack(random_proteins(2), ["one_hot"])
    features, present = (each.clone() for each in batch.inputs)
    start = int((~present[0]).nonzero().max()) + 1
    features[0, start - 4] = torch.nan  # the last residue of the first protein
    second = joined(network(features, present))[start:]
    assert np.array_equal(second, joined(network(*batch.inputs))[start:])


def test_a_prediction_has_the_same_bits_alone_and_among_others(
    network: PerResidueNetwork,
) -> None:
    proteins = random_proteins(8, longest=25)
    together = {p.id: p for p in PER_RESIDUE.predict(network, proteins, ["one_hot"])}
    for protein in reversed(proteins):
        (single,) = PER_RESIDUE.predict(network, [protein], ["one_hot"])
        for head in HEADS:
            expected = together[protein.id].probabilities[head]
            assert np.array_equal(single.probabilities[head], expected)


def test_predictions_are_the_softmax_of_the_reference(
    network: PerResidueNetwork,
) -> None:
    protein = make_protein(sequence="MKVXAWYHEU")
    (prediction,) = PER_RESIDUE.predict(network.train(), [protein], ["one_hot"])
    scores = reference(network, pack([protein], ["one_hot"]).inputs[0][0].numpy())
    for head, part in zip(HEADS, np.split(scores, [3, 11], axis=1), strict=True):
        expected = np.exp(part) / np.exp(part).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(prediction.probabilities[head], expected, atol=1e-6)
