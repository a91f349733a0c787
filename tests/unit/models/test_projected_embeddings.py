import pytest
import torch

from protlang.errors import ProtlangError
from protlang.models.projected_embeddings import (
    ProjectedEmbeddings,
    ProjectedEmbeddingsConfig,
)


def test_vectors_are_projected_linearly() -> None:
    network = ProjectedEmbeddings(ProjectedEmbeddingsConfig(input_dim=6, projection=4))
    vectors = torch.randn(2, 5, 6)
    weight, bias = network.projection.weight, network.projection.bias
    torch.testing.assert_close(network(vectors), vectors @ weight.t() + bias)
    assert sum(one.numel() for one in network.parameters()) == 4 * 6 + 4 + 2 * 4


@pytest.mark.parametrize("option", ["input_dim", "projection"])
def test_impossible_sizes_are_refused(option: str) -> None:
    with pytest.raises(ProtlangError, match=f"{option} is 0; it has to be at least 1"):
        ProjectedEmbeddingsConfig(**{option: 0})
