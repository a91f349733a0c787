"""Heads that PLUS's encoders are fine-tuned with.

Sources: PLUS, Section 3.4; Bepler and Berger 2019 for contact maps; the released code
for sizes.
"""

import torch
from torch import Tensor, nn

from protlang.models.tokens import within

CONTACT_CHANNELS = 50
CONTACT_WINDOW = 7


class ResidueHead(nn.Module):
    """One hidden layer with ReLU and one output layer, for every residue.

    Args:
        channels: of an encoder's vectors.
        hidden_dim: of the hidden layer.
        outputs: classes, or 1 for a number.
    """

    def __init__(self, channels: int, hidden_dim: int, outputs: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(channels, hidden_dim)
        self.output = nn.Linear(hidden_dim, outputs)

    def forward(self, vectors: Tensor) -> Tensor:
        """Scores (..., outputs) from vectors (..., channels)."""
        scores: Tensor = self.output(self.hidden(vectors).relu())
        return scores


class ConvolutionHead(nn.Module):
    """Normalisation and two convolutions along a protein, for every residue.

    Source: TAPE's released code (songlab-cal/tape-neurips2019,
    AminoAcidClassPredictor.py), with 128 channels between.

    Args:
        channels: of an encoder's vectors.
        hidden_dim: channels between both convolutions.
        outputs: classes.
    """

    def __init__(self, channels: int, hidden_dim: int, outputs: int) -> None:
        super().__init__()
        self.normalise = nn.LayerNorm(channels)
        self.hidden = nn.Conv1d(channels, hidden_dim, 5, padding=2)
        self.output = nn.Conv1d(hidden_dim, outputs, 3, padding=1)

    def forward(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """Scores of all residues end to end, (residues, outputs).

        Args:
            vectors: (proteins, longest, channels); nothing beyond a protein's length
                is read.
            lengths: residues of each protein, int64 (proteins).
        """
        present = within(lengths, vectors.shape[1], vectors.device)
        absent = ~present.unsqueeze(1)
        normal = self.normalise(vectors).transpose(1, 2).masked_fill(absent, 0)
        hidden = self.hidden(normal).relu().masked_fill(absent, 0)
        scores: Tensor = self.output(hidden).transpose(1, 2)[present]
        return scores


class ProteinHead(nn.Module):
    """Attention over residues, and a `ResidueHead` above their weighted mean.

    Args:
        channels: of an encoder's vectors.
        hidden_dim: of the hidden layer.
        outputs: classes, or 1 for a number.
        imitate_released_code: give every residue the weight 1, so that vectors are
            summed up. There, the softmax runs over an axis of one element.
    """

    def __init__(
        self,
        channels: int,
        hidden_dim: int,
        outputs: int,
        imitate_released_code: bool = False,
    ) -> None:
        super().__init__()
        self.imitate_released_code = imitate_released_code
        self.attention = nn.Linear(channels, 1)
        self.head = ResidueHead(channels, hidden_dim, outputs)

    def forward(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """Scores of whole proteins, (proteins, outputs).

        Args:
            vectors: (proteins, longest, channels); nothing beyond a protein's length
                is read.
            lengths: residues of each protein, at least one, int64 (proteins).
        """
        present = within(lengths, vectors.shape[1], vectors.device).unsqueeze(2)
        vectors = vectors.masked_fill(~present, 0)
        if self.imitate_released_code:
            weights = present.to(vectors.dtype)
        else:
            scores = self.attention(vectors)  # (proteins, longest, 1)
            weights = scores.masked_fill(~present, -torch.inf).softmax(dim=1)
        pooled: Tensor = self.head((vectors * weights).sum(dim=1))
        return pooled


class ContactHead(nn.Module):
    """Contact map of one protein from the vectors of its residues: 12,501 weights.

    A pair of residues is described by |z_i - z_j| and z_i z_j. The window over
    neighbouring pairs is symmetric, and so is the map.
    """

    def __init__(self, channels: int = 100) -> None:
        super().__init__()
        self.compress = nn.Conv2d(2 * channels, CONTACT_CHANNELS, 1)
        self.window = nn.Conv2d(
            CONTACT_CHANNELS, 1, CONTACT_WINDOW, padding=CONTACT_WINDOW // 2
        )
        self.symmetrise()

    def forward(self, vectors: Tensor) -> Tensor:
        """Logits of contacts, (length, length), from vectors (length, channels)."""
        rows, columns = vectors.t().unsqueeze(2), vectors.t().unsqueeze(1)
        features = torch.cat([(rows - columns).abs(), rows * columns])
        hidden = self.compress(features.unsqueeze(0)).relu()
        contacts: Tensor = self.window(hidden)
        return contacts[0, 0]

    @torch.no_grad()
    def symmetrise(self) -> None:
        """Make the window symmetric again; to be called after each update."""
        weight = self.window.weight
        weight.copy_((weight + weight.transpose(2, 3)) / 2)
