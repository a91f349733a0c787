"""An LSTM layer whose output is projected and fed back, with its gradient written out.

Weights stand as in bilm-tf: vectors are rows and multiplied from the left (`x @ W`),
and the four gates are blocks of columns in the order i, j, f, o.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from protlang.models.products import training_kernel_for


class State(NamedTuple):
    """What LSTM layers carry from step to step.

    Attributes:
        hidden: previous outputs, (..., batch, projection).
        cell: memory cells, (..., batch, dim).

    For one layer there are no leading axes; for the whole model they are (direction,
    layer).
    """

    hidden: Tensor
    cell: Tensor


class ProjectedLstm(nn.Module):
    """One LSTM layer of one direction whose output is projected and fed back.

    With z = [x_t ; h_(t-1)] W + b in blocks i, j, f, o:
    c_t = clip(sigmoid(f + 1) c_(t-1) + sigmoid(i) tanh(j)) and
    h_t = clip((sigmoid(o) tanh(c_t)) P). Source: Sak et al. 2014, as in bilm-tf; the 1
    is added at run time and not part of the bias.

    Args:
        dim: of a memory cell.
        projection: dimension of inputs and outputs.
        clips: of memory cells and of outputs.
    """

    forget_offset: Tensor

    def __init__(self, dim: int, projection: int, clips: tuple[float, float]) -> None:
        super().__init__()
        self.clips = clips
        self.kernel = nn.Parameter(torch.empty(2 * projection, 4 * dim))
        self.bias = nn.Parameter(torch.zeros(4 * dim))
        self.projection = nn.Parameter(torch.empty(dim, projection))
        offset = torch.tensor([0.0, 0.0, 1.0, 0.0]).repeat_interleave(dim)
        self.register_buffer("forget_offset", offset, persistent=False)
        nn.init.xavier_uniform_(self.kernel)
        nn.init.xavier_uniform_(self.projection)

    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Read one window; differentiable in inputs, weights and states.

        Args:
            inputs: (steps, batch, projection).
            state: before the first step.

        Returns:
            The outputs (steps, batch, projection), and the state after the last step.
        """
        outputs, cell = _Recurrence.apply(  # type: ignore[no-untyped-call]
            inputs,
            self.kernel,
            self.bias + self.forget_offset,
            self.projection,
            state.hidden,
            state.cell,
            self.clips,
            _product_dtype(inputs),
        )
        return outputs, State(outputs[-1], cell)


class _Recurrence(torch.autograd.Function):
    """A window of one layer with its gradient.

    Written out, because then each weight's gradient is one matrix product over the
    whole window instead of a sum over its steps. Inputs and previous outputs stand side
    by side, so that a step multiplies once by the whole kernel. Factors of matrix
    products have the type `precision`; all else has that of the states.
    """

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
        precision: torch.dtype,
    ) -> tuple[Tensor, Tensor]:
        """Outputs (steps, batch, projection) and the last cell (batch, dim)."""
        factors = kernel.to(precision), projection.to(precision)
        window = _scan(inputs, *factors, bias, State(hidden, cell), clips)
        *others, gates = window
        ctx.save_for_backward(*factors, *others, *gates)
        ctx.clips = clips
        return window.outputs, window.cells[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, d_outputs: Tensor, d_cell: Tensor
    ) -> tuple[Tensor | None, ...]:
        """Gradients of the arguments of `forward`."""
        kernel, projection, operands, outputs, cells, squashed, gated, *gates = (
            ctx.saved_tensors
        )
        window = _Window(operands, outputs, cells, squashed, gated, gates)
        back = _scan_back(
            window, kernel, projection, State(d_outputs, d_cell), ctx.clips
        )
        contract = training_kernel_for(kernel.device, kernel.dtype).contract
        rows = window.operands.flatten(0, 1), back.gates.flatten(0, 1)
        d_kernel = contract(*rows).to(d_cell.dtype)
        rows = window.gated.flatten(0, 1), back.outputs.flatten(0, 1)
        d_projection = contract(*rows).to(d_cell.dtype)
        d_weights = d_kernel, back.bias, d_projection
        return back.inputs, *d_weights, *back.state, None, None


