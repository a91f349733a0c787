"""One layer of SeqVec's language model, ready to read many proteins step by step.

Its steps are those of `ProjectedLstm`, arranged for speed. PyTorch computes a tanh ten
times as slowly as a sigmoid, so each tanh is taken from a sigmoid:
tanh(x) = 2 (sigmoid(2 x) - 1/2). The factors 2 stand in the weights and in the memory
cells, which are held doubled; they are exact. An error of a tanh is that of a sigmoid
near 1/2, at most 2e-7.

Whatever is computed for a row has the same bits whichever rows stand beside it, and
whatever the number of threads: by the choice of products, and because PyTorch's formula
of a sigmoid for whole vectors of numbers is never mixed with that for single ones.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

from protlang.models.products import Kernel
from protlang.models.projected_lstm import ProjectedLstm, State

_LANES = 32
"""Numbers of which a loop over vectors takes multiples, on any processor."""
_GRAIN = 32_768
"""Numbers from which PyTorch shares an element-wise operation among threads."""
_I_F_O_J = (0, 2, 3, 1)
"""The published gates' blocks in the order used here."""


class InferenceLayer:
    """Weights of one LSTM layer, ready to be multiplied.

    Gates stand in the order i, f, o, j. The memory cells are filled up with cells that
    stay zero, to a multiple of the processor's vectors.

    Args:
        layer: its weights; a copy of them is kept.
        kernel: to multiply with.
        dtype: of states.
    """

    def __init__(
        self, layer: ProjectedLstm, kernel: Kernel, dtype: torch.dtype
    ) -> None:
        cell_clip, self._projection_clip = layer.clips
        self._cell_clip = 2 * cell_clip
        self._dim, size = layer.projection.shape
        self._filling = -self._dim % _LANES
        self._row_multiple = kernel.rows
        weight = self._arranged(layer.kernel.detach().to(dtype))
        bias = layer.bias.detach().to(dtype) + layer.forget_offset.to(dtype)
        self._bias = self._arranged(bias)
        projection = 2 * layer.projection.detach().to(dtype)
        self._inputs = kernel.product(weight[:size], dtype)
        self._recurrent = kernel.product(weight[size:], dtype)
        self._projection = kernel.product(
            pad(projection, (0, 0, 0, self._filling)), dtype
        )

    def _arranged(self, columns: Tensor) -> Tensor:
        """Blocks of columns i, j, f, o as i, f, o, 2 j, each filled up with zeros."""
        blocks = list(columns.chunk(4, dim=-1))
        blocks[1] = 2 * blocks[1]
        filled = [pad(blocks[number], (0, self._filling)) for number in _I_F_O_J]
        return torch.cat(filled, dim=-1)

    def input_products(self, inputs: Tensor) -> Tensor:
        """What inputs (tokens, projection) add to the gates, (tokens, columns)."""
        filled = pad(inputs, (0, 0, 0, -len(inputs) % self._row_multiple))
        return self._inputs(filled)[: len(inputs)].add_(self._bias)

    def held(self, state: State) -> State:
        """A copy of a state (rows, ...) as `step` needs it.

        Rows are filled up with zeros to the multiple that the kernel demands.
        """
        rows = -len(state.cell) % self._row_multiple
        hidden = pad(state.hidden, (0, 0, 0, rows)).clone()
        return State(hidden, pad(2 * state.cell, (0, self._filling, 0, rows)))

    def given(self, state: State) -> State:
        """The inverse of `held`, for some rows."""
        return State(state.hidden, state.cell[:, : self._dim] / 2)

    def step(self, inputs: Tensor, state: State, squashed: Tensor) -> None:
        """Read one token of each row.

        Args:
            inputs: products of inputs, (active, columns); rows behind these have none,
                and nothing they hold is used.
            state: as `held` (rows, ...); overwritten.
            squashed: shaped like the cells; overwritten.
        """
        gates = self._recurrent(state.hidden)
        gates[: len(inputs)] += inputs
        _sigmoid(gates, gates)
        i, f, o, j = gates.chunk(4, dim=1)
        state.cell.mul_(f).addcmul_(i, j.sub_(0.5), value=4)
        state.cell.clamp_(-self._cell_clip, self._cell_clip)
        _sigmoid(state.cell, squashed)
        output = self._projection(squashed.sub_(0.5).mul_(o))
        clip = self._projection_clip
        torch.clamp(output, -clip, clip, out=state.hidden)


def _sigmoid(values: Tensor, out: Tensor) -> None:
    """Sigmoids by the formula for whole vectors of numbers.

    PyTorch has another formula for what is left at the end of a thread's share. So
    shares have to be multiples of a vector, which is true of contiguous rows if one
    thread computes them all.
    """
    shares = min(torch.get_num_threads(), math.ceil(values.numel() / _GRAIN))
    share = math.ceil(values.numel() / max(shares, 1))
    if values.device.type != "cpu" or shares <= 1 or share % _LANES == 0:
        torch.sigmoid(values, out=out)
        return
    pieces = (torch.split(part.view(-1), _GRAIN) for part in (values, out))
    for piece, place in zip(*pieces, strict=True):
        torch.sigmoid(piece, out=place)
