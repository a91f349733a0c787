"""Training sets PyTorch's threads and determinism; other tests keep theirs."""

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def torch_restored() -> Iterator[None]:
    """Put threads and determinism back."""
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic)
