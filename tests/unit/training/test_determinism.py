import torch

from protlang.training.determinism import make_deterministic


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