class _Window(NamedTuple):
    """What a window's gradient needs, by step.

    Attributes:
        operands: inputs beside previous outputs, (steps, batch, 2 projection).
        outputs: (steps, batch, projection).
        cells: (1 + steps, batch, dim), the one before the first step included.
        squashed: the cells' hyperbolic tangents, (steps, batch, dim).
        gated: the same behind the output gate, (steps, batch, dim).
        gates: activated gates i, j, f, o of each step, (batch, 4 dim).
    """

    operands: Tensor
    outputs: Tensor
    cells: Tensor
    squashed: Tensor
    gated: Tensor
    gates: list[Tensor]


class _Gradients(NamedTuple):
    """Gradients of a window, by step.

    Attributes:
        inputs: (steps, batch, projection).
        gates: before activation, (steps, batch, 4 dim).
        outputs: before clipping, (steps, batch, projection).
        bias: (4 dim).
        state: before the first step.
    """

    inputs: Tensor
    gates: Tensor
    outputs: Tensor
    bias: Tensor
    state: State


def _scan(
    inputs: Tensor,
    kernel: Tensor,
    projection: Tensor,
    bias: Tensor,
    state: State,
    clips: tuple[float, float],
) -> _Window:
    """Run the recurrence over a window.

    Args:
        inputs: (steps, batch, projection).
        kernel: (2 projection, 4 dim).
        projection: (dim, projection).
        bias: (4 dim).
        state: before the first step.
        clips: of cells and of outputs.
    """
    prepare = training_kernel_for(kernel.device, kernel.dtype).prepare
    to_gates, to_outputs = prepare(kernel, bias), prepare(projection, None)
    steps, batch, size = inputs.shape
    dim = len(projection)
    operands = kernel.new_empty(steps, batch, 2 * size)
    operands[:, :, :size] = inputs
    window = _Window(
        operands,
        state.hidden.new_empty(steps, batch, size),
        state.cell.new_empty(steps + 1, batch, dim),
        state.cell.new_empty(steps, batch, dim),
        kernel.new_empty(steps, batch, dim),
        [],
    )
    window.cells[0] = state.cell
    hidden = state.hidden
    for step in range(steps):
        operands[step, :, size:] = hidden
        gates = to_gates(operands[step]).to(state.cell.dtype)
        _step(gates, window, step, clips[0])
        hidden = window.outputs[step].copy_(to_outputs(window.gated[step]))
        hidden.clamp_(-clips[1], clips[1])
        window.gates.append(gates)
    return window


def _step(gates: Tensor, window: _Window, step: int, clip: float) -> None:
    """From a step's gates before activation, which they replace, to its gated cell."""
    i, j, f, o = gates.chunk(4, dim=1)
    i.sigmoid_()
    _tanh_(j)
    gates[:, 2 * j.shape[1] :].sigmoid_()  # f and o
    cell = torch.mul(f, window.cells[step], out=window.cells[step + 1])
    cell.addcmul_(i, j).clamp_(-clip, clip)
    squashed = _tanh_(window.squashed[step].copy_(cell))
    window.gated[step] = squashed * o


