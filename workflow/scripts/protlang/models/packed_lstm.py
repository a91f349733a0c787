"""Running LSTMs over sequences of unequal length, each as if it were alone."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from protlang.models import bfloat16_lstm

GROUP = 8
"""Sequences that the CPU reads at once: of like length, so that little is padding."""


BFLOAT16_DIM = 256
"""States from which on products of bfloat16 are worth their steps in Python."""


def read(lstm: nn.LSTM, vectors: Tensor, lengths: Tensor) -> Tensor:
    """Run an LSTM over sequences.

    Args:
        lstm: with batch_first.
        vectors: (batch, longest, dim); what is beyond a sequence's length is not read.
        lengths: int64 (batch), on the CPU.

    Returns:
        (batch, longest, states), zero beyond a sequence's length.
    """
    if vectors.device.type == "cpu":
        return _read_on_cpu(lstm, vectors, lengths)
    packed = pack_padded_sequence(
        vectors, lengths, batch_first=True, enforce_sorted=False
    )
    outputs, _ = lstm(packed)
    states, _ = pad_packed_sequence(
        outputs, batch_first=True, total_length=vectors.shape[1]
    )
    return states


def reverse(padded: Tensor, lengths: Tensor) -> Tensor:
    """Turn each sequence of (batch, longest, ...) around; padding stays behind it."""
    places = torch.arange(padded.shape[1], device=padded.device)
    # Below zero, places count from the end: padding changes places with padding.
    order = lengths.to(padded.device).unsqueeze(1) - 1 - places
    rows = torch.arange(len(padded), device=padded.device).unsqueeze(1)
    return padded[rows, order]


def _read_on_cpu(lstm: nn.LSTM, vectors: Tensor, lengths: Tensor) -> Tensor:
    """Take bfloat16 under autocast, for an LSTM of some size, and else float32."""
    rounds = torch.is_autocast_enabled("cpu") and lstm.hidden_size >= BFLOAT16_DIM
    with torch.autocast("cpu", enabled=False):
        if rounds:
            return bfloat16_lstm.read(lstm, vectors, lengths)
        weights: Tensor = lstm.weight_ih_l0  # type: ignore[assignment]
        return _read_in_groups(lstm, vectors.to(weights.dtype), lengths)


def _read_in_groups(lstm: nn.LSTM, vectors: Tensor, lengths: Tensor) -> Tensor:
    """What the CPU does instead of reading packed sequences.

    There, the gradient of a packed sequence takes time that grows with the square of
    its length: each step allocates and fills the whole gradient of all steps.
    """
    order = lengths.argsort(descending=True, stable=True)
    longest = vectors.shape[1]
    groups = []
    for chosen in torch.split(order, GROUP):
        part = lengths[chosen]
        states = _read_padded(lstm, vectors[chosen, : int(part[0])], part)
        groups.append(pad(states, (0, 0, 0, longest - states.shape[1])))
    return torch.cat(groups)[order.argsort()]


def _read_padded(lstm: nn.LSTM, vectors: Tensor, lengths: Tensor) -> Tensor:
    places = torch.arange(vectors.shape[1])
    absent = (places >= lengths.unsqueeze(1)).unsqueeze(2)
    for layer in range(lstm.num_layers):
        states = _read_layer(lstm, vectors, f"l{layer}")
        if lstm.bidirectional:
            # What stands behind a sequence must not be read before it.
            turned = _read_layer(lstm, reverse(vectors, lengths), f"l{layer}_reverse")
            states = torch.cat([states, reverse(turned, lengths)], dim=2)
        vectors = states
    return vectors.masked_fill(absent, 0)


def _read_layer(lstm: nn.LSTM, vectors: Tensor, name: str) -> Tensor:
    """One layer in one direction over (batch, longest, dim)."""
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    weights = [getattr(lstm, f"{kind}_{name}") for kind in kinds]
    zero = vectors.new_zeros(1, len(vectors), lstm.hidden_size)
    states: Tensor = torch.lstm(
        vectors,
        (zero, zero),
        weights,
        has_biases=True,
        num_layers=1,
        dropout=0.0,
        train=lstm.training,
        bidirectional=False,
        batch_first=True,
    )[0]
    return states
