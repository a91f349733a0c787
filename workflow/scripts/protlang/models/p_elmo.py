"""P-ELMo as PLUS's authors rebuilt it: a language model, and an encoder above it.

Sources: Bepler and Berger 2019; PLUS, Sections 2.2 and 3.2, whose released code has
what neither paper reports.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from protlang.models.packed_lstm import read, reverse
from protlang.models.plus_rnn import (
    EMBEDDING_DIM,
    BidirectionalReader,
    pair_head,
    require_positive,
)
from protlang.models.tokens import (
    BOUNDARY,
    DECODED,
    TOKENS,
    UNKNOWN,
    Representations,
    ResidueBatch,
)

DIRECTIONS = 2


@dataclass(frozen=True)
class PElmoLmConfig:
    """Everything that determines the language model; by default as published.

    Attributes:
        hidden_dim: of an LSTM layer.
        layers: of LSTM.
    """

    hidden_dim: int = 1024
    layers: int = 2

    def __post_init__(self) -> None:
        require_positive(self, "hidden_dim", "layers")

    @property
    def states_dim(self) -> int:
        """Numbers per residue in the states of all layers and both directions."""
        return DIRECTIONS * self.layers * self.hidden_dim


@dataclass(frozen=True)
class PElmoConfig:
    """Everything that determines the encoder; by default as published.

    Attributes:
        language_model: what it stands on.
        input_dim: of a residue's vector that enters the LSTM.
        hidden_dim: of each direction's states.
        layers: of the LSTM.
        projection: dimension of z.
        imitate_released_code: let the head's slopes become negative (`PairHead`).
    """

    language_model: PElmoLmConfig = field(default_factory=PElmoLmConfig)
    input_dim: int = 512
    hidden_dim: int = 512
    layers: int = 3
    projection: int = 100
    imitate_released_code: bool = False

    def __post_init__(self) -> None:
        require_positive(self, "input_dim", "hidden_dim", "layers", "projection")


class PElmoLm(nn.Module):
    """P-ELMo's language model: 12,707,299 weights.

    Both directions have the same weights. At every residue the scores of what was read
    up to it and of what was read back to it are added, so that it is predicted from
    both sides.
    """

    def __init__(self, config: PElmoLmConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(TOKENS, EMBEDDING_DIM, padding_idx=UNKNOWN)
        inputs = [EMBEDDING_DIM] + [config.hidden_dim] * (config.layers - 1)
        layers = (nn.LSTM(dim, config.hidden_dim, batch_first=True) for dim in inputs)
        self.layers = cast("Sequence[nn.LSTM]", nn.ModuleList(layers))
        self.decoder = nn.Linear(config.hidden_dim, DECODED)

    def forward(self, batch: ResidueBatch) -> Tensor:
        """Scores of tokens 0 to 20 at every residue, (batch, longest, 21).

        Nothing of the residue itself enters its scores.
        """
        ahead, back = self._layer_states(batch)[-1]
        scores: Tensor = self.decoder(ahead) + self.decoder(back)
        return scores

    def states(self, batch: ResidueBatch) -> Tensor:
        """States of all layers, (batch, longest, 2 layers dim); zero beside residues.

        By layer, what was read up to the residue and then what was read back to it, in
        the order that published encoders expect.
        """
        layers = self._layer_states(batch)
        return torch.cat([part for layer in layers for part in layer], dim=2)

    def _layer_states(self, batch: ResidueBatch) -> list[tuple[Tensor, Tensor]]:
        """Of each layer, both directions' states (batch, longest, dim) at residues."""
        ahead = _shift(batch.tokens)
        back = _shift(reverse(batch.tokens, batch.lengths))
        # The directions differ in nothing but what they read: one batch for both.
        vectors = self.embedding(torch.cat([ahead, back]))
        lengths = batch.lengths.repeat(DIRECTIONS)
        layers = []
        for layer in self.layers:
            vectors = read(layer, vectors, lengths)
            forward, backward = vectors.chunk(DIRECTIONS)
            layers.append((forward, reverse(backward, batch.lengths)))
        return layers


class PElmo(BidirectionalReader):
    """P-ELMo's encoder: 31,741,540 weights with language model and homology head.

    A residue's input is the ReLU of its own vector and a linear layer of the language
    model's states. That model is frozen: it gets no gradient.

    Args:
        config: its sizes and options.
        pair_outputs: as of `PlusRnn`.
    """

    def __init__(self, config: PElmoConfig, pair_outputs: int | None = 4) -> None:
        super().__init__()
        self.config = config
        self.language_model = PElmoLm(config.language_model).requires_grad_(False)
        self.state_projection = nn.Linear(
            config.language_model.states_dim, config.input_dim
        )
        # Of residues alone, X the last and always zero.
        self.embedding = nn.Embedding(
            UNKNOWN, config.input_dim, padding_idx=UNKNOWN - 1
        )
        self.add_layers(
            config.input_dim,
            config.hidden_dim,
            config.layers,
            config.projection,
            pair_head(pair_outputs, config.imitate_released_code),
        )

    def forward(self, batch: ResidueBatch) -> Representations:
        """Vectors of every residue; a protein's do not depend on the others'."""
        with torch.no_grad():
            states = self.language_model.states(batch)
        residues = (batch.tokens - 1).clamp(min=0)
        inputs = self.embedding(residues) + self.state_projection(states)
        outputs = read(self.lstm, inputs.relu(), batch.lengths)
        return self.represent(outputs, batch)


def _shift(tokens: Tensor) -> Tensor:
    """Put a boundary before (batch, longest) and drop the last place."""
    return pad(tokens[:, :-1], (1, 0), value=BOUNDARY)
