"""PLUS-TFM: the Transformer that is pre-trained like PLUS-RNN.

Sources: PLUS, Sections 2.1 and 3.2 (equations 1 and 2); Vaswani et al. 2017; Devlin et
al. 2018. The released code has the sizes: an encoder as BERT's base model, normalised
after each part, with fixed sinusoidal positions and a vocabulary of 25.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, linear, scaled_dot_product_attention
from torch.nn.utils.rnn import pad_sequence

from protlang.errors import ProtlangError
from protlang.models.plus_rnn import require_positive
from protlang.models.tokens import BOUNDARY, TOKENS, within

MASK, BEGIN, SEPARATOR = range(TOKENS, TOKENS + 3)
"""Tokens that recurrent models lack: of masked residues, CLS and SEP."""
TFM_TOKENS = TOKENS + 3

MARKS = 3
"""`BEGIN` and two `SEPARATOR`s of a pair."""

PRETRAINED_TOKENS = 512
"""Longest input of pre-training, with `BEGIN` and `SEPARATOR`s."""

Residues = TypeVar("Residues", Tensor, np.ndarray)

_SEGMENTS = 2
_EPSILON = 1e-12


@dataclass(frozen=True)
class PlusTfmConfig:
    """Everything that determines the network; by default as published.

    Attributes:
        hidden_dim: of each token's state.
        layers: of attention and feed-forward network.
        heads: of each layer's attention.
        feed_forward_dim: of each layer's hidden layer.
        dropout: share zeroed in training.
        max_tokens: longest input, marks included.
        imitate_released_code: normalise by the square root of the standard deviation,
            as the released network does, instead of by the standard deviation. Its
            weights require it.
    """

    hidden_dim: int = 768
    layers: int = 12
    heads: int = 12
    feed_forward_dim: int = 3072
    dropout: float = 0.1
    max_tokens: int = PRETRAINED_TOKENS
    imitate_released_code: bool = False

    def __post_init__(self) -> None:
        require_positive(
            self, "hidden_dim", "layers", "heads", "feed_forward_dim", "max_tokens"
        )
        if self.hidden_dim % (2 * self.heads):
            raise ProtlangError(
                f"the model's option hidden_dim is {self.hidden_dim}; it has to be a "
                f"multiple of twice its heads, {2 * self.heads}"
            )
        if not 0 <= self.dropout < 1:
            raise ProtlangError(
                f"the model's option dropout is {self.dropout!r}; it has to be from 0 "
                "to below 1"
            )


class TfmBatch(NamedTuple):
    """Single proteins or pairs as the Transformer reads them.

    Attributes:
        tokens: int64 (batch, longest), `BOUNDARY` behind each input.
        segments: 1 for the second protein and the mark behind it, else 0, likewise.
        present: where a token stands, bool, likewise.
    """

    tokens: Tensor
    segments: Tensor
    present: Tensor


def join(first: Tensor, second: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Tokens and segments of one input, each int64 (length).

    `BEGIN`, the first protein's residues, `SEPARATOR`; for pairs also the second's
    and another `SEPARATOR`.

    Args:
        first: tokens of residues, int64 (length).
        second: of the other protein of a pair.
    """
    begin, separator = first.new_tensor([BEGIN]), first.new_tensor([SEPARATOR])
    front = torch.cat([begin, first, separator])
    if second is None:
        return front, torch.zeros_like(front)
    back = torch.cat([second, separator])
    segments = torch.cat([torch.zeros_like(front), torch.ones_like(back)])
    return torch.cat([front, back]), segments


