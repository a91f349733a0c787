"""PLUS-RNN: a bidirectional LSTM over residues that guesses masked ones.

Sources: PLUS, Sections 3.2 and 3.3. Where paper and released code differ, this is the
code's network: states of both directions stand side by side, without equation 4's
further layer, and masked residues are guessed from 21 classes.
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import pad

from protlang.errors import ProtlangError
from protlang.models.packed_lstm import read
from protlang.models.soft_alignment import PairHead
from protlang.models.tokens import (
    BOUNDARY,
    DECODED,
    TOKENS,
    UNKNOWN,
    Representations,
    ResidueBatch,
)

EMBEDDING_DIM = 21
"""Of a token's vector, d_e in the paper."""


@dataclass(frozen=True)
class PlusRnnConfig:
    """Everything that determines the network.

    Attributes:
        hidden_dim: of each direction's states, d_h in the paper.
        layers: of the LSTM.
        projection: dimension of z, d_z in the paper.
        imitate_released_code: let the head's slopes become negative, although the
            released code means to keep them from it (`PairHead`).
    """

    hidden_dim: int
    layers: int = 3
    projection: int = 100
    imitate_released_code: bool = False

    @classmethod
    def base(cls) -> "PlusRnnConfig":
        """PLUS-RNN BASE: 14,915,145 weights with the head of same family prediction."""
        return cls(hidden_dim=512)

    @classmethod
    def large(cls) -> "PlusRnnConfig":
        """PLUS-RNN LARGE: 59,189,833 weights with that head."""
        return cls(hidden_dim=1024)

    def __post_init__(self) -> None:
        require_positive(self, "hidden_dim", "layers", "projection")


class PlusRnn(nn.Module):
    """PLUS-RNN.

    Weights begin as PyTorch's layers do.

    Args:
        config: its sizes and options.
        pair_outputs: of the head that compares two proteins: 1 for same family
            prediction, 4 for homology, None for a network without it.
    """

    def __init__(self, config: PlusRnnConfig, pair_outputs: int | None = 1) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(TOKENS, EMBEDDING_DIM, padding_idx=UNKNOWN)
        self.lstm = nn.LSTM(
            EMBEDDING_DIM,
            config.hidden_dim,
            config.layers,
            bidirectional=True,
            batch_first=True,
        )
        self.projection = nn.Linear(2 * config.hidden_dim, config.projection)
        self.decoder = nn.Linear(2 * config.hidden_dim, DECODED)
        self.head = pair_head(pair_outputs, config.imitate_released_code)

    def forward(self, batch: ResidueBatch) -> Representations:
        """Vectors of every residue; a protein's do not depend on the others'."""
        # One vector begins and ends proteins and pads them: padding by one at either
        # side puts begin and end into place.
        tokens = pad(batch.tokens, (1, 1), value=BOUNDARY)
        states = read(self.lstm, self.embedding(tokens), batch.lengths + 2)
        return represent(states[:, 1:-1], batch, self.projection)

    def residue_scores(self, states: Tensor) -> Tensor:
        """Scores (..., 21) of tokens 0 to 20 from states r, (..., 2 dim).

        To guess masked residues, give only theirs: `r[masked]`.
        """
        scores: Tensor = self.decoder(states)
        return scores


def represent(
    states: Tensor, batch: ResidueBatch, projection: nn.Linear
) -> Representations:
    """States (batch, longest, 2 dim) and their projection, zero beside residues."""
    absent = ~batch.present.unsqueeze(2)
    r = states.masked_fill(absent, 0)
    return Representations(r, projection(r).masked_fill(absent, 0))


def pair_head(outputs: int | None, imitate_released_code: bool) -> PairHead | None:
    """The head that compares two proteins, if one is wanted."""
    return None if outputs is None else PairHead(outputs, imitate_released_code)


def require_positive(config: object, *options: str) -> None:
    """Refuse a size below one.

    Raises:
        ProtlangError: naming the first such option.
    """
    for option in options:
        if getattr(config, option) < 1:
            raise ProtlangError(
                f"the model's option {option} is {getattr(config, option)!r}; it has "
                "to be at least 1"
            )
