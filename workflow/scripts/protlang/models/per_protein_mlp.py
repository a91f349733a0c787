"""SeqVec's per-protein network: location and membrane from one vector per protein."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from protlang.alphabet import PROTEIN_CLASSES

HIDDEN_FEATURES = 32
HEADS = PROTEIN_CLASSES
"""The two outputs and their classes, in output order."""

RELEASED, PRINTED = "released", "printed"
ORDERS = (RELEASED, PRINTED)
"""What comes first after dropout: ReLU as in the code that the authors released, or
batch normalisation as the paper prints it."""


class PerProteinOutput(NamedTuple):
    """What the network makes of a batch of proteins.

    Attributes:
        hidden: (batch, 32), the input of both heads (SeqVec, Figure 2, lower row).
        scores: by head, (batch, classes), logits.
    """

    hidden: Tensor
    scores: dict[str, Tensor]


class PerProteinNetwork(nn.Module):
    """Linear to 32, dropout, ReLU and batch normalisation, two linear heads.

    Source: SeqVec, Methods, "Per-protein level", Figure 5. With 1024 numbers per
    protein it has 33,260 parameters (33k in the paper), with 100 it has 3,692 (the
    paper's 320 are the weights of one head).

    Args:
        channels: numbers per protein.
        order: one of `ORDERS`.
        dropout: share of hidden features set to zero in training.
    """

    def __init__(
        self, channels: int, order: str = RELEASED, dropout: float = 0.25
    ) -> None:
        super().__init__()
        self.compress = nn.Linear(channels, HIDDEN_FEATURES)
        self.dropout = nn.Dropout(dropout)
        self.normalise = nn.BatchNorm1d(HIDDEN_FEATURES)
        self.heads = nn.ModuleDict(
            {
                head: nn.Linear(HIDDEN_FEATURES, len(classes))
                for head, classes in HEADS.items()
            }
        )
        if order not in ORDERS:
            raise ValueError(f"order {order!r} is none of {', '.join(ORDERS)}")
        self.order = order

    def forward(self, features: Tensor) -> PerProteinOutput:
        """Hidden features and class scores.

        Args:
            features: (batch, channels); in training at least two proteins, because
                batch normalisation divides by their standard deviation.
        """
        hidden = self.dropout(self.compress(features))  # (batch, 32)
        if self.order == RELEASED:
            hidden = self.normalise(torch.relu(hidden))
        else:
            hidden = torch.relu(self.normalise(hidden))
        return PerProteinOutput(
            hidden, {head: linear(hidden) for head, linear in self.heads.items()}
        )
