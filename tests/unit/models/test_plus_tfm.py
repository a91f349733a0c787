"""PLUS-TFM against a slow reference written from the equations alone."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from protlang.errors import ProtlangError
from protlang.models.plus_tfm import (
    PlusTfm,
    PlusTfmConfig,
    TfmBatch,
    collate,
    join,
    sinusoids,
    truncate_pair,
)
from support import plus_reference as reference

TINY = PlusTfmConfig(
    hidden_dim=12, layers=2, heads=3, feed_forward_dim=10, max_tokens=30
)
IMITATING = replace(TINY, imitate_released_code=True)
BOTH = pytest.mark.parametrize(
    "config", [TINY, IMITATING], ids=["standard", "released"]
)


def make_model(config: PlusTfmConfig = TINY) -> PlusTfm:
    torch.manual_seed(0)
    model = PlusTfm(config)
    reference.make_double(model, gain=1.5)
    return model


def normalise(
    weights: reference.Weights, name: str, inputs: np.ndarray, released: bool
) -> np.ndarray:
    centred = inputs - inputs.mean(axis=1, keepdims=True)
    if released:
        # The root of the sample's (n - 1) standard deviation.
        divisor = np.sqrt(inputs.std(axis=1, keepdims=True, ddof=1) + 1e-12)
    else:
        divisor = np.sqrt(inputs.var(axis=1, keepdims=True) + 1e-12)
    return centred / divisor * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def gelu(x: np.ndarray) -> np.ndarray:
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def attend(weights: reference.Weights, states: np.ndarray) -> np.ndarray:
    queries, keys, values = (
        reference.linear(weights, name, states)
        for name in ("queries", "keys", "values")
    )
    size = TINY.hidden_dim // TINY.heads
    out = np.zeros_like(states)
    for head in range(TINY.heads):
        own = slice(head * size, (head + 1) * size)
        for i in range(len(states)):
            e = np.array(
                [
                    queries[i, own] @ keys[k, own] / math.sqrt(size)
                    for k in range(len(states))
                ]
            )
            alpha = np.exp(e) / np.exp(e).sum()
            out[i, own] = sum(a * values[k, own] for k, a in enumerate(alpha))
    return reference.linear(weights, "output", out)


def expected(model: PlusTfm, tokens: Tensor, segments: Tensor) -> np.ndarray:
    """States (length, dim) of one input."""
    weights, released = reference.weights_of(model), model.config.imitate_released_code
    states = (
        weights["token_embedding.weight"][tokens.numpy()]
        + weights["segment_embedding.weight"][segments.numpy()]
        + sinusoids(len(tokens), TINY.hidden_dim).float().double().numpy()
    )
    states = normalise(weights, "embedding_norm", states, released)
    for number in range(TINY.layers):
        layer = reference.part(weights, f"layers.{number}")
        attended = attend(reference.part(layer, "attention"), states)
        states = normalise(layer, "attention_norm", states + attended, released)
        widened = gelu(reference.linear(layer, "widen", states))
        narrowed = reference.linear(layer, "narrow", widened)
        states = normalise(layer, "feed_forward_norm", states + narrowed, released)
    return states


@pytest.mark.parametrize(
    ("classes", "count"),
    [(2, 85_670_427), (5, 85_670_427 + 3 * 769), (None, 85_670_427 - 2 * 769)],
)
@pytest.mark.parametrize("imitate", [False, True])
def test_parameters_are_as_many_as_in_the_released_code(
    classes: int | None, count: int, imitate: bool
) -> None:
    with torch.device("meta"):
        config = PlusTfmConfig(imitate_released_code=imitate)
        assert reference.parameters(PlusTfm(config, classes)) == count


def test_dropout_and_lengths_are_those_of_the_paper() -> None:
    assert PlusTfmConfig().dropout == 0.1
    assert PlusTfmConfig().max_tokens == 512


def test_pairs_are_joined_with_marks_and_segments() -> None:
    tokens, segments = join(torch.tensor([5, 21]), torch.tensor([7]))
    assert tokens.tolist() == [23, 5, 21, 24, 7, 24]
    assert segments.tolist() == [0, 0, 0, 0, 1, 1]


def test_a_single_protein_is_one_segment() -> None:
    tokens, segments = join(torch.tensor([5, 21]))
    assert tokens.tolist() == [23, 5, 21, 24]
    assert segments.tolist() == [0, 0, 0, 0]


def test_inputs_are_padded_with_zeros() -> None:
    batch = collate(
        [join(torch.tensor([5])), join(torch.tensor([5]), torch.tensor([6]))]
    )
    assert batch.tokens.tolist() == [[23, 5, 24, 0, 0], [23, 5, 24, 6, 24]]
    assert batch.segments.tolist() == [[0, 0, 0, 0, 0], [0, 0, 0, 1, 1]]
    assert batch.present.tolist() == [[True] * 3 + [False] * 2, [True] * 5]


@given(st.integers(1, 30), st.integers(1, 30), st.integers(5, 40))
def test_pairs_are_truncated_as_residue_by_residue(
    n1: int, n2: int, limit: int
) -> None:
    left, right = n1, n2
    while left + right + 3 > limit:
        if left > right:
            left -= 1
        else:
            right -= 1
    first, second = truncate_pair(torch.arange(n1), torch.arange(n2), limit)
    assert first.tolist() == list(range(left))
    assert second.tolist() == list(range(right))


def test_positions_are_sinusoids() -> None:
    found = sinusoids(7, 6)
    for place in range(7):
        for column in range(6):
            angle = place / 10000 ** ((column - column % 2) / 6)
            wanted = math.cos(angle) if column % 2 else math.sin(angle)
            assert found[place, column].item() == pytest.approx(wanted, abs=1e-14)


@BOTH
@pytest.mark.parametrize("lengths", [(1,), (9,), (4, 7)])
def test_states_agree_with_the_slow_reference(
    config: PlusTfmConfig, lengths: tuple[int, ...]
) -> None:
    model = make_model(config)
    tokens, segments = join(*reference.random_proteins(*lengths))
    found = model(collate([(tokens, segments)]))[0].detach()
    wanted = expected(model, tokens, segments)
    np.testing.assert_allclose(found, wanted, atol=1e-10)


def test_the_two_normalisations_differ() -> None:
    batch = collate([join(*reference.random_proteins(4, 7))])
    standard, released = make_model(TINY), make_model(IMITATING)
    assert standard.state_dict().keys() == released.state_dict().keys()
    assert not torch.allclose(standard(batch), released(batch), atol=0.1)


@BOTH
def test_an_input_has_its_states_whatever_the_batch(config: PlusTfmConfig) -> None:
    model = make_model(config)
    first, second, third = reference.random_proteins(3, 12, 7)
    inputs = [join(first), join(second, third), join(third)]
    states = model(collate(inputs)).detach()
    for row, (tokens, segments) in enumerate(inputs):
        inside, outside = states[row].split([len(tokens), 22 - len(tokens)])
        wanted = expected(model, tokens, segments)
        np.testing.assert_allclose(inside, wanted, atol=1e-10)
        assert not outside.any()


def test_what_follows_an_input_is_not_attended() -> None:
    model = make_model()
    batch = collate(
        [join(*reference.random_proteins(5)), join(*reference.random_proteins(9))]
    )
    changed = batch.tokens.masked_fill(~batch.present, 22)
    found = model(TfmBatch(changed, batch.segments, batch.present))
    np.testing.assert_allclose(found.detach(), model(batch).detach(), atol=1e-12)


def test_without_the_mask_padding_would_change_states() -> None:
    model = make_model()
    batch = collate(
        [join(*reference.random_proteins(5)), join(*reference.random_proteins(9))]
    )
    blind = TfmBatch(batch.tokens, batch.segments, torch.ones_like(batch.present))
    assert not torch.allclose(model(blind)[0, :7], model(batch)[0, :7], atol=1e-3)


@BOTH
def test_masked_residues_are_predicted_with_the_embedding(
    config: PlusTfmConfig,
) -> None:
    model = make_model(config)
    batch = collate([join(*reference.random_proteins(5))])
    states = model(batch)
    chosen = torch.tensor([[0, 1, 0, 0, 1, 0, 0]]).bool()
    weights = reference.weights_of(model)
    rows = states[chosen].detach().numpy()
    hidden = gelu(reference.linear(weights, "decoder_hidden", rows))
    hidden = normalise(weights, "decoder_norm", hidden, config.imitate_released_code)
    wanted = hidden @ weights["token_embedding.weight"].T + weights["decoder_bias"]
    found = model.token_scores(states[chosen])
    assert found.shape == (2, 25)
    np.testing.assert_allclose(found.detach(), wanted, atol=1e-10)


def test_classes_are_scored_linearly() -> None:
    model = make_model()
    states = model(collate([join(*reference.random_proteins(5, 4))]))[:, 0]
    wanted = reference.linear(
        reference.weights_of(model), "head", states.detach().numpy()
    )
    np.testing.assert_allclose(model.class_scores(states).detach(), wanted, atol=1e-12)


def test_a_model_without_a_head_scores_no_classes() -> None:
    with pytest.raises(ValueError, match="no head"):
        PlusTfm(TINY, classes=None).class_scores(torch.zeros(1, 12))


@BOTH
def test_gradients_are_those_of_finite_differences(config: PlusTfmConfig) -> None:
    model = make_model(config)
    batch = collate(
        [join(*reference.random_proteins(3)), join(*reference.random_proteins(2))]
    )
    name = "layers.0.attention.queries.weight"

    def objective(values: Tensor) -> Tensor:
        states = torch.func.functional_call(model, {name: values}, (batch,))
        scores: Tensor = model.token_scores(states[batch.present])
        return scores.sin().sum()

    flat = model.get_parameter(name).detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(objective, (flat,), fast_mode=True)


def test_dropout_acts_in_training_only() -> None:
    model = make_model()
    batch = collate([join(*reference.random_proteins(5))])
    assert torch.equal(model(batch), model(batch))
    model.train()
    assert not torch.allclose(model(batch), model(batch), atol=1e-3)


def test_the_longest_input_is_read_and_a_longer_one_refused() -> None:
    model = make_model()
    model(collate([join(*reference.random_proteins(28))]))
    with pytest.raises(ProtlangError, match=r"31 tokens, but .* at most 30"):
        model(collate([join(*reference.random_proteins(29))]))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"layers": 0}, "option layers is 0"),
        ({"hidden_dim": 10}, "option hidden_dim is 10"),
        ({"dropout": 1.0}, "option dropout is 1.0"),
    ],
)
def test_impossible_options_are_refused(
    options: dict[str, float], expected: str
) -> None:
    with pytest.raises(ProtlangError, match=expected):
        replace(TINY, **options)  # type: ignore[arg-type]
