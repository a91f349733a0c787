"""TAPE's three networks, which PLUS quotes without pre-training as well.

Sources: Rao et al. 2019, NeurIPS, Section 4; its released code
(songlab-cal/tape-neurips2019) for sizes and order of layers. There, dense layers of the
Transformer have normalised weights; these have not.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from protlang.errors import ProtlangError
from protlang.models.masked_convolution import MaskedConvolution
from protlang.models.packed_lstm import read, reverse
from protlang.models.plus_rnn import require_positive
from protlang.models.plus_tfm import Attention, sinusoids
from protlang.models.tokens import TOKENS, ResidueBatch

EMBEDDING_DIM = 128
"""Of a residue's vector in the LSTM and the ResNet."""


@dataclass(frozen=True)
class TapeLstmConfig:
    """Sizes of the LSTM.

    Attributes:
        hidden_dim: of each direction's states.
        layers: of each direction.
        dropout: share of the last states zeroed in training.
    """

    hidden_dim: int = 1024
    layers: int = 3
    dropout: float = 0.1

    def __post_init__(self) -> None:
        require_positive(self, "hidden_dim", "layers")


@dataclass(frozen=True)
class TapeTransformerConfig:
    """Sizes of the Transformer.

    Attributes:
        hidden_dim: of each residue's state.
        layers: of attention and feed-forward network.
        heads: of each layer's attention.
        feed_forward_dim: of each layer's hidden layer.
        dropout: share zeroed in training.
    """

    hidden_dim: int = 512
    layers: int = 12
    heads: int = 8
    feed_forward_dim: int = 2048
    dropout: float = 0.1

    def __post_init__(self) -> None:
        require_positive(self, "hidden_dim", "layers", "heads", "feed_forward_dim")
        if self.hidden_dim % (2 * self.heads):
            raise ProtlangError(
                f"the model's option hidden_dim is {self.hidden_dim}; it has to be a "
                f"multiple of twice its heads, {2 * self.heads}"
            )


@dataclass(frozen=True)
class TapeResNetConfig:
    """Sizes of the ResNet.

    Attributes:
        hidden_dim: channels of a residue.
        layers: blocks of two convolutions.
        window: positions that a convolution reads.
        dilation: distance of these positions, but for the first block's.
        dropout: share zeroed in training.
    """

    hidden_dim: int = 256
    layers: int = 35
    window: int = 9
    dilation: int = 2
    dropout: float = 0.1

    def __post_init__(self) -> None:
        require_positive(self, "hidden_dim", "layers", "window", "dilation")


class TapeLstm(nn.Module):
    """Two LSTMs of several layers, one for each direction, that meet at the end."""

    def __init__(self, config: TapeLstmConfig) -> None:
        super().__init__()
        self.config = config
        sizes = (EMBEDDING_DIM, config.hidden_dim, config.layers)
        self.embedding = nn.Embedding(TOKENS, EMBEDDING_DIM)
        self.forwards = nn.LSTM(*sizes, batch_first=True)
        self.backwards = nn.LSTM(*sizes, batch_first=True)
        self.dropout = nn.Dropout(config.dropout)

    @property
    def channels(self) -> int:
        """Numbers per residue."""
        return 2 * self.config.hidden_dim

    def forward(self, batch: ResidueBatch) -> Tensor:
        """States (batch, longest, channels), zero where no residue is."""
        vectors, lengths = self.embedding(batch.tokens), batch.lengths
        ahead = read(self.forwards, vectors, lengths)
        turned = read(self.backwards, reverse(vectors, lengths), lengths)
        states: Tensor = self.dropout(
            torch.cat([ahead, reverse(turned, lengths)], dim=2)
        )
        return states


class PreNormLayer(nn.Module):
    """Attention and a feed-forward network, each of a normalised input."""

    def __init__(self, config: TapeTransformerConfig) -> None:
        super().__init__()
        dim = config.hidden_dim
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = Attention(dim, config.heads, config.dropout)
        self.feed_forward_norm = nn.LayerNorm(dim)
        self.widen = nn.Linear(dim, config.feed_forward_dim)
        self.narrow = nn.Linear(config.feed_forward_dim, dim)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """From (batch, longest, dim) to the same; `present` as for `Attention`."""
        attended = self.attention(self.attention_norm(states), present)
        states = states + self.dropout(attended)
        widened = self.widen(self.feed_forward_norm(states)).relu()
        out: Tensor = states + self.dropout(self.narrow(widened))
        return out


class TapeTransformer(nn.Module):
    """A Transformer whose positions are put beside a residue's vector and projected."""

    def __init__(self, config: TapeTransformerConfig) -> None:
        super().__init__()
        self.config = config
        dim = config.hidden_dim
        self.embedding = nn.Embedding(TOKENS, dim)
        self.dropout = nn.Dropout(config.dropout)
        self.placed = nn.Linear(2 * dim, dim)
        self.layers = nn.ModuleList(PreNormLayer(config) for _ in range(config.layers))

    @property
    def channels(self) -> int:
        """Numbers per residue."""
        return self.config.hidden_dim

    def forward(self, batch: ResidueBatch) -> Tensor:
        """States (batch, longest, channels), zero where no residue is."""
        embedded = self.dropout(self.embedding(batch.tokens))
        positions = _positions(embedded).expand_as(embedded)
        states: Tensor = self.placed(torch.cat([embedded, positions], dim=2))
        for layer in self.layers:
            states = layer(states, batch.present)
        return states.masked_fill(~batch.present.unsqueeze(2), 0)


class ResidualBlock(nn.Module):
    """Two convolutions, added to their input."""

    def __init__(self, config: TapeResNetConfig, dilation: int) -> None:
        super().__init__()
        dim = config.hidden_dim
        sizes = (dim, dim, config.window, dilation, config.dropout)
        self.first, self.second = MaskedConvolution(*sizes), MaskedConvolution(*sizes)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """From (batch, longest, dim) to the same; `present` is bool, likewise."""
        out: Tensor = states + self.second(self.first(states, present), present)
        return out


class TapeResNet(nn.Module):
    """Blocks of dilated convolutions above a residue's vector and position."""

    def __init__(self, config: TapeResNetConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(TOKENS, EMBEDDING_DIM)
        self.widen = MaskedConvolution(
            EMBEDDING_DIM, config.hidden_dim, config.window, dropout=config.dropout
        )
        dilations = [1, *[config.dilation] * (config.layers - 1)]
        self.blocks = nn.ModuleList(ResidualBlock(config, one) for one in dilations)

    @property
    def channels(self) -> int:
        """Numbers per residue."""
        return self.config.hidden_dim

    def forward(self, batch: ResidueBatch) -> Tensor:
        """States (batch, longest, channels), zero where no residue is."""
        embedded = self.embedding(batch.tokens) * math.sqrt(self.config.hidden_dim)
        present = batch.present
        states: Tensor = self.widen(embedded + _positions(embedded), present)
        for block in self.blocks:
            states = block(states, present)
        return states.masked_fill(~present.unsqueeze(2), 0)


def _positions(vectors: Tensor) -> Tensor:
    """Sinusoids of positions from 1, (longest, dim), for (batch, longest, dim)."""
    _, longest, dim = vectors.shape
    return sinusoids(longest + 1, dim)[1:].to(vectors)
