"""PLUS-RNN: a bidirectional LSTM over residues that predicts masked ones.

Sources: PLUS, Sections 3.2 and 3.3. Where paper and released code differ, this is the
code's network: states of both directions are side by side, without equation 4's
further layer, and masked residues are predicted among 21 classes.
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
        imitate_released_code: let the head's slopes become negative (`PairHead`).
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


class BidirectionalReader(nn.Module):
    """The layers that PLUS-RNN and P-ELMo's encoder share, above their inputs.

    An LSTM, the projection of its states, a decoder of masked residues and a head for
    pairs of proteins.
    """

    lstm: nn.LSTM
    projection: nn.Linear
    decoder: nn.Linear
    head: PairHead | None

    def add_layers(
        self,
        input_dim: int,
        hidden_dim: int,
        layers: int,
        projection: int,
        head: PairHead | None,
    ) -> None:
        """Make the layers, to be called after the inputs' own layers were made.

        Args:
            input_dim: of a residue's vector that enters the LSTM.
            hidden_dim: of each direction's states.
            layers: of the LSTM.
            projection: dimension of z.
            head: for pairs of proteins.
        """
        self.lstm = nn.LSTM(
            input_dim, hidden_dim, layers, bidirectional=True, batch_first=True
        )
        self.projection = nn.Linear(2 * hidden_dim, projection)
        self.decoder = nn.Linear(2 * hidden_dim, DECODED)
        self.head = head

    def represent(self, states: Tensor, batch: ResidueBatch) -> Representations:
        """States (batch, longest, 2 dim) and projection, zero beside residues."""
        absent = ~batch.present.unsqueeze(2)
        r = states.masked_fill(absent, 0)
        return Representations(r, self.projection(r).masked_fill(absent, 0))

    def residue_scores(self, states: Tensor) -> Tensor:
        """Scores (..., 21) of tokens 0 to 20 from states r, (..., 2 dim).

        To predict masked residues, pass only theirs: `r[masked]`.
        """
        scores: Tensor = self.decoder(states)
        return scores


class PlusRnn(BidirectionalReader):
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
        self.add_layers(
            EMBEDDING_DIM,
            config.hidden_dim,
            config.layers,
            config.projection,
            pair_head(pair_outputs, config.imitate_released_code),
        )

    def forward(self, batch: ResidueBatch) -> Representations:
        """Vectors of every residue; a protein's do not depend on the others'."""
        # One vector begins and ends proteins and pads them: padding by one at either
        # side puts begin and end into place.
        tokens = pad(batch.tokens, (1, 1), value=BOUNDARY)
        states = read(self.lstm, self.embedding(tokens), batch.lengths + 2)
        return self.represent(states[:, 1:-1], batch)


def pair_head(outputs: int | None, imitate_released_code: bool) -> PairHead | None:
    """The head that compares two proteins, if there is one."""
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
