import pytest
import torch
from torch import nn

from protlang.training.determinism import autocast, make_deterministic
from protlang.training.precision import Precision


def test_the_thread_count_and_the_seed_are_the_callers() -> None:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    try:
        make_deterministic(seed=3, threads=2)
        first = torch.rand(4)
        assert torch.get_num_threads() == 2
        assert torch.are_deterministic_algorithms_enabled()
        make_deterministic(seed=3, threads=1)
        assert torch.equal(torch.rand(4), first)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


@pytest.mark.parametrize(
    ("precision", "dtype"),
    [
        ("auto", torch.float32),
        ("float32", torch.float32),
        ("bfloat16", torch.bfloat16),
    ],
)
def test_a_cpu_computes_in_half_precision_on_request_alone(
    precision: Precision, dtype: torch.dtype
) -> None:
    network = nn.Linear(2, 2)
    with autocast(network, precision):
        assert network(torch.ones(1, 2)).dtype == dtype
