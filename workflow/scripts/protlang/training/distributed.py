"""One process or many: the same code, started by `python` or by `torchrun`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True)
class Process:
    """This process among those of a training run.

    Attributes:
        rank: from 0; only rank 0 writes what all share.
        size: how many there are.
        device: where this one computes.
    """

    rank: int
    size: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Whether this process writes logs, metrics and the final model."""
        return self.rank == 0


@contextmanager
def process_group(uses_gpu: bool = True) -> Iterator[Process]:
    """Join the other processes that torchrun started, if any, until the block ends.

    Args:
        uses_gpu: whether each process takes a GPU where there are GPUs. The CPU
            computes otherwise, and no GPU is touched.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    rank = int(os.environ.get("RANK", "0"))
    device = _device() if uses_gpu else torch.device("cpu")
    if size == 1:
        yield Process(rank, size, device)
        return
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=timedelta(minutes=30))
    try:
        yield Process(rank, size, device)
    finally:
        dist.destroy_process_group()


def average_gradients(network: nn.Module, process: Process) -> None:
    """Replace every gradient by its mean over all processes, in place.

    All gradients travel as one flat tensor. DistributedDataParallel would rebuild its
    buckets after the first step, so a resumed run would sum in another order than an
    uninterrupted one and lose bitwise equality.
    """
    if process.size == 1:
        return
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    dist.all_reduce(flat)
    flat /= process.size
    sizes = [gradient.numel() for gradient in gradients]
    for gradient, mean in zip(gradients, torch.split(flat, sizes), strict=True):
        gradient.copy_(mean.view_as(gradient))


def mean_over_processes(values: Tensor, process: Process) -> Tensor:
    """Mean of a tensor over all processes."""
    if process.size == 1:
        return values
    total = values.to(process.device, copy=True)
    dist.all_reduce(total)
    return total / process.size


def any_process(flag: bool, process: Process) -> bool:
    """Whether the flag is set in any process; all processes get the same answer."""
    flags = torch.tensor(float(flag), device=process.device)
    return bool(mean_over_processes(flags, process) > 0)


def wait_for_all(process: Process) -> None:
    """Go on when every process has come this far."""
    if process.size > 1:
        dist.barrier()


def from_main(value: Any, process: Process) -> Any:
    """The value that rank 0 has, in every process (numbers, texts, None)."""
    if process.size == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0, device=process.device)
    return box[0]


def _device() -> torch.device:
    if not torch.cuda.is_available():
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(device)
    return device
