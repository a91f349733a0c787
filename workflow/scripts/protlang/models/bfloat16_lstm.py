"""LSTMs trained on a CPU with products of bfloat16.

Weights, states, cells and gates are float32; the factors of matrix products are rounded
to bfloat16, and so are their results. PyTorch's own LSTM in bfloat16 keeps its cells in
bfloat16, too, and computes its gradient no faster than that of float32.

Sequences are packed: ordered by length, the longest first, and laid out step after
step, so that nothing is padding. Both directions of a layer are computed together.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

FACTORS = torch.bfloat16
"""Type of the factors and results of matrix products."""

_KINDS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

_GATES = 4

_sigmoid_slope = torch.ops.aten.sigmoid_backward.default
_tanh_slope = torch.ops.aten.tanh_backward.default
"""Products of a gradient with the slope of a function, given the function's value."""


class _Step(NamedTuple):
    """Rows of the sequences that have a residue at one step.

    Attributes:
        now: of these residues.
        own: the same among states, which begin with those before the first step.
        past: of the same sequences one step before, among states.
    """

    now: slice
    own: slice
    past: slice


class Packing(NamedTuple):
    """Where residues of sequences stand when they are packed.

    Attributes:
        places: of packed residues among those of the padded sequences, (residues).
        turned: of the residue that is as far from the other end of its sequence, by
            packed residue, (residues).
        sizes: sequences by step.
    """

    places: Tensor
    turned: Tensor
    sizes: list[int]

    @classmethod
    def of(cls, lengths: Tensor, longest: int) -> "Packing":
        """That of sequences of these lengths.

        Args:
            lengths: int64 (batch), on the CPU.
            longest: what the sequences are padded to.
        """
        order = lengths.argsort(descending=True, stable=True)
        ordered = lengths[order]
        present = torch.arange(int(ordered[0])).unsqueeze(1) < ordered
        sizes = present.sum(dim=1)
        steps, rows = present.nonzero(as_tuple=True)
        starts = sizes.cumsum(0) - sizes
        turned = starts[ordered[rows] - 1 - steps] + rows
        return cls(order[rows] * longest + steps, turned, sizes.tolist())

    def steps(self) -> Iterator[_Step]:
        """From the first on."""
        first = self.sizes[0]
        start, before = 0, 0
        for size in self.sizes:
            own = slice(start + first, start + first + size)
            yield _Step(slice(start, start + size), own, slice(before, before + size))
            start, before = start + size, own.start

    def turn(self, packed: Tensor, direction: int) -> Tensor:
        """Residues (residues, ...) in the order of a direction, or back."""
        return packed.index_select(0, self.turned) if direction else packed


def read(lstm: nn.LSTM, vectors: Tensor, lengths: Tensor) -> Tensor:
    """Run an LSTM over sequences.

    Args:
        lstm: with batch_first.
        vectors: (batch, longest, dim); what is beyond a sequence's length is not read.
        lengths: int64 (batch), on the CPU.

    Returns:
        (batch, longest, states), float32, zero beyond a sequence's length.
    """
    packing = Packing.of(lengths, vectors.shape[1])
    states = vectors.flatten(0, 1).index_select(0, packing.places)
    for layer in range(lstm.num_layers):
        weights = [_weights(lstm, kind, layer) for kind in _KINDS]
        states = _Layer.apply(states, *weights, packing)  # type: ignore[no-untyped-call]
    padded = states.new_zeros(len(lengths) * vectors.shape[1], states.shape[1])
    padded = padded.index_copy(0, packing.places, states)
    return padded.view(len(lengths), vectors.shape[1], -1)


def _weights(lstm: nn.LSTM, kind: str, layer: int) -> Tensor:
    """Weights of one kind, (directions, 4 dim, ...), with the candidate's last."""
    names = [f"{kind}_l{layer}{end}" for end in ("", "_reverse")]
    found = [getattr(lstm, name) for name in names[: 1 + lstm.bidirectional]]
    enter, keep, candidate, leave = torch.stack(found).chunk(_GATES, dim=1)
    return torch.cat([enter, keep, leave, candidate], dim=1)


def _sums() -> torch.dtype:
    """Type of what is no factor."""
    return torch.promote_types(FACTORS, torch.float32)


