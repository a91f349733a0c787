"""Convolution along a protein, computed as few large matrix products.

PyTorch's `Conv1d` wants channels before positions; features have positions before
channels, and many of them. Read as an image of one column whose channels stand last,
they go to oneDNN as they are, and the gradient of the weights is one product of shifted
gradients and features.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import conv2d, conv_transpose2d, pad

from protlang.models.products import multiply_once

_FEW_CHANNELS, _LANES = 512, 16
"""See `_whole`."""

_PRODUCT_POSITIONS = 4096
"""Positions whose share in a gradient is one product: copies of them stay small."""


class WindowConvolution(nn.Conv1d):
    """A `Conv1d` of odd window that keeps the length; positions stand before channels.

    Args:
        inputs: channels of a position.
        outputs: channels of a position.
        window: positions that an output reads.
    """

    def __init__(self, inputs: int, outputs: int, window: int) -> None:
        super().__init__(inputs, outputs, window, padding=window // 2)

    def forward(self, features: Tensor) -> Tensor:
        """From (batch, positions, inputs) to (batch, positions, outputs)."""
        apply = _Convolution.apply
        result: Tensor = apply(features, self.weight, self.bias)  # type: ignore[no-untyped-call]
        return result


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(features, weight)
        margin = weight.shape[2] // 2
        image, kernel = _as_image(_whole(features)), _as_kernel(_whole(weight, 1))
        return _as_rows(conv2d(image, kernel, bias, padding=(margin, 0)))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        features, weight = ctx.saved_tensors
        of_features = None
        if ctx.needs_input_grad[0]:
            image, kernel = _as_image(gradient), _as_kernel(weight)
            margins = weight.shape[2] // 2, 0
            of_features = _as_rows(conv_transpose2d(image, kernel, padding=margins))
        of_weight = _weight_gradient(features, gradient, weight.shape[2])
        return of_features, of_weight, gradient.sum(dim=(0, 1))


def _whole(values: Tensor, behind: int = 0) -> Tensor:
    """Many channels filled up with zeros to a multiple of a vector.

    Of more than 512 channels, oneDNN reads memory that nobody has written behind the
    last ones and multiplies it by zero, which is no zero if NaN stands there.

    Args:
        values: with channels as the last axis, or before `behind` others.
        behind: axes after the channels.
    """
    channels = values.shape[-1 - behind]
    if channels <= _FEW_CHANNELS or channels % _LANES == 0:
        return values
    return pad(values, (0, 0) * behind + (0, -channels % _LANES))


def _as_image(rows: Tensor) -> Tensor:
    """(batch, positions, channels) as (batch, channels, positions, 1), not copied."""
    return rows.contiguous().transpose(1, 2).unsqueeze(3)


def _as_kernel(weight: Tensor) -> Tensor:
    return weight.unsqueeze(3).contiguous(memory_format=torch.channels_last)


def _as_rows(image: Tensor) -> Tensor:
    return image.squeeze(3).transpose(1, 2)


def _weight_gradient(features: Tensor, gradient: Tensor, window: int) -> Tensor:
    """Sum of the products of every position's features and its window's gradients.

    Args:
        features: (batch, positions, inputs).
        gradient: of the outputs, (batch, positions, outputs).
        window: positions that an output reads.

    Returns:
        (outputs, inputs, window).
    """
    outputs, margin = gradient.shape[2], window // 2
    total = features.new_zeros(window * outputs, features.shape[2])
    for rows, padded in zip(
        features, pad(gradient, (0, 0, margin, margin)), strict=True
    ):
        for start in range(0, len(rows), _PRODUCT_POSITIONS):
            block = rows[start : start + _PRODUCT_POSITIONS]
            # Column t holds the gradients of positions t - margin to t + margin.
            shifted = padded[start:].as_strided(
                (window * outputs, len(block)), (1, outputs)
            )
            total += multiply_once(shifted, block)
    # A feature's last window place belongs to the first of these positions.
    return total.view(window, outputs, -1).flip(0).permute(1, 2, 0).contiguous()
