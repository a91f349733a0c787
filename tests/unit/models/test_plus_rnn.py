"""PLUS-RNN against a slow reference written from the equations alone."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from protlang.errors import ProtlangError
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.soft_alignment import PaddedVectors, similarity
from protlang.models.tokens import ResidueBatch, collate
from support import plus_reference as reference

TINY = PlusRnnConfig(hidden_dim=6, layers=3, projection=5)


@pytest.fixture
def model() -> PlusRnn:
    torch.manual_seed(0)
    model = PlusRnn(TINY)
    reference.make_double(model, gain=1.5)
    return model


def expected(model: PlusRnn, protein: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """r and z of one protein, (length, ...)."""
    weights = reference.weights_of(model)
    tokens = [0, *protein.tolist(), 0]
    vectors = weights["embedding.weight"][tokens]
    lstm = reference.part(weights, "lstm")
    r = reference.bidirectional(vectors, lstm, TINY.layers)[1:-1]
    return r, reference.linear(weights, "projection", r)


@pytest.mark.parametrize(
    ("config", "pair_outputs", "count"),
    [
        (PlusRnnConfig.base(), 1, 14_915_145),
        (PlusRnnConfig.large(), 1, 59_189_833),
        (PlusRnnConfig.base(), 4, 14_915_145 + 6),
        (PlusRnnConfig.base(), None, 14_915_145 - 2),
    ],
)
def test_parameters_are_as_many_as_in_the_paper(
    config: PlusRnnConfig, pair_outputs: int | None, count: int
) -> None:
    with torch.device("meta"):
        assert reference.parameters(PlusRnn(config, pair_outputs)) == count


def test_parts_of_base_are_as_large_as_in_the_released_code() -> None:
    with torch.device("meta"):
        model = PlusRnn(PlusRnnConfig.base())
    assert model.head is not None
    layers = [
        sum(weights.numel() for name, weights in named if f"_l{layer}" in name)
        for named in [list(model.lstm.named_parameters())]
        for layer in range(3)
    ]
    assert layers == [2_191_360, 6_299_648, 6_299_648]
    others = model.embedding, model.projection, model.decoder, model.head
    assert [reference.parameters(module) for module in others] == [
        462,
        102_500,
        21_525,
        2,
    ]


@pytest.mark.parametrize("length", [1, 2, 17])
def test_vectors_agree_with_the_slow_reference(model: PlusRnn, length: int) -> None:
    (protein,) = reference.random_proteins(length, seed=length)
    r, z = model(collate([protein]))
    wanted_r, wanted_z = expected(model, protein)
    np.testing.assert_allclose(r[0].detach(), wanted_r, atol=1e-12)
    np.testing.assert_allclose(z[0].detach(), wanted_z, atol=1e-12)


def test_a_protein_has_its_vectors_whatever_the_batch(model: PlusRnn) -> None:
    proteins = reference.random_proteins(5, 11, 1, 8)
    r, z = model(collate(proteins))
    for row, protein in enumerate(proteins):
        wanted = expected(model, protein)
        for found, vectors in zip((r, z), wanted, strict=True):
            inside, outside = (
                found[row].detach().split([len(protein), 11 - len(protein)])
            )
            np.testing.assert_allclose(inside, vectors, atol=1e-12)
            assert not outside.any()


def test_what_follows_a_protein_is_not_read(model: PlusRnn) -> None:
    batch = collate(reference.random_proteins(9, 4))
    wide = nn.functional.pad(batch.tokens, (0, 7))
    wider = model(ResidueBatch(wide, batch.lengths))
    for found, wanted in zip(wider, model(batch), strict=True):
        assert torch.equal(found[:, :9], wanted)
        assert not found[:, 9:].any()


def test_unknown_residues_have_no_vector_and_learn_none(model: PlusRnn) -> None:
    assert not model.embedding.weight[21].any()
    r, _ = model(collate([torch.tensor([21, 3, 21])]))
    r.sum().backward()
    gradient = model.embedding.weight.grad
    assert gradient is not None
    assert not gradient[21].any()
    assert gradient[3].any()
    assert gradient[0].any()  # begin and end


def test_residues_are_predicted_from_their_states(model: PlusRnn) -> None:
    batch = collate(reference.random_proteins(5, 3))
    r, _ = model(batch)
    chosen = torch.tensor([[0, 1, 0, 0, 1], [1, 0, 0, 0, 0]]).bool()
    scores = model.residue_scores(r[chosen])
    weights = reference.weights_of(model)
    rows = np.stack([r[0, 1].detach(), r[0, 4].detach(), r[1, 0].detach()])
    wanted = reference.linear(weights, "decoder", rows)
    assert scores.shape == (3, 21)
    np.testing.assert_allclose(scores.detach(), wanted, atol=1e-12)


def test_gradients_are_those_of_finite_differences(model: PlusRnn) -> None:
    batch = collate(reference.random_proteins(4, 2))
    weights = model.lstm.weight_ih_l0_reverse

    def objective(values: Tensor) -> Tensor:
        altered = {"lstm.weight_ih_l0_reverse": values}
        r, z = torch.func.functional_call(model, altered, (batch,))
        return (r**2).sum() + z.sin().sum()

    flat = weights.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(objective, (flat,), fast_mode=True)


@pytest.mark.parametrize("option", ["hidden_dim", "layers", "projection"])
def test_impossible_sizes_are_refused(option: str) -> None:
    sizes = {"hidden_dim": 6, option: 0}
    with pytest.raises(ProtlangError, match=f"option {option} is 0"):
        PlusRnnConfig(**sizes)


@pytest.mark.parametrize("imitate", [False, True])
def test_the_head_follows_the_configuration(imitate: bool) -> None:
    config = PlusRnnConfig(hidden_dim=2, imitate_released_code=imitate)
    head = PlusRnn(config).head
    assert head is not None
    assert head.imitate_released_code is imitate


def test_both_tasks_of_pre_training_can_be_learned() -> None:
    """Two families that differ in composition, a third of the residues masked."""
    torch.manual_seed(0)
    model = PlusRnn(PlusRnnConfig(hidden_dim=16, layers=1, projection=8))
    assert model.head is not None
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    family = torch.arange(16) % 2
    tokens = torch.randint(1, 4, (16, 12)) + 3 * family.unsqueeze(1)
    masked = torch.rand(16, 12) < 0.3
    lengths = torch.full((16,), 12)
    same = torch.arange(16) < 8
    partners = torch.where(same, torch.arange(16).roll(2), torch.arange(16).roll(5))
    assert torch.equal(family == family[partners], same)
    losses = []
    for _ in range(60):
        r, z = model(ResidueBatch(tokens.masked_fill(masked, 21), lengths))
        predicted = nn.functional.cross_entropy(
            model.residue_scores(r[masked]), tokens[masked]
        )
        scores = similarity(
            PaddedVectors(z, lengths), PaddedVectors(z[partners], lengths)
        )
        judged = nn.functional.binary_cross_entropy_with_logits(
            model.head(scores)[:, 0], same.float()
        )
        optimizer.zero_grad()
        (0.7 * predicted + 0.3 * judged).backward()
        optimizer.step()
        model.head.keep_increasing()
        losses.append((predicted.item(), judged.item()))
    # Within a family three residues are left to predict from; relation is certain.
    assert losses[-1][0] < 1.2 < losses[0][0]
    assert losses[-1][1] < 0.1 < losses[0][1]
