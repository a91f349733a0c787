"""Matrix products whose bits do not depend on neighbours, and the choice among them.

A row of a product is a sum of many terms, and a library may order it by the number of
rows or of threads. The kernels here do not: a row has the same bits whatever stands
beside it, as long as the number of rows is a multiple of the kernel's. `kernel_for` is
the one place that chooses, by a fixed preference and never by timing.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

Product = Callable[[Tensor], Tensor]
"""Maps (rows, inputs) to (rows, outputs); rows are a multiple of its kernel's."""

_BLOCK_ROWS = 64
"""Rows of a block where a library's order may depend on their number."""


class Kernel(NamedTuple):
    """A matrix product that sums every row in the same order.

    Attributes:
        name: as recorded in files.
        rows: what the number of rows has to be a multiple of.
        precision: of the weight that `prepare` takes, of inputs and of outputs.
        prepare: makes a product from a weight matrix (inputs, outputs), of which it
            keeps its own copy or the matrix itself.
    """

    name: str
    rows: int
    precision: torch.dtype
    prepare: Callable[[Tensor], Product]

    def product(self, weight: Tensor, dtype: torch.dtype) -> Product:
        """A product with a copy of a weight matrix, computed in `precision`.

        Args:
            weight: (inputs, outputs).
            dtype: of what the product takes and gives.
        """
        multiply = self.prepare(weight.detach().to(self.precision, copy=True))
        if dtype == self.precision:
            return multiply
        return lambda inputs: multiply(inputs.to(self.precision)).to(dtype)


def kernel_for(device: torch.device, precision: torch.dtype) -> Kernel:
    """The first kernel that there is, in a fixed order of preference.

    On CPUs oneDNN's products with packed weights and MKL's (float32, float64) sum a row
    in an order that depends neither on the number of rows, where that is a multiple of
    4, nor on threads. With matrix units (AMX), oneDNN chooses by the number of rows
    whether to use them, so it gets blocks of 64 rows; and so do other libraries, of
    whose order nothing is known.
    """
    if device.type != "cpu":
        return Kernel(device.type, _BLOCK_ROWS, precision, _blocked(_plain_product))
    if precision == torch.float32 and has_onednn():
        return Kernel("onednn-prepacked", 4, precision, _packed_product)
    if precision == torch.bfloat16 and has_onednn() and has_matrix_units():
        packed = _blocked(_packed_product)
        return Kernel("onednn-prepacked-amx", _BLOCK_ROWS, precision, packed)
    if precision == torch.bfloat16 and has_onednn() and has_bfloat16_products():
        return Kernel("onednn-prepacked", 4, precision, _packed_product)
    if precision != torch.bfloat16 and has_mkl():
        return Kernel("mkl", 4, precision, _plain_product)
    return Kernel("blas", _BLOCK_ROWS, precision, _blocked(_plain_product))


def multiply_once(left: Tensor, right: Tensor) -> Tensor:
    """`left @ right` where neither is used again, e.g. in a gradient.

    In float32 oneDNN is as fast as MKL on CPUs by Intel, twice as fast on others.
    """
    if left.device.type == "cpu" and left.dtype == torch.float32 and has_onednn():
        linear = torch.ops.mkldnn._linear_pointwise.default
        product: Tensor = linear(left, right.t(), None, "none", [], "")
        return product
    return left @ right


def has_onednn() -> bool:
    """Whether this PyTorch has oneDNN's products with packed weights."""
    operations = "_reorder_linear_weight", "_linear_pointwise"
    found = all(hasattr(torch.ops.mkldnn, name) for name in operations)
    return found and bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]


def has_mkl() -> bool:
    """Whether this PyTorch has Intel's library of matrix products."""
    return bool(torch.backends.mkl.is_available())  # type: ignore[no-untyped-call]


def has_bfloat16_products() -> bool:
    """Whether this CPU has instructions for bfloat16 products with float32 sums."""
    return bool(torch.cpu._is_avx512_bf16_supported())


def has_matrix_units() -> bool:
    """Whether this CPU multiplies whole tiles of bfloat16 matrices (AMX)."""
    return bool(torch.cpu._is_amx_tile_supported())


def _packed_product(weight: Tensor) -> Product:
    packed = torch.ops.mkldnn._reorder_linear_weight(weight.t().contiguous())
    linear = torch.ops.mkldnn._linear_pointwise.default
    return lambda inputs: linear(inputs, packed, None, "none", [], "")


def _plain_product(weight: Tensor) -> Product:
    return lambda inputs: inputs @ weight


def _blocked(prepare: Callable[[Tensor], Product]) -> Callable[[Tensor], Product]:
    """Make products of equally shaped blocks, whose sums have a fixed order."""
    return lambda weight: partial(_multiply_blocks, prepare(weight))


def _multiply_blocks(multiply: Product, inputs: Tensor) -> Tensor:
    blocks = [multiply(block) for block in torch.split(inputs, _BLOCK_ROWS)]
    return torch.cat(blocks) if len(blocks) > 1 else blocks[0]


class TrainingKernel(NamedTuple):
    """Products of weights that change with every update, and of whole windows.

    Rows are summed in whatever order is fastest, but always in the same one for the
    same shapes and number of threads.

    Attributes:
        name: as recorded in files.
        prepare: makes a product from a weight matrix (inputs, outputs) and, if there is
            one, a bias (outputs), both as they are now.
        contract: maps (rows, n) and (rows, m) to the sum over rows (n, m).
    """

    name: str
    prepare: Callable[[Tensor, Tensor | None], Product]
    contract: Callable[[Tensor, Tensor], Tensor]


def training_kernel_for(device: torch.device, precision: torch.dtype) -> TrainingKernel:
    """The first kernel for training that there is, in a fixed order of preference.

    oneDNN uses the widest instructions of any CPU, which MKL does on Intel's alone.
    """
    if device.type != "cpu":
        return TrainingKernel(device.type, _plain_layer, _plain_contraction)
    if precision == torch.float32 and has_onednn():
        return TrainingKernel("onednn-prepacked", _packed_layer, _onednn_contraction)
    packs = has_onednn() and (has_bfloat16_products() or has_matrix_units())
    if precision == torch.bfloat16 and packs:
        return TrainingKernel("onednn-prepacked", _packed_layer, _plain_contraction)
    return TrainingKernel("blas", _plain_layer, _plain_contraction)


def _packed_layer(weight: Tensor, bias: Tensor | None = None) -> Product:
    packed = torch.ops.mkldnn._reorder_linear_weight(weight.t())
    linear = torch.ops.mkldnn._linear_pointwise.default
    return lambda inputs: linear(inputs, packed, bias, "none", [], "")


def _plain_layer(weight: Tensor, bias: Tensor | None = None) -> Product:
    if bias is None:
        return lambda inputs: inputs @ weight
    offset = bias.to(weight.dtype)
    return lambda inputs: torch.addmm(offset, inputs, weight)


def _plain_contraction(left: Tensor, right: Tensor) -> Tensor:
    return left.t() @ right


def _onednn_contraction(left: Tensor, right: Tensor) -> Tensor:
    linear = torch.ops.mkldnn._linear_pointwise.default
    product: Tensor = linear(left.t(), right.t(), None, "none", [], "")
    return product
