"""Same inputs, configuration and seed give the same bits."""

import torch


def make_deterministic(seed: int, threads: int) -> None:
    """Seed PyTorch, fix its thread count and refuse operations that are not repeatable.

    The thread count is part of what determines a result: convolutions sum in another
    order when it changes. It therefore comes from the configuration and not from the
    number of cores that happen to be free.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
