"""LSTMs over unequal sequences equal PyTorch's own on packed ones."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from protlang.models import packed_lstm as lstm_reading
from protlang.models.packed_lstm import GROUP, read, reverse

LENGTHS = [4, 1, 9, 3, 9, 2, 7, 1, 5, 8, 6]
"""Unsorted, more than are read at once, the shortest possible among them."""

EACH = pytest.mark.parametrize("layers", [1, 2, 3])
BOTH = pytest.mark.parametrize("bidirectional", [False, True])


def made(layers: int, bidirectional: bool) -> nn.LSTM:
    torch.manual_seed(layers)
    lstm = nn.LSTM(3, 4, layers, batch_first=True, bidirectional=bidirectional)
    lstm.double()
    for weights in lstm.parameters():
        nn.init.uniform_(weights, -1, 1)
    return lstm


def inputs(longest: int = max(LENGTHS)) -> tuple[Tensor, Tensor]:
    torch.manual_seed(9)
    vectors = torch.randn(len(LENGTHS), longest, 3, dtype=torch.float64)
    return vectors, torch.tensor(LENGTHS)


def packed(lstm: nn.LSTM, vectors: Tensor, lengths: Tensor) -> Tensor:
    """What PyTorch makes of packed sequences."""
    together = pack_padded_sequence(
        vectors, lengths, batch_first=True, enforce_sorted=False
    )
    states, _ = pad_packed_sequence(
        lstm(together)[0], batch_first=True, total_length=vectors.shape[1]
    )
    return states


def close(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-12)


@EACH
@BOTH
def test_states_are_those_of_packed_sequences(layers: int, bidirectional: bool) -> None:
    assert len(LENGTHS) > GROUP
    lstm = made(layers, bidirectional)
    vectors, lengths = inputs()
    close(read(lstm, vectors, lengths), packed(lstm, vectors, lengths))


@EACH
@BOTH
def test_gradients_are_those_of_packed_sequences(
    layers: int, bidirectional: bool
) -> None:
    lstm = made(layers, bidirectional)
    vectors, lengths = inputs()
    wanted = [vectors, *lstm.parameters()]
    vectors.requires_grad_()
    width = 4 * (1 + bidirectional)
    weights = torch.randn(*vectors.shape[:2], width, dtype=torch.float64)
    gradients = [
        torch.autograd.grad((reader(lstm, vectors, lengths) * weights).sum(), wanted)
        for reader in (read, packed)
    ]
    for found, expected in zip(*gradients, strict=True):
        assert expected.any()
        close(found, expected)


@BOTH
def test_what_follows_a_sequence_is_not_read(bidirectional: bool) -> None:
    lstm = made(2, bidirectional)
    vectors, lengths = inputs(longest=12)
    spoiled = vectors.clone()
    for row, length in enumerate(LENGTHS):
        spoiled[row, length:] = torch.nan
    states = read(lstm, spoiled, lengths)
    assert torch.equal(states, read(lstm, vectors, lengths))
    assert states.shape[1] == 12
    for row, length in enumerate(LENGTHS):
        assert not states[row, length:].any()
        assert states[row, :length].all()


def test_one_sequence_alone_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    lstm = made(2, bidirectional=True)
    vectors, lengths = inputs()
    whole = read(lstm, vectors, lengths)
    for row, length in enumerate(LENGTHS):
        alone = read(lstm, vectors[row : row + 1, :length], lengths[row : row + 1])
        close(alone[0], whole[row, :length])
    monkeypatch.setattr(lstm_reading, "GROUP", 1)
    close(read(lstm, vectors, lengths), whole)


def test_sequences_are_reversed_within_their_lengths() -> None:
    rows = torch.tensor([[1, 2, 3, 9], [4, 9, 9, 9], [5, 6, 7, 8]])
    found = reverse(rows, torch.tensor([3, 1, 4]))
    assert found.tolist() == [[3, 2, 1, 9], [4, 9, 9, 9], [8, 7, 6, 5]]


@pytest.mark.parametrize(("dim", "rounds"), [(8, False), (16, True)])
def test_autocast_rounds_products_of_large_lstms(
    dim: int, rounds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lstm_reading, "BFLOAT16_DIM", 16)
    lstm = nn.LSTM(3, dim, batch_first=True)
    vectors, lengths = inputs()
    exact = read(lstm, vectors.float(), lengths)
    with torch.autocast("cpu", torch.bfloat16):
        found = read(lstm, vectors.float(), lengths)
    assert found.dtype == torch.float32
    assert torch.equal(found, exact) is not rounds
    torch.testing.assert_close(found, exact, rtol=0, atol=0.02)
