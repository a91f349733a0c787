"""LSTMs with products of bfloat16 against PyTorch's own on packed sequences."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from protlang.models import bfloat16_lstm
from protlang.models.bfloat16_lstm import Packing, read

LENGTHS = torch.tensor([4, 1, 9, 3, 9, 2, 7])
"""Unsorted, equal ones and the shortest possible among them."""

BOTH = pytest.mark.parametrize("bidirectional", [False, True])


def made(bidirectional: bool, dim: int, layers: int = 2) -> nn.LSTM:
    torch.manual_seed(dim)
    return nn.LSTM(5, dim, layers, batch_first=True, bidirectional=bidirectional)


def inputs(longest: int = 9) -> Tensor:
    torch.manual_seed(9)
    return torch.randn(len(LENGTHS), longest, 5)


def packed(lstm: nn.LSTM, vectors: Tensor) -> Tensor:
    """What PyTorch makes of packed sequences."""
    together = pack_padded_sequence(
        vectors, LENGTHS, batch_first=True, enforce_sorted=False
    )
    states, _ = pad_packed_sequence(
        lstm(together)[0], batch_first=True, total_length=vectors.shape[1]
    )
    return states


def with_gradients(states: Tensor, wanted: list[Tensor]) -> list[Tensor]:
    torch.manual_seed(2)
    weights = torch.randn(states.shape, dtype=states.dtype)
    return [states, *torch.autograd.grad((states * weights).sum(), wanted)]


@BOTH
def test_without_rounding_states_and_gradients_are_pytorch_s(
    bidirectional: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bfloat16_lstm, "FACTORS", torch.float64)
    lstm, vectors = made(bidirectional, 4, 3).double(), inputs().double()
    wanted = [vectors.requires_grad_(), *lstm.parameters()]
    found = with_gradients(read(lstm, vectors, LENGTHS), wanted)
    expected = with_gradients(packed(lstm, vectors), wanted)
    for one, other in zip(found, expected, strict=True):
        assert other.any()
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


@BOTH
def test_rounded_factors_change_little(bidirectional: bool) -> None:
    lstm, vectors = made(bidirectional, 64), inputs()
    wanted = list(lstm.parameters())
    found = with_gradients(read(lstm, vectors, LENGTHS), wanted)
    expected = with_gradients(packed(lstm, vectors), wanted)
    assert {one.dtype for one in found} == {torch.float32}
    for one, other in zip(found, expected, strict=True):
        assert 1e-5 < (one - other).norm() / other.norm() < 0.01


def test_states_are_zero_beyond_sequences_and_padding_is_not_read() -> None:
    lstm, vectors = made(True, 8), inputs(longest=12)
    absent = torch.arange(12) >= LENGTHS.unsqueeze(1)
    vectors[absent] = torch.nan
    states = read(lstm, vectors, LENGTHS)
    assert not states[absent].any()
    assert states[~absent].isfinite().all()


def test_equal_batches_give_equal_bits() -> None:
    lstm, vectors = made(True, 64), inputs()
    runs = [
        with_gradients(read(lstm, vectors, LENGTHS), list(lstm.parameters()))
        for _ in range(2)
    ]
    assert all(torch.equal(one, other) for one, other in zip(*runs, strict=True))


def test_packing_goes_step_by_step_and_turns_each_sequence() -> None:
    packing = Packing.of(torch.tensor([1, 3]), longest=4)
    assert packing.sizes == [2, 1, 1]
    # The second sequence is the longer one, and therefore first.
    assert packing.places.tolist() == [4, 0, 5, 6]
    assert packing.turned.tolist() == [3, 1, 2, 0]