class _Layer(torch.autograd.Function):
    """One layer of all directions over packed sequences."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, *weights: Any) -> Tensor:
        """States (residues, directions dim), float32.

        Args:
            ctx: keeps what the gradient needs.
            inputs: (residues, input dim).
            weights: by kind, (directions, 4 dim, ...), and the packing.
        """
        packing = weights[-1]
        w, u, *biases = (part.to(FACTORS) for part in weights[:-1])
        rounded = inputs.to(FACTORS)
        gates = rounded.new_empty(len(w), len(rounded), w.shape[1])
        for end, (one, bias) in enumerate(zip(w, sum(biases), strict=True)):
            torch.addmm(bias, packing.turn(rounded, end), one.t(), out=gates[end])
        states, *kept = _run(gates, u, packing)
        ctx.save_for_backward(rounded, w, u, *kept)
        ctx.packing = packing
        parts = [packing.turn(part, end) for end, part in enumerate(states)]
        return torch.cat(parts, dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of the inputs and of the weights."""
        rounded, w, u, gates, cells, before = ctx.saved_tensors
        packing = ctx.packing
        slopes = _slopes(gradients[0].chunk(len(w), dim=1), u, gates, cells, packing)
        across = slopes.transpose(1, 2)
        inputs = [packing.turn(rounded, end) for end in range(len(w))]
        of_inputs = torch.stack([a @ x for a, x in zip(across, inputs, strict=True)])
        of_states = torch.bmm(across, before)
        bias = slopes.sum(dim=1, dtype=_sums())
        found = None
        if ctx.needs_input_grad[0]:
            parts = [packing.turn(slopes[end] @ w[end], end) for end in range(len(w))]
            found = torch.stack(parts).sum(dim=0, dtype=_sums())
        return found, of_inputs.to(_sums()), of_states.to(_sums()), bias, bias, None


def _run(terms: Tensor, u: Tensor, packing: Packing) -> tuple[Tensor, ...]:
    """States of all residues, and what their gradient needs.

    Args:
        terms: of inputs and biases, of `FACTORS` (directions, residues, 4 dim).
        u: weights of states, of `FACTORS` (directions, 4 dim, dim).
        packing: of the residues.

    Returns:
        States (directions, residues, dim), gates likewise, cells that begin with those
        before the first step, and states before each residue, of `FACTORS`.
    """
    dim, first = u.shape[2], packing.sizes[0]
    gates = torch.empty_like(terms, dtype=_sums())
    states, cells = gates.new_empty(2, len(terms), first + terms.shape[1], dim)
    states[:, :first] = cells[:, :first] = 0
    before = terms.new_empty(*terms.shape[:2], dim)
    across = u.transpose(1, 2)
    for now, own, past in packing.steps():
        before[:, now] = states[:, past]
        gate, cell = gates[:, now], cells[:, own]
        gate.copy_(torch.baddbmm(terms[:, now], before[:, now], across))
        gate[..., : 3 * dim].sigmoid_()
        gate[..., 3 * dim :].tanh_()
        enter, keep, leave, candidate = gate.chunk(_GATES, dim=2)
        torch.mul(enter, candidate, out=cell).addcmul_(keep, cells[:, past])
        torch.tanh(cell, out=states[:, own]).mul_(leave)
    return states[:, first:], gates, cells, before


def _slopes(
    gradients: Sequence[Tensor],
    u: Tensor,
    gates: Tensor,
    cells: Tensor,
    packing: Packing,
) -> Tensor:
    """Gradients of what enters the gates' functions, of `FACTORS`.

    They are (directions, residues, 4 dim).

    Args:
        gradients: of the states by direction, (residues, dim).
        u: weights of states, of `FACTORS` (directions, 4 dim, dim).
        gates: of `_run`.
        cells: likewise.
        packing: of the residues.
    """
    dim, first = u.shape[2], packing.sizes[0]
    slopes = torch.empty_like(gates, dtype=FACTORS)
    states = torch.empty_like(cells)
    for end, gradient in enumerate(gradients):
        states[end, first:] = packing.turn(gradient, end)
    carried = cells.new_zeros(len(cells), first, dim)
    for now, own, past in reversed(list(packing.steps())):
        gate, state = gates[:, now], states[:, own]
        enter, keep, leave, candidate = gate.chunk(_GATES, dim=2)
        cell, shown = carried[:, : now.stop - now.start], cells[:, own].tanh()
        cell += _tanh_slope(state * leave, shown)
        sigmoids = torch.cat(
            [cell * candidate, cell * cells[:, past], state * shown], 2
        )
        slopes[:, now, : 3 * dim] = _sigmoid_slope(sigmoids, gate[..., : 3 * dim])
        slopes[:, now, 3 * dim :] = _tanh_slope(cell * enter, candidate)
        cell *= keep
        states[:, past] += torch.bmm(slopes[:, now], u)
    return slopes
