"""Same inputs, configuration and seed give the same bits; precision of products."""

import os
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn

from protlang.training.precision import Precision


def make_deterministic(seed: int, threads: int) -> None:
    """Seed PyTorch, fix its thread count and refuse operations that are not repeatable.

    The thread count is part of what determines a result: convolutions sum in another
    order when it changes. It therefore comes from the configuration and not from the
    number of cores that happen to be free.
    """
    # Without it, products on a GPU are refused below, as they would not repeat.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    # The same as `use_deterministic_algorithms`, which would also load the compiler.
    torch.set_deterministic_debug_mode("error")
    # Nothing here reads memory before it is written, and filling it all takes a sixth
    # of an update of an ELMo.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def product_dtype(device: torch.device, precision: Precision) -> torch.dtype:
    """The type of factors of matrix products on a device."""
    half = precision == "bfloat16" or (precision == "auto" and device.type == "cuda")
    return torch.bfloat16 if half else torch.float32


def autocast(network: nn.Module, precision: Precision) -> AbstractContextManager[Any]:
    """Half precision of products on the network's device, if it is requested."""
    device = next(network.parameters()).device
    enabled = product_dtype(device, precision) == torch.bfloat16
    return torch.autocast(device.type, torch.bfloat16, enabled=enabled)
