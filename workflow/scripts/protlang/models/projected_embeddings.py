"""Alignment of proteins from vectors of an encoder that is not trained.

It is the comparison of PLUS, Section 3.4, for encoders that are not fine-tuned: a
linear layer above stored vectors takes the place of PLUS's projection z.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from protlang.models.plus_rnn import pair_head, require_positive


@dataclass(frozen=True)
class ProjectedEmbeddingsConfig:
    """Everything that determines the network.

    Attributes:
        input_dim: of the vectors, 1024 of SeqVec's.
        projection: dimension of z.
        imitate_released_code: let the head's slopes become negative (`PairHead`).
    """

    input_dim: int = 1024
    projection: int = 100
    imitate_released_code: bool = False

    def __post_init__(self) -> None:
        require_positive(self, "input_dim", "projection")


class ProjectedEmbeddings(nn.Module):
    """A linear layer, and the head that compares two proteins.

    Args:
        config: its sizes and options.
        pair_outputs: of the head, as of `PlusRnn`.
    """

    def __init__(
        self, config: ProjectedEmbeddingsConfig, pair_outputs: int | None = 4
    ) -> None:
        super().__init__()
        self.config = config
        self.projection = nn.Linear(config.input_dim, config.projection)
        self.head = pair_head(pair_outputs, config.imitate_released_code)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors z (..., projection) from (..., input_dim)."""
        z: Tensor = self.projection(vectors)
        return z
