"""P-ELMo against a slow reference that reads each direction by itself."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from protlang.errors import ProtlangError
from protlang.models.p_elmo import PElmo, PElmoConfig, PElmoLm, PElmoLmConfig
from protlang.models.tokens import ResidueBatch, collate
from support import plus_reference as reference

TINY = PElmoConfig(
    PElmoLmConfig(hidden_dim=4, layers=2),
    input_dim=7,
    hidden_dim=3,
    layers=2,
    projection=5,
)


@pytest.fixture
def model() -> PElmo:
    torch.manual_seed(0)
    model = PElmo(TINY)
    reference.make_double(model, gain=1.5)
    return model


def read_one_direction(
    weights: reference.Weights, tokens: list[int]
) -> list[np.ndarray]:
    """States of each layer, (tokens, dim)."""
    states = [weights["embedding.weight"][tokens]]
    for layer in range(TINY.language_model.layers):
        lstm = reference.part(weights, f"layers.{layer}")
        states.append(reference.lstm_layer(states[-1], lstm, "l0"))
    return states[1:]


def expected_states(weights: reference.Weights, protein: Tensor) -> list[np.ndarray]:
    """By layer forward, then backward, (length, dim): what stands beside a residue."""
    residues = protein.tolist()
    ahead = read_one_direction(weights, [0, *residues])
    back = read_one_direction(weights, [0, *residues[::-1]])
    states = []
    for forward, backward in zip(ahead, back, strict=True):
        # Residue k comes after the begin and k residues, or after the end and the rest.
        count = len(residues)
        states.append(np.array([forward[k] for k in range(count)]))
        states.append(np.array([backward[count - 1 - k] for k in range(count)]))
    return states


def expected(model: PElmo, protein: Tensor) -> tuple[np.ndarray, np.ndarray]:
    weights = reference.weights_of(model)
    lm = reference.part(weights, "language_model")
    states = np.hstack(expected_states(lm, protein))
    own = weights["embedding.weight"][protein.numpy() - 1]
    inputs = np.maximum(own + reference.linear(weights, "state_projection", states), 0)
    lstm = reference.part(weights, "lstm")
    r = reference.bidirectional(inputs, lstm, TINY.layers)
    return r, reference.linear(weights, "projection", r)


def test_parameters_are_as_many_as_in_the_paper() -> None:
    with torch.device("meta"):
        model = PElmo(PElmoConfig())
    assert reference.parameters(model) == 31_741_540
    assert reference.parameters(model.language_model) == 12_707_299
    trained = [weights for weights in model.parameters() if weights.requires_grad]
    assert sum(weights.numel() for weights in trained) == 19_034_241
    assert PElmoConfig().language_model.states_dim == 4096


@pytest.mark.parametrize("length", [1, 2, 13])
def test_vectors_agree_with_the_slow_reference(model: PElmo, length: int) -> None:
    (protein,) = reference.random_proteins(length, seed=length)
    found = model(collate([protein]))
    for vectors, wanted in zip(found, expected(model, protein), strict=True):
        np.testing.assert_allclose(vectors[0].detach(), wanted, atol=1e-12)


@pytest.mark.parametrize("length", [1, 2, 13])
def test_scores_add_up_both_directions(model: PElmo, length: int) -> None:
    (protein,) = reference.random_proteins(length, seed=length)
    weights = reference.weights_of(model.language_model)
    *_, ahead, back = expected_states(weights, protein)
    wanted = reference.linear(weights, "decoder", ahead)
    wanted += reference.linear(weights, "decoder", back)
    scores = model.language_model(collate([protein]))
    assert scores.shape == (1, length, 21)
    np.testing.assert_allclose(scores[0].detach(), wanted, atol=1e-12)


def test_states_are_in_the_order_of_published_encoders(model: PElmo) -> None:
    (protein,) = reference.random_proteins(6)
    weights = reference.weights_of(model.language_model)
    wanted = np.hstack(expected_states(weights, protein))
    found = model.language_model.states(collate([protein]))
    np.testing.assert_allclose(found[0].detach(), wanted, atol=1e-12)


def test_a_residue_is_predicted_without_being_seen(model: PElmo) -> None:
    (protein,) = reference.random_proteins(9)
    before = model.language_model(collate([protein]))[0]
    for place in range(9):
        changed = protein.clone()
        changed[place] = protein[place] % 20 + 1
        after = model.language_model(collate([changed]))[0]
        same = (before == after).all(dim=1).tolist()
        assert same == [k == place for k in range(9)]


def test_a_protein_has_its_vectors_and_scores_whatever_the_batch(model: PElmo) -> None:
    proteins = reference.random_proteins(5, 11, 1, 8)
    batch = collate(proteins)
    found = (*model(batch), model.language_model.states(batch))
    scores = model.language_model(batch)
    for row, protein in enumerate(proteins):
        single = collate([protein])
        alone = (*model(single), model.language_model.states(single))
        for vectors, wanted in zip(found, alone, strict=True):
            inside, outside = (
                vectors[row].detach().split([len(protein), 11 - len(protein)])
            )
            np.testing.assert_allclose(inside, wanted[0].detach(), atol=1e-12)
            assert not outside.any()
        inside = scores[row, : len(protein)].detach()
        wanted_scores = model.language_model(single)[0].detach()
        np.testing.assert_allclose(inside, wanted_scores, atol=1e-12)


def test_what_follows_a_protein_is_not_read(model: PElmo) -> None:
    batch = collate(reference.random_proteins(9, 4))
    wide = ResidueBatch(nn.functional.pad(batch.tokens, (0, 7)), batch.lengths)
    for found, wanted in zip(model(wide), model(batch), strict=True):
        np.testing.assert_allclose(found[:, :9].detach(), wanted.detach(), atol=1e-12)
        assert not found[:, 9:].any()


def test_the_language_model_is_frozen_and_the_rest_learns(model: PElmo) -> None:
    r, z = model(collate(reference.random_proteins(9, 4)))
    assert model.head is not None
    logits = model.head(-z.abs().sum(dim=(1, 2)))
    (logits.sum() + model.residue_scores(r).sum()).backward()
    for name, weights in model.named_parameters():
        assert (weights.grad is None) == name.startswith("language_model."), name


def test_unknown_residues_have_no_vector(model: PElmo) -> None:
    assert model.embedding.padding_idx == 20
    assert not model.embedding.weight[20].any()
    assert model.language_model.embedding.padding_idx == 21
    assert not model.language_model.embedding.weight[21].any()


def test_a_language_model_of_its_own_can_be_trained() -> None:
    torch.manual_seed(0)
    model = PElmoLm(TINY.language_model)
    model(collate(reference.random_proteins(4, 2))).sum().backward()
    assert all(weights.grad is not None for weights in model.parameters())


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ProtlangError, match="option layers is 0"):
        PElmoLmConfig(layers=0)
    with pytest.raises(ProtlangError, match="option input_dim is 0"):
        PElmoConfig(input_dim=0)
