"""SeqVec's per-residue network: one convolutional network with three heads."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from protlang.alphabet import DISORDER_STATES, Q3_STATES, Q8_STATES
from protlang.models.window_convolution import WindowConvolution

WINDOW = 7
HIDDEN_CHANNELS = 32
HEADS: Mapping[str, str] = {
    "q3": Q3_STATES,
    "q8": Q8_STATES,
    "disorder": DISORDER_STATES,
}
"""The three outputs and the letters of their classes, in output order."""


class PerResidueNetwork(nn.Module):
    """Convolution (window 7) to 32 channels, ReLU, dropout, three convolutions.

    The three parallel output convolutions (3, 8 and 2 classes) see the same 32
    channels, so they are held as one convolution to 13 channels and split.

    Source: SeqVec, Methods, "Per-residue predictor", Figure 5.
    """

    def __init__(self, channels: int, dropout: float = 0.25) -> None:
        super().__init__()
        classes = sum(map(len, HEADS.values()))
        self.hidden = WindowConvolution(channels, HIDDEN_CHANNELS, WINDOW)
        self.dropout = nn.Dropout(dropout)
        self.heads = WindowConvolution(HIDDEN_CHANNELS, classes, WINDOW)

    def forward(self, features: Tensor, present: Tensor) -> dict[str, Tensor]:
        """Class scores (logits) of every residue.

        Hidden features are zeroed where no residue is present. Without that the
        bias of the first layer would make padding non-zero, and a protein's last
        residues would depend on what it was batched with.

        Args:
            features: (batch, length, channels), zero where no residue is present.
            present: bool (batch, length).

        Returns:
            By head, (batch, length, classes).
        """
        hidden = torch.relu(self.hidden(features))  # (batch, length, 32)
        # Dropout draws its numbers channel by channel, as `Conv1d` lays them out.
        hidden = self.dropout(hidden.transpose(1, 2).contiguous()).transpose(1, 2)
        hidden = hidden.masked_fill(~present.unsqueeze(2), 0)
        scores = self.heads(hidden)  # (batch, length, 13)
        sizes = [len(states) for states in HEADS.values()]
        return dict(zip(HEADS, scores.split(sizes, dim=-1), strict=True))