def truncate_pair(
    first: Residues, second: Residues, max_tokens: int = PRETRAINED_TOKENS
) -> tuple[Residues, Residues]:
    """Cut the ends of a pair's proteins so that `join` gives at most `max_tokens`.

    The longer one loses residues until both are as long, and then both do, the second
    first. Source: the released code.
    """
    room = max_tokens - MARKS
    # A protein that fits into its half keeps all; the other has the rest.
    keep_first = max(room - len(second), (room + 1) // 2)
    keep_second = max(room - len(first), room // 2)
    return first[:keep_first], second[:keep_second]


def collate(inputs: Sequence[tuple[Tensor, Tensor]]) -> TfmBatch:
    """Lay out what `join` made of several proteins or pairs as one batch."""
    tokens, segments = (
        pad_sequence(list(parts), batch_first=True, padding_value=BOUNDARY)
        for parts in zip(*inputs, strict=True)
    )
    lengths = torch.tensor([len(tokens) for tokens, _ in inputs])
    return TfmBatch(
        tokens, segments, within(lengths, tokens.shape[1], torch.device("cpu"))
    )


def sinusoids(places: int, dim: int) -> Tensor:
    """Position vectors, float64 (places, dim).

    Even columns 2 i hold sin(place / 10000^(2 i / dim)), the others the cosine of the
    same. Source: Vaswani et al. 2017, Section 3.5.
    """
    place = torch.arange(places, dtype=torch.float64).unsqueeze(1)
    column = torch.arange(0, dim, 2, dtype=torch.float64)
    angles = place / 10000 ** (column / dim)
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


class ReleasedNorm(nn.LayerNorm):
    """The released code's normalisation: by the root of the standard deviation."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise (..., dim)."""
        spread = inputs.std(dim=-1, keepdim=True)
        centred = inputs - inputs.mean(dim=-1, keepdim=True)
        return centred / (spread + self.eps).sqrt() * self.weight + self.bias


class Attention(nn.Module):
    """Self-attention of several heads (PLUS, eq. 1 and 2) with its output layer.

    Args:
        dim: of states, a multiple of the number of heads.
        heads: that attend.
        dropout: share of the attention zeroed in training.
    """

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.queries = nn.Linear(dim, dim)
        self.keys = nn.Linear(dim, dim)
        self.values = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """Attend to the tokens that are present.

        Args:
            states: (batch, longest, dim).
            present: bool (batch, longest), at least one token in each row.

        Returns:
            (batch, longest, dim), of no meaning where no token is.
        """
        attended = scaled_dot_product_attention(
            self._split(self.queries(states)),
            self._split(self.keys(states)),
            self._split(self.values(states)),
            attn_mask=present[:, None, None, :],
            dropout_p=self.dropout if self.training else 0.0,
        )
        merged: Tensor = self.output(attended.transpose(1, 2).flatten(2))
        return merged

    def _split(self, states: Tensor) -> Tensor:
        """From (batch, longest, dim) to (batch, heads, longest, dim of a head)."""
        return states.view(*states.shape[:2], self.heads, -1).transpose(1, 2)


class Layer(nn.Module):
    """Attention and a feed-forward network, each added to its input and normalised."""

    def __init__(self, config: PlusTfmConfig) -> None:
        super().__init__()
        self.attention = Attention(config.hidden_dim, config.heads, config.dropout)
        self.attention_norm = norm(config)
        self.widen = nn.Linear(config.hidden_dim, config.feed_forward_dim)
        self.narrow = nn.Linear(config.feed_forward_dim, config.hidden_dim)
        self.feed_forward_norm = norm(config)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """From (batch, longest, dim) to the same; `present` as for `Attention`."""
        attended = self.attention(states, present)
        states = self.attention_norm(states + self.dropout(attended))
        widened = self.narrow(gelu(self.widen(states)))
        out: Tensor = self.feed_forward_norm(states + self.dropout(widened))
        return out


class PlusTfm(nn.Module):
    """PLUS-TFM: 85,670,427 weights with the head of same family prediction.

    Weights begin as PyTorch's layers do.

    Args:
        config: its sizes and options.
        classes: of the head: 2 for same family prediction, 5 for homology, a task's
            own; None for a network without it.
    """

    positions: Tensor

    def __init__(self, config: PlusTfmConfig, classes: int | None = 2) -> None:
        super().__init__()
        self.config = config
        dim = config.hidden_dim
        self.token_embedding = nn.Embedding(TFM_TOKENS, dim)
        self.segment_embedding = nn.Embedding(_SEGMENTS, dim)
        positions = sinusoids(config.max_tokens, dim).to(torch.get_default_dtype())
        self.register_buffer("positions", positions, persistent=False)
        self.embedding_norm = norm(config)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.decoder_hidden = nn.Linear(dim, dim)
        self.decoder_norm = norm(config)
        self.decoder_bias = nn.Parameter(torch.zeros(TFM_TOKENS))
        self.head = None if classes is None else nn.Linear(dim, classes)

    def forward(self, batch: TfmBatch) -> Tensor:
        """States (batch, longest, dim) of every token; zero where none stands.

        Raises:
            ProtlangError: if an input is longer than the model's positions.
        """
        longest = batch.tokens.shape[1]
        if longest > self.config.max_tokens:
            raise ProtlangError(
                f"an input has {longest} tokens, but this PLUS-TFM reads at most "
                f"{self.config.max_tokens}; truncate its proteins or raise max_tokens"
            )
        embedded = self.token_embedding(batch.tokens) + self.positions[:longest]
        embedded = embedded + self.segment_embedding(batch.segments)
        states: Tensor = self.dropout(self.embedding_norm(embedded))
        for layer in self.layers:
            states = layer(states, batch.present)
        return states.masked_fill(~batch.present.unsqueeze(2), 0)

    def token_scores(self, states: Tensor) -> Tensor:
        """Scores (..., 25) of the tokens behind states (..., dim).

        To predict masked residues, pass only theirs: `states[masked]`. The last layer
        has the token embedding's weights.
        """
        hidden = self.decoder_norm(gelu(self.decoder_hidden(states)))
        return linear(hidden, self.token_embedding.weight, self.decoder_bias)

    def class_scores(self, states: Tensor) -> Tensor:
        """The head's scores (..., classes) from states (..., dim).

        Those of `BEGIN`, `states[:, 0]`, are of a protein or pair; the others of
        residues.

        Raises:
            ValueError: if the model has no head.
        """
        if self.head is None:
            raise ValueError("this PLUS-TFM has no head; build it with classes")
        scores: Tensor = self.head(self.dropout(states))
        return scores


def norm(config: PlusTfmConfig) -> nn.LayerNorm:
    """The normalisation of a configuration."""
    kind = ReleasedNorm if config.imitate_released_code else nn.LayerNorm
    return kind(config.hidden_dim, eps=_EPSILON)
