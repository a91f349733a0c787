"""Similarity of one pair of proteins, with a gradient of few passes over the matrices.

A pair's matrices are small enough for a core's cache, and they need no padding. The
gradient is written out, because automatic differentiation takes twice as many passes
and keeps all that lies between.

Sources: PLUS, equations 7 and 8.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import softmax

_distance_slope = torch.ops.aten._cdist_backward.default
_softmax_slope = torch.ops.aten._softmax_backward_data.default


class PairSimilarity(torch.autograd.Function):
    """Expected alignment score c of two proteins, ()."""

    @staticmethod
    def forward(ctx: Any, first: Tensor, second: Tensor, keep: bool) -> Tensor:
        """Align two proteins.

        Args:
            ctx: keeps what the gradient needs.
            first: vectors of its residues, (length, dim), float32 or float64.
            second: likewise.
            keep: whether to keep their distances for the gradient, which computes them
                again otherwise.
        """
        distances = torch.cdist(first, second, p=1)
        _, _, weights = _weights(distances)
        total = weights.sum()
        score = -weights.mul_(distances).sum() / total
        kept = [distances] if keep else []
        ctx.save_for_backward(first, second, score, total, *kept)
        return score

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        """Gradients of both proteins' vectors."""
        first, second, score, total, *kept = ctx.saved_tensors
        distances = kept[0] if kept else torch.cdist(first, second, p=1)
        slope = _slope(distances, score, total).mul_(gradients[0])
        turned = slope.t().contiguous(), distances.t().contiguous()
        return (
            _distance_slope(slope, first, second, 1.0, distances),
            _distance_slope(turned[0], second, first, 1.0, turned[1]),
            None,
        )


def _weights(distances: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weights alpha, beta and omega of equation 8, each (first, second)."""
    alpha, beta = softmax(-distances, dim=1), softmax(-distances, dim=0)
    return alpha, beta, (alpha + beta).addcmul_(alpha, beta, value=-1)


def _slope(distances: Tensor, score: Tensor, total: Tensor) -> Tensor:
    """Gradient of the score by each distance, (first, second).

    With s = -d, dc = (sum of omega ds + (s - c) domega) / (sum of omega).
    """
    alpha, beta, weights = _weights(distances)
    # Of omega, but for the sign and the factor 1 / total that all terms share.
    of_weights = distances + score
    of_alpha = of_weights.addcmul(of_weights, beta, value=-1)
    of_beta = of_weights.addcmul_(of_weights, alpha, value=-1)
    slope: Tensor = _softmax_slope(of_alpha, alpha, 1, distances.dtype)
    slope += _softmax_slope(of_beta, beta, 0, distances.dtype)
    return slope.sub_(weights).div_(total)
