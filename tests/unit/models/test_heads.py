"""Heads of fine-tuning against loops over residues."""

import math

import numpy as np
import pytest
import torch

from protlang.models.heads import ContactHead, ConvolutionHead, ProteinHead, ResidueHead
from support import plus_reference as reference


def make_protein_head(imitate: bool = False) -> ProteinHead:
    torch.manual_seed(0)
    head = ProteinHead(4, 6, 3, imitate_released_code=imitate)
    reference.make_double(head, gain=2)
    return head


def vectors_of(*lengths: int, dim: int = 4) -> torch.Tensor:
    """Proteins whose padding is no number."""
    generator = torch.Generator().manual_seed(0)
    vectors = torch.randn(len(lengths), max(lengths), dim, generator=generator).double()
    for row, length in enumerate(lengths):
        vectors[row, length:] = math.nan
    return vectors


def two_layers(weights: reference.Weights, inputs: np.ndarray) -> np.ndarray:
    hidden = np.maximum(reference.linear(weights, "hidden", inputs), 0)
    return reference.linear(weights, "output", hidden)


@pytest.mark.parametrize("imitate", [False, True])
def test_proteins_are_pooled_by_attention_or_summed(imitate: bool) -> None:
    head = make_protein_head(imitate)
    lengths = 5, 1, 3
    vectors = vectors_of(*lengths)
    scores = head(vectors, torch.tensor(lengths))
    weights = reference.weights_of(head)
    for row, length in enumerate(lengths):
        own = vectors[row, :length].numpy()
        e = reference.linear(weights, "attention", own)[:, 0]
        alpha = np.ones(length) if imitate else np.exp(e) / np.exp(e).sum()
        pooled = sum(a * vector for a, vector in zip(alpha, own, strict=True))
        wanted = two_layers(reference.part(weights, "head"), pooled)
        np.testing.assert_allclose(scores[row].detach(), wanted, atol=1e-12)


@pytest.mark.parametrize("imitate", [False, True])
def test_attention_learns_unless_the_released_code_is_imitated(imitate: bool) -> None:
    head = make_protein_head(imitate)
    vectors = vectors_of(5, 2).requires_grad_()
    head(vectors, torch.tensor([5, 2])).sum().backward()
    assert (head.attention.weight.grad is None) is imitate
    assert vectors.grad is not None
    assert vectors.grad.isfinite().all()
    for weights in head.head.parameters():
        assert weights.grad is not None
        assert weights.grad.isfinite().all()


def test_residues_are_scored_one_by_one() -> None:
    torch.manual_seed(0)
    head = ResidueHead(4, 6, 3)
    reference.make_double(head)
    vectors = torch.randn(2, 5, 4).double()
    wanted = two_layers(reference.weights_of(head), vectors.numpy())
    np.testing.assert_allclose(head(vectors).detach(), wanted, atol=1e-12)


def make_contact_head() -> ContactHead:
    torch.manual_seed(0)
    head = ContactHead(2)
    reference.make_double(head)
    head.symmetrise()
    return head


def test_the_contact_head_has_as_many_weights_as_in_the_released_code() -> None:
    assert sum(weights.numel() for weights in ContactHead().parameters()) == 12_501


def test_contacts_agree_with_the_slow_reference() -> None:
    head = make_contact_head()
    vectors = torch.randn(5, 2).double()
    z = vectors.numpy()
    weights = reference.weights_of(head)
    compress = weights["compress.weight"][:, :, 0, 0]
    hidden = np.zeros((5 + 6, 5 + 6, 50))  # three cells of zeros around
    for i in range(5):
        for j in range(5):
            pair = np.concatenate([np.abs(z[i] - z[j]), z[i] * z[j]])
            hidden[i + 3, j + 3] = np.maximum(
                compress @ pair + weights["compress.bias"], 0
            )
    window = weights["window.weight"][0].transpose(1, 2, 0)  # (7, 7, 50)
    wanted = [
        [(hidden[i : i + 7, j : j + 7] * window).sum() for j in range(5)]
        for i in range(5)
    ]
    found = head(vectors).detach()
    np.testing.assert_allclose(found, wanted + weights["window.bias"], atol=1e-10)


def test_contact_maps_are_symmetric_once_the_window_is() -> None:
    head = make_contact_head()
    z = torch.randn(6, 2).double()
    with torch.no_grad():
        head.window.weight += torch.randn_like(head.window.weight)
    assert not torch.allclose(head(z), head(z).t(), atol=1e-3)
    head.symmetrise()
    np.testing.assert_allclose(head(z).detach(), head(z).t().detach(), atol=1e-12)


def test_a_fresh_window_is_symmetric() -> None:
    weight = ContactHead().window.weight
    assert torch.equal(weight, weight.transpose(2, 3))


def test_two_convolutions_score_each_protein_as_if_it_were_alone() -> None:
    torch.manual_seed(0)
    head = ConvolutionHead(6, 4, 3).double()
    vectors, lengths = torch.randn(3, 9, 6, dtype=torch.float64), [9, 1, 5]
    found = head(vectors, torch.tensor(lengths))
    assert found.shape == (sum(lengths), 3)
    for row, own in enumerate(torch.split(found, lengths)):
        alone = head.normalise(vectors[row : row + 1, : lengths[row]]).transpose(1, 2)
        expected = head.output(head.hidden(alone).relu())[0].T
        assert torch.allclose(own, expected)
