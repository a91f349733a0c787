"""ELMo's update as the obvious code computes it, the baseline of training.

Products are PyTorch's own, in float32: one over the inputs of a whole window, and two
per step. Every gate has an operation of its own, slopes of all steps are held at once,
one direction is read after the other, and optimizers take a pass over the memory for
each of their operations.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import embedding

from protlang.models.elmo import Elmo, Use
from protlang.models.projected_lstm import ProjectedLstm, State


class PlainTrainedElmo(Elmo):
    """An ELMo whose windows are read and differentiated in the obvious way."""

    def __init__(self, model: Elmo) -> None:
        super().__init__(model.config)
        for stack in self.stacks:
            layers = [_PlainLstm(*sizes_of(layer)) for layer in stack.layers]
            stack.layers = nn.ModuleList(layers)  # type: ignore[assignment]
            stack.dropout = nn.Dropout(model.config.dropout)  # type: ignore[assignment]
        self.load_state_dict(model.state_dict())

    def read(
        self, tokens: Tensor, state: State, use: Use
    ) -> tuple[list[Tensor], State]:
        """As `Elmo.read`, one direction after the other."""
        table = self.characters()
        wanted, states = [], []
        for direction, stack in enumerate(self.stacks):
            vectors = embedding(tokens[direction].t(), table)
            before = State(*(part[direction] for part in state))
            outputs, after = stack(vectors, before)
            wanted.append(use(outputs.transpose(0, 1), direction))
            states.append(after)
        carried = (torch.stack(parts).detach() for parts in zip(*states, strict=True))
        return wanted, State(*carried)


def sizes_of(layer: ProjectedLstm) -> tuple[int, int, tuple[float, float]]:
    """What a layer was made of."""
    dim, projection = layer.projection.shape
    return dim, projection, layer.clips


class _PlainLstm(ProjectedLstm):
    """The layer, with products over the inputs of a whole window."""

    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """As `ProjectedLstm.forward`."""
        bias = self.bias + self.forget_offset
        weights = self.kernel, bias, self.projection
        outputs, cell = _Recurrence.apply(  # type: ignore[no-untyped-call]
            inputs, *weights, state.hidden, state.cell, self.clips
        )
        return outputs, State(outputs[-1], cell)


class _Recurrence(torch.autograd.Function):
    """A window of one layer with its gradient written out."""

    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        kernel: Tensor,
        bias: Tensor,
        projection: Tensor,
        hidden: Tensor,
        cell: Tensor,
        clips: tuple[float, float],
    ) -> tuple[Tensor, Tensor]:
        """Outputs (steps, batch, projection) and the last cell (batch, dim)."""
        size = inputs.shape[-1]
        products = torch.addmm(bias, inputs.flatten(0, 1), kernel[:size])
        gates = products.view(*inputs.shape[:2], -1)
        hiddens, cells = _scan(
            gates, kernel[size:], projection, State(hidden, cell), clips
        )
        ctx.save_for_backward(inputs, kernel, projection, gates, hiddens, cells)
        ctx.clips = clips
        return hiddens[1:], cells[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, d_outputs: Tensor, d_cell: Tensor
    ) -> tuple[Tensor | None, ...]:
        """Gradients of the arguments of `forward`."""
        inputs, kernel, projection, gates, hiddens, cells = ctx.saved_tensors
        size = inputs.shape[-1]
        d_gates, d_outputs, d_hidden, d_cell = _scan_back(
            gates,
            kernel[size:],
            projection,
            State(hiddens, cells),
            State(d_outputs, d_cell),
            ctx.clips,
        )
        flat = d_gates.flatten(0, 1)  # (steps * batch, 4 dim)
        d_kernel = torch.empty_like(kernel)
        torch.mm(inputs.flatten(0, 1).t(), flat, out=d_kernel[:size])
        torch.mm(hiddens[:-1].flatten(0, 1).t(), flat, out=d_kernel[size:])
        out_gates = gates.chunk(4, dim=-1)[3]
        squashed = cells[1:].tanh().mul_(out_gates).to(gates.dtype).flatten(0, 1)
        d_projection = squashed.t() @ d_outputs.flatten(0, 1)
        d_inputs = (flat @ kernel[:size].t()).view_as(inputs)
        d_bias = flat.sum(dim=0)
        return d_inputs, d_kernel, d_bias, d_projection, d_hidden, d_cell, None


def _scan(
    gates: Tensor,
    recurrent: Tensor,
    projection: Tensor,
    state: State,
    clips: tuple[float, float],
) -> tuple[Tensor, Tensor]:
    """Run the recurrence over a window.

    Args:
        gates: products of the inputs, (steps, batch, 4 dim); overwritten with the
            activated gates i, j, f, o.
        recurrent: rows of the kernel that act on the previous output.
        projection: (dim, projection).
        state: before the first step.
        clips: of cells and of outputs.

    Returns:
        Outputs (1 + steps, batch, projection) and cells (1 + steps, batch, dim),
        the state before the first step included.
    """
    steps, batch, _ = gates.shape
    cell_clip, projection_clip = clips
    hiddens = state.hidden.new_empty(steps + 1, batch, projection.shape[1])
    cells = state.cell.new_empty(steps + 1, batch, projection.shape[0])
    hiddens[0], cells[0] = state
    squashed = gates.new_empty(batch, projection.shape[0])
    hidden, cell = hiddens[0], cells[0]
    following = hiddens[1:].unbind(), cells[1:].unbind()
    for gate, next_hidden, next_cell in zip(gates.unbind(), *following, strict=True):
        gate.addmm_(hidden, recurrent)
        i, j, f, o = gate.chunk(4, dim=1)
        i.sigmoid_()
        j.tanh_()
        f.sigmoid_()
        o.sigmoid_()
        torch.mul(f, cell, out=next_cell)
        next_cell.addcmul_(i, j).clamp_(-cell_clip, cell_clip)
        torch.tanh(next_cell, out=squashed)
        torch.mm(squashed.mul_(o), projection, out=next_hidden)
        next_hidden.clamp_(-projection_clip, projection_clip)
        hidden, cell = next_hidden, next_cell
    return hiddens, cells


def _scan_back(
    gates: Tensor,
    recurrent: Tensor,
    projection: Tensor,
    states: State,
    gradient: State,
    clips: tuple[float, float],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gradients of a window, from its last step to its first.

    Args:
        gates: activated, (steps, batch, 4 dim).
        recurrent: rows of the kernel that act on the previous output.
        projection: (dim, projection).
        states: of all steps, what `_scan` returned.
        gradient: of the outputs (steps, batch, projection) and of the last cell.
        clips: of cells and of outputs; nothing flows through a clipped value.

    Returns:
        Gradients of the gates before activation (steps, batch, 4 dim), of the
        outputs before clipping, and of the first state's hidden and cell.
    """
    cell_clip, projection_clip = clips
    unclipped = (states.cell[1:].abs() < cell_clip).to(gates.dtype)
    d_gates, through_output, forget = _slopes(gates, states.cell, unclipped)
    open_outputs = (states.hidden[1:].abs() < projection_clip).to(gates.dtype)
    d_outputs = gradient.hidden * open_outputs
    d_cell = gradient.cell.clone()
    d_hidden = torch.zeros_like(d_outputs[0])
    for step in reversed(range(len(gates))):
        d_output = d_outputs[step].addcmul_(d_hidden, open_outputs[step])
        d_squashed = d_output @ projection.t()
        d_cell.addcmul_(d_squashed, through_output[step])
        d_gates[step, :, :3].mul_(d_cell.unsqueeze(1))
        d_gates[step, :, 3].mul_(d_squashed)
        d_cell.mul_(forget[step])
        d_hidden = d_gates[step].flatten(1) @ recurrent.t()
    return d_gates.flatten(2), d_outputs, d_hidden, d_cell


def _slopes(
    gates: Tensor, cells: Tensor, unclipped: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """What a gradient is multiplied with on its way back, for all steps at once.

    Args:
        gates: activated, (steps, batch, 4 dim).
        cells: (1 + steps, batch, dim).
        unclipped: (steps, batch, dim), 0 where the cell was clipped and 1 elsewhere.

    Returns:
        From cell (i, j, f) or gated output (o) to the gates before activation, (steps,
        batch, 4, dim); from gated output to cell; from cell to previous cell.
    """
    i, j, f, o = gates.chunk(4, dim=-1)
    squashed = cells[1:].tanh()
    slopes = gates.new_empty(*unclipped.shape[:2], 4, unclipped.shape[2])
    slopes[:, :, 0] = j * i * (1 - i) * unclipped
    slopes[:, :, 1] = i * (1 - j * j) * unclipped
    slopes[:, :, 2] = cells[:-1] * f * (1 - f) * unclipped
    slopes[:, :, 3] = squashed * o * (1 - o)
    return slopes, o * (1 - squashed * squashed), f * unclipped
