"""Soft alignment against loops over residues, written from equations 7 and 8 alone."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor

from protlang.models import soft_alignment
from protlang.models.soft_alignment import (
    MAX_CELLS,
    PaddedVectors,
    PairHead,
    align,
    expected_level,
    level_probabilities,
    level_targets,
    similarity,
)

LENGTHS = st.lists(
    st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=1, max_size=6
)


def random_vectors(*lengths: int, seed: int = 0, dim: int = 3) -> PaddedVectors:
    """Proteins whose padding is no number, so that whoever reads it is found out."""
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.full((len(lengths), max(lengths), dim), math.nan).double()
    for row, length in enumerate(lengths):
        values = torch.randn(length, dim, generator=generator, dtype=torch.float64)
        vectors[row, :length] = values
    return PaddedVectors(vectors, torch.tensor(lengths))


def random_pairs(lengths: list[tuple[int, int]]) -> tuple[PaddedVectors, PaddedVectors]:
    first, second = zip(*lengths, strict=True)
    return random_vectors(*first), random_vectors(*second, seed=1)


def proteins(padded: PaddedVectors) -> list[np.ndarray]:
    lengths = padded.lengths.tolist()
    rows = zip(padded.vectors.detach().numpy(), lengths, strict=True)
    return [vectors[:length] for vectors, length in rows]


def reference(first: np.ndarray, second: np.ndarray) -> tuple[float, np.ndarray]:
    """c and omega of one pair."""
    n1, n2 = len(first), len(second)
    distance = np.zeros((n1, n2))
    for i in range(n1):
        for j in range(n2):
            distance[i, j] = sum(
                abs(a - b) for a, b in zip(first[i], second[j], strict=True)
            )
    omega = np.zeros((n1, n2))
    for i in range(n1):
        for j in range(n2):
            nearness = math.exp(-distance[i, j])
            alpha = nearness / sum(math.exp(-distance[i, k]) for k in range(n2))
            beta = nearness / sum(math.exp(-distance[k, j]) for k in range(n1))
            omega[i, j] = 1 - (1 - alpha) * (1 - beta)
    return -(omega * distance).sum() / omega.sum(), omega


def test_two_residues_against_one_by_hand() -> None:
    # Distances 0 and log 3. alpha is 1 for both rows, beta 3/4 and 1/4; omega is 1, 1.
    first = PaddedVectors(torch.tensor([[[0.0], [math.log(3)]]]), torch.tensor([2]))
    second = PaddedVectors(torch.tensor([[[0.0]]]), torch.tensor([1]))
    assert align(first, second).weights.flatten().tolist() == pytest.approx([1, 1])
    assert similarity(first, second).item() == pytest.approx(-math.log(3) / 2)


@given(LENGTHS)
def test_scores_and_weights_are_those_of_each_pair_alone(
    lengths: list[tuple[int, int]],
) -> None:
    first, second = random_pairs(lengths)
    scores, alignment = similarity(first, second), align(first, second)
    pairs = zip(proteins(first), proteins(second), strict=True)
    for pair, (one, other) in enumerate(pairs):
        score, omega = reference(one, other)
        assert scores[pair].item() == pytest.approx(score, abs=1e-12)
        assert alignment.similarity[pair].item() == pytest.approx(score, abs=1e-12)
        weights = alignment.weights[pair].numpy()
        inside = weights[: len(one), : len(other)]
        np.testing.assert_allclose(inside, omega, atol=1e-12)
        assert not weights[len(one) :].any()
        assert not weights[:, len(other) :].any()


def with_gradients(
    compute: Callable[[PaddedVectors, PaddedVectors, int], Tensor],
    pairs: tuple[PaddedVectors, PaddedVectors],
    max_cells: int,
) -> list[Tensor]:
    vectors = [side.vectors.clone().requires_grad_() for side in pairs]
    sides = (
        PaddedVectors(v, side.lengths) for v, side in zip(vectors, pairs, strict=True)
    )
    scores = compute(*sides, max_cells)
    factors = torch.arange(1, len(scores) + 1)
    return [scores, *torch.autograd.grad((scores * factors).sum(), vectors)]


@given(LENGTHS, st.integers(1, 200))
def test_chunks_and_recomputed_matrices_change_neither_scores_nor_gradients(
    lengths: list[tuple[int, int]], max_cells: int
) -> None:
    pairs = random_pairs(lengths)
    expected = with_gradients(soft_alignment._one_by_one, pairs, MAX_CELLS)
    again = with_gradients(soft_alignment._one_by_one, pairs, max_cells)
    chunks = with_gradients(soft_alignment._in_chunks, pairs, max_cells)
    for one, recomputed, chunk in zip(expected, again, chunks, strict=True):
        assert torch.equal(one, recomputed)
        torch.testing.assert_close(one, chunk, rtol=0, atol=1e-12)


def test_equal_vectors_have_no_slope() -> None:
    vectors = torch.ones(1, 3, 2, requires_grad=True)
    protein = PaddedVectors(vectors, torch.tensor([3]))
    similarity(protein, protein).sum().backward()
    assert vectors.grad is not None
    assert not vectors.grad.any()


def test_a_score_has_the_same_bits_in_any_batch() -> None:
    first, second = random_pairs([(5, 3), (2, 6), (7, 7)])
    together = similarity(first, second)
    for pair in range(3):
        one = slice(pair, pair + 1)
        sides = (
            PaddedVectors(side.vectors[one], side.lengths[one])
            for side in (first, second)
        )
        assert torch.equal(similarity(*sides), together[one])


@given(LENGTHS, st.integers(1, 200))
@example([(1, 1), (1, 9), (2, 1)], 10)  # the largest of a chunk is its first
def test_chunks_hold_each_pair_once_and_no_more_cells_than_allowed(
    lengths: list[tuple[int, int]], max_cells: int
) -> None:
    first, second = (list(part) for part in zip(*lengths, strict=True))
    chunks = list(soft_alignment._chunks(first, second, max_cells))
    assert sorted(pair for chunk in chunks for pair in chunk) == list(
        range(len(lengths))
    )
    for chunk in chunks:
        rows = max(first[pair] for pair in chunk)
        columns = max(second[pair] for pair in chunk)
        assert len(chunk) == 1 or len(chunk) * rows * columns <= max_cells


def test_memory_of_a_chunk_is_all_that_is_stored_for_the_gradient() -> None:
    first, second = random_pairs([(40, 40)] * 6)
    stored: list[int] = []

    def keep(tensor: Tensor) -> Tensor:
        stored.append(tensor.numel())
        return tensor

    vectors = first.vectors.clone().requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        similarity(first._replace(vectors=vectors), second, max_cells=1600)
    assert sum(stored) < 1600


def test_swapped_proteins_are_as_similar() -> None:
    first, second = random_pairs([(5, 3), (2, 6)])
    there, back = similarity(first, second), similarity(second, first)
    np.testing.assert_allclose(there, back, atol=1e-12)
    weights, turned = align(first, second).weights, align(second, first).weights
    np.testing.assert_allclose(weights, turned.transpose(1, 2), atol=1e-12)


def test_a_single_residue_is_most_similar_to_itself() -> None:
    protein = random_vectors(1)
    assert similarity(protein, protein).item() == 0
    assert align(protein, protein).weights.item() == 1


def test_distant_residues_overflow_nothing() -> None:
    first = PaddedVectors(torch.tensor([[[0.0], [1e4]]]), torch.tensor([2]))
    second = PaddedVectors(torch.tensor([[[1e4], [0.0]]]), torch.tensor([2]))
    alignment = align(first, second)
    assert alignment.weights[0].tolist() == [[0, 1], [1, 0]]
    assert alignment.similarity.item() == 0


@pytest.mark.parametrize("max_cells", [1, 30, soft_alignment.MAX_CELLS])
def test_gradients_are_those_of_finite_differences(max_cells: int) -> None:
    first, second = random_pairs([(4, 2), (1, 3), (3, 3)])

    def objective(one: Tensor, other: Tensor) -> Tensor:
        return similarity(
            first._replace(vectors=one), second._replace(vectors=other), max_cells
        )

    inputs = [part.vectors.nan_to_num(7.0) for part in (first, second)]
    leaves = [part.requires_grad_() for part in inputs]
    assert torch.autograd.gradcheck(objective, leaves)


def test_padding_gets_no_gradient_and_spoils_none() -> None:
    first, second = random_pairs([(4, 2), (1, 3)])
    vectors = first.vectors.requires_grad_()
    similarity(first._replace(vectors=vectors), second).sum().backward()
    assert vectors.grad is not None
    assert vectors.grad.isfinite().all()
    assert vectors.grad[0].any()
    assert not vectors.grad[1, 1:].any()


def test_half_precision_is_computed_in_single() -> None:
    first, second = (
        PaddedVectors(part.vectors.bfloat16(), part.lengths)
        for part in random_pairs([(4, 2)])
    )
    wide = (
        PaddedVectors(part.vectors.float(), part.lengths) for part in (first, second)
    )
    scores = similarity(first, second)
    assert scores.dtype == torch.float32
    assert torch.equal(scores, similarity(*wide))


def test_unequal_numbers_of_proteins_are_refused() -> None:
    with pytest.raises(ValueError, match="as many"):
        similarity(random_vectors(2, 3), random_vectors(2))


def test_an_empty_protein_is_refused() -> None:
    empty = PaddedVectors(torch.zeros(1, 2, 3), torch.tensor([0]))
    with pytest.raises(ValueError, match="without residues"):
        similarity(random_vectors(2), empty)


@pytest.mark.parametrize(("outputs", "weights"), [(1, 2), (4, 8)])
def test_a_fresh_head_adds_ten(outputs: int, weights: int) -> None:
    head = PairHead(outputs)
    assert sum(part.numel() for part in head.parameters()) == weights
    logits = head(torch.tensor([-10.0, -7.5]))
    assert logits.tolist() == [[0.0] * outputs, [2.5] * outputs]


def test_outputs_of_the_head_have_their_own_line() -> None:
    head = PairHead(2)
    head.load_state_dict(
        {"weight": torch.tensor([2.0, 0]), "bias": torch.tensor([1.0, 3])}
    )
    assert head(torch.tensor([-4.0])).tolist() == [[-7, 3]]


@pytest.mark.parametrize(
    ("imitate", "expected"), [(False, [0.0, 0.5]), (True, [-2.0, 0.5])]
)
def test_slopes_stay_positive_unless_the_released_code_is_imitated(
    imitate: bool, expected: list[float]
) -> None:
    head = PairHead(2, imitate_released_code=imitate)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([-2.0, 0.5]))
    same = head.weight
    head.keep_increasing()
    assert head.weight.tolist() == expected
    assert head.weight is same


def test_levels_are_counted_by_cumulative_bits() -> None:
    assert level_targets(torch.arange(5)).tolist() == [
        [0, 0, 0, 0],
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [1, 1, 1, 0],
        [1, 1, 1, 1],
    ]


def test_probabilities_of_levels_by_hand() -> None:
    chances = torch.tensor([[0.8, 0.5, 0.25, 0.1]], dtype=torch.float64)
    # 1 x 0.2, 0.8 x 0.5, 0.5 x 0.75, 0.25 x 0.9, 0.1 x 1
    joint = np.array([0.2, 0.4, 0.375, 0.225, 0.1])
    found = level_probabilities(chances.logit())
    np.testing.assert_allclose(found[0], joint / joint.sum(), atol=1e-12)
    mean = (0.4 + 2 * 0.375 + 3 * 0.225 + 4 * 0.1) / joint.sum()
    assert expected_level(found).item() == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize("level", range(5))
def test_sure_heads_name_one_level(level: int) -> None:
    logits = (level_targets(torch.tensor([level])) - 0.5) * 1000
    assert level_probabilities(logits)[0].tolist() == [k == level for k in range(5)]
    assert expected_level(level_probabilities(logits)).item() == level
