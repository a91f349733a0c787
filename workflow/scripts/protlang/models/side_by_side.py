"""Several computations at once, each in a thread of its own, and their gradients too.

Threads that never wait for each other lose less than threads that share every single
operation. Each computation has an equal share of PyTorch's threads, so it has the same
bits on one thread and on as many threads as there are computations.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from threading import Barrier
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

T = TypeVar("T")

Results = tuple[Tensor, ...]
Compute = Callable[[Tensor], Results]
"""Maps what all computations share to some results, as many as the others."""


def side_by_side(
    computations: Sequence[Compute],
    shared: Tensor,
    weights: Sequence[Sequence[Tensor]],
) -> list[Results]:
    """Compute several things at once.

    Random numbers have to come from generators that no two computations share. On a
    single thread, or on a GPU, one thing is computed after the other.

    Args:
        computations: functions of the same tensor.
        shared: that tensor.
        weights: by computation, what else its results can be differentiated in.

    Returns:
        The results of each.
    """
    number = len(computations)
    threads = torch.get_num_threads() // number
    if threads == 0 or shared.device.type != "cpu":
        with _precision_of_here(shared):
            return [compute(shared) for compute in computations]
    if not torch.is_grad_enabled():
        settings = [_precision_of_here(shared) for _ in computations]
        given = zip(computations, [shared] * number, settings, strict=True)
        return _each(threads, [_compute] * number, list(given))
    sizes = [len(own) for own in weights]
    leaves = [tensor for own in weights for tensor in own]
    flat = _SideBySide.apply(threads, computations, sizes, shared, *leaves)  # type: ignore[no-untyped-call]
    count = len(flat) // number
    return [flat[start : start + count] for start in range(0, len(flat), count)]


class _SideBySide(torch.autograd.Function):
    """The results, flat; every thread keeps the graph of its own."""

    @staticmethod
    def forward(
        ctx: Any,
        threads: int,
        computations: Sequence[Compute],
        sizes: Sequence[int],
        shared: Tensor,
        *weights: Tensor,
    ) -> Results:
        ctx.set_materialize_grads(False)
        ctx.threads, ctx.sizes, ctx.weights = threads, sizes, weights
        given = [
            (
                function,
                shared.detach().requires_grad_(shared.requires_grad),
                _precision_of_here(shared),
            )
            for function in computations
        ]
        with torch.enable_grad():
            results = _each(threads, [_compute] * len(given), given)
        own = [tensor for _, tensor, _ in given]
        ctx.graphs = list(zip(own, results, strict=True))
        found = [part for parts in results for part in parts]
        given_back = [part.detach() for part in found]
        pairs = zip(found, given_back, strict=True)
        ctx.mark_non_differentiable(*(b for a, b in pairs if not a.requires_grad))
        return tuple(given_back)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Any, ...]:
        parts, remaining, arguments = iter(gradients), iter(ctx.weights), []
        for size, (own, results) in zip(ctx.sizes, ctx.graphs, strict=True):
            leaves = [own, *islice(remaining, size)]
            arguments.append((results, leaves, list(islice(parts, len(results)))))
        ctx.graphs = None
        found = _each(ctx.threads, [_differentiate] * len(arguments), arguments)
        d_shared = [first for first, *_ in found if first is not None]
        d_weights = [gradient for _, *own in found for gradient in own]
        return None, None, None, sum(d_shared) if d_shared else None, *d_weights


def _compute(function: Compute, shared: Tensor, precision: torch.autocast) -> Results:
    with precision:
        return function(shared)


def _precision_of_here(tensor: Tensor) -> torch.autocast:
    """Autocast for other threads as it is in this one.

    It remembers no weights, as the gradients of all their uses would be summed up in
    half precision, and only in one thread.
    """
    kind = tensor.device.type
    dtype, enabled = torch.get_autocast_dtype(kind), torch.is_autocast_enabled(kind)
    return torch.autocast(kind, dtype, enabled=enabled, cache_enabled=False)


def _differentiate(
    results: Results, leaves: Sequence[Tensor], gradients: Sequence[Tensor | None]
) -> list[Tensor | None]:
    """Gradients of tensors, given those of results that depend on them."""
    found: list[Tensor | None] = [None] * len(leaves)
    pairs = zip(results, gradients, strict=True)
    used = [(r, g) for r, g in pairs if r.requires_grad and g is not None]
    places = [n for n, leaf in enumerate(leaves) if leaf.requires_grad]
    if used:
        ends, starts = zip(*used, strict=True)
        wanted = [leaves[place] for place in places]
        parts = torch.autograd.grad(ends, wanted, starts, allow_unused=True)
        for place, part in zip(places, parts, strict=True):
            found[place] = part
    return found


def _each(
    threads: int, functions: Sequence[Callable[..., T]], arguments: Sequence[Any]
) -> list[T]:
    """Call functions, each in a thread of its own."""
    gradients = torch.is_grad_enabled()

    def call(function: Callable[..., T], given: Any) -> T:
        with torch.set_grad_enabled(gradients):
            return function(*given)

    pool = _pool(len(functions), threads)
    return list(pool.map(call, functions, arguments))


@cache
def _pool(workers: int, threads: int) -> ThreadPoolExecutor:
    """Threads in which PyTorch's operations use so many threads each."""
    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(
        workers, "side-by-side", torch.set_num_threads, (threads,)
    )
    list(pool.map(lambda barrier: barrier.wait(), [Barrier(workers)] * workers))
    torch.set_num_threads(before)  # which libraries may have changed for all threads
    return pool
