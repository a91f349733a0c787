"""NetSurfP-2.0's network on profiles, as TAPE computes it.

Two wide convolutions, whose outputs stand beside the profile itself, and a
bidirectional LSTM above.

Sources: Klausen et al. 2019, Proteins 87:520; TAPE's released code
(songlab-cal/tape-neurips2019, NetsurfModel.py), where the second convolution reads the
first one's outputs.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from protlang.models.masked_convolution import MaskedConvolution
from protlang.models.packed_lstm import read
from protlang.models.plus_rnn import require_positive
from protlang.models.tokens import within

WINDOWS = (129, 257)
"""Positions that the two convolutions read."""


@dataclass(frozen=True)
class ConvLstmConfig:
    """Sizes of the network.

    Attributes:
        input_dim: numbers of a profile per residue.
        filters: of each convolution.
        hidden_dim: of each direction's states.
        layers: of the LSTM.
    """

    input_dim: int = 50
    filters: int = 32
    hidden_dim: int = 1024
    layers: int = 2

    def __post_init__(self) -> None:
        require_positive(self, "input_dim", "filters", "hidden_dim", "layers")


class ConvLstm(nn.Module):
    """Convolutions and a bidirectional LSTM over the rows of a profile."""

    def __init__(self, config: ConvLstmConfig) -> None:
        super().__init__()
        self.config = config
        first, second = WINDOWS
        self.first = MaskedConvolution(config.input_dim, config.filters, first)
        self.second = MaskedConvolution(config.filters, config.filters, second)
        self.lstm = nn.LSTM(
            config.input_dim + config.filters,
            config.hidden_dim,
            config.layers,
            bidirectional=True,
            batch_first=True,
        )

    @property
    def channels(self) -> int:
        """Numbers per residue."""
        return 2 * self.config.hidden_dim

    def forward(self, profiles: Tensor, lengths: Tensor) -> Tensor:
        """States (batch, longest, channels), zero where no residue is.

        Args:
            profiles: (batch, longest, input_dim).
            lengths: residues of each protein, int64 (batch), on the CPU.
        """
        present = within(lengths, profiles.shape[1], profiles.device)
        convolved = self.second(self.first(profiles, present), present)
        states: Tensor = read(
            self.lstm, torch.cat([profiles, convolved], dim=2), lengths
        )
        return states
