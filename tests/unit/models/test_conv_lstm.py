"""NetSurfP-2.0's network on profiles, each as if it were alone."""

import pytest
import torch
from torch.nn.functional import pad

from protlang.errors import ProtlangError
from protlang.models.conv_lstm import ConvLstm, ConvLstmConfig

LENGTHS = [6, 300, 40]


def network() -> ConvLstm:
    torch.manual_seed(0)
    config = ConvLstmConfig(input_dim=5, filters=3, hidden_dim=4, layers=2)
    return ConvLstm(config).double().eval()


def profiles() -> list[torch.Tensor]:
    torch.manual_seed(1)
    return [torch.randn(length, 5, dtype=torch.float64) for length in LENGTHS]


def test_a_proteins_states_do_not_depend_on_its_neighbours() -> None:
    own, rows = network(), profiles()
    padded = torch.stack([pad(row, (0, 0, 0, 300 - len(row)), value=9) for row in rows])
    together = own(padded, torch.tensor(LENGTHS))
    assert together.shape == (3, 300, own.channels)
    for row, profile in enumerate(rows):
        alone = own(profile[None], torch.tensor([len(profile)]))[0]
        assert torch.allclose(together[row, : len(profile)], alone)
        assert not together[row, len(profile) :].any()


def test_the_lstm_reads_profiles_beside_what_was_convolved() -> None:
    own, profile = network(), profiles()[2]
    present = torch.ones(1, 40, dtype=torch.bool)
    convolved = own.second(own.first(profile[None], present), present)
    states, _ = own.lstm(torch.cat([profile[None], convolved], dim=2))
    found = own(profile[None], torch.tensor([40]))
    assert torch.allclose(found, states)


def test_windows_are_the_published_ones() -> None:
    own = network()
    assert [one.convolve.kernel_size for one in (own.first, own.second)] == [
        (129,),
        (257,),
    ]


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ProtlangError, match="filters is 0"):
        ConvLstmConfig(filters=0)