def _scan_back(
    window: _Window,
    kernel: Tensor,
    projection: Tensor,
    gradient: State,
    clips: tuple[float, float],
) -> _Gradients:
    """Gradients of a window, from its last step to its first.

    Args:
        window: what `_scan` returned.
        kernel: (2 projection, 4 dim).
        projection: (dim, projection).
        gradient: of the outputs (steps, batch, projection) and of the last cell.
        clips: of cells and of outputs; nothing flows through a clipped value.
    """
    prepare = training_kernel_for(kernel.device, kernel.dtype).prepare
    to_operands, to_gated = prepare(kernel.t(), None), prepare(projection.t(), None)
    steps, batch, size = gradient.hidden.shape
    width = kernel.shape[1]
    back = _Gradients(
        torch.empty_like(gradient.hidden),
        kernel.new_empty(steps, batch, width),
        kernel.new_empty(steps, batch, size),
        gradient.cell.new_empty(steps, width),
        State(torch.zeros_like(gradient.hidden[0]), gradient.cell.clone()),
    )
    d_hidden, d_cell = back.state
    scratch = torch.empty_like(d_cell), torch.empty_like(d_cell)
    rounds = kernel.dtype != d_cell.dtype
    wide = d_cell.new_empty(batch, width)
    for step in reversed(range(steps)):
        d_output = d_hidden.add_(gradient.hidden[step])
        _clipped(d_output, window.outputs[step], clips[1])
        d_gated = to_gated(back.outputs[step].copy_(d_output)).to(d_cell.dtype)
        d_gates = wide if rounds else back.gates[step]
        _step_back(d_gated, d_cell, window, step, clips[0], scratch, d_gates)
        torch.sum(d_gates, dim=0, out=back.bias[step])
        if rounds:
            back.gates[step] = d_gates
        d_operands = to_operands(back.gates[step])
        back.inputs[step] = d_operands[:, :size]
        d_hidden.copy_(d_operands[:, size:])
    return back._replace(bias=back.bias.sum(dim=0))


def _step_back(
    d_gated: Tensor,
    d_cell: Tensor,
    window: _Window,
    step: int,
    clip: float,
    scratch: tuple[Tensor, Tensor],
    out: Tensor,
) -> None:
    """From the gradient of a step's gated cell to that of its gates.

    Args:
        d_gated: (batch, dim), overwritten.
        d_cell: gradient of the cell after the step, replaced by that of the one before.
        window: what `_scan` returned.
        step: its number.
        clip: of cells.
        scratch: two tensors (batch, dim), overwritten.
        out: receives the gradient of the gates before activation, (batch, 4 dim).
    """
    first, second = scratch
    squashed, before = window.squashed[step], window.cells[step]
    i, j, f, o = window.gates[step].chunk(4, dim=1)
    d_i, d_j, d_f, d_o = out.chunk(4, dim=1)
    _through_tanh(torch.mul(d_gated, o, out=first), squashed, out=first)
    _through_sigmoid(d_gated.mul_(squashed), o, out=d_o)
    _clipped(d_cell.add_(first), window.cells[step + 1], clip)
    _through_sigmoid(torch.mul(d_cell, j, out=first), i, out=d_i)
    _through_tanh(torch.mul(d_cell, i, out=second), j, out=d_j)
    _through_sigmoid(torch.mul(d_cell, before, out=first), f, out=d_f)
    d_cell.mul_(f)


def _tanh_(numbers: Tensor) -> Tensor:
    """Replace numbers by their hyperbolic tangents.

    On CPUs by the logistic function, whose formula in PyTorch is ten times as fast;
    both are as far from the exact value, relative to 1.
    """
    if numbers.device.type != "cpu":
        return numbers.tanh_()
    return numbers.mul_(2).sigmoid_().mul_(2).sub_(1)


def _through_sigmoid(gradient: Tensor, activated: Tensor, out: Tensor) -> None:
    """The gradient before a logistic function, given that behind it."""
    torch.ops.aten.sigmoid_backward.grad_input(gradient, activated, grad_input=out)


def _through_tanh(gradient: Tensor, activated: Tensor, out: Tensor) -> None:
    """The gradient before a hyperbolic tangent, given that behind it."""
    torch.ops.aten.tanh_backward.grad_input(gradient, activated, grad_input=out)


def _clipped(gradient: Tensor, clipped: Tensor, limit: float) -> None:
    """Remove the gradient of numbers that were clipped to plus or minus a limit."""
    torch.ops.aten.hardtanh_backward.grad_input(
        gradient, clipped, -limit, limit, grad_input=gradient
    )


def _product_dtype(operand: Tensor) -> torch.dtype:
    """The type matrix products have: autocast's where that is on."""
    kind = operand.device.type
    if torch.is_autocast_enabled(kind):
        return torch.get_autocast_dtype(kind)
    return operand.dtype
