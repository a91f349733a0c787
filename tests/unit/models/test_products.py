"""Matrix products: bits that ignore neighbours, and the choice of a kernel."""

from collections.abc import Collection

import pytest
import torch

from protlang.models import products
from protlang.models.products import Kernel, kernel_for, training_kernel_for

CPU = torch.device("cpu")
CAPABILITIES = ("onednn", "mkl", "bfloat16_products", "matrix_units")
SHAPES = [(6, 40), (10, 6), (33, 77), (64, 4400), (1100, 64), (128, 1024), (4096, 512)]


def pretend(monkeypatch: pytest.MonkeyPatch, capabilities: Collection[str]) -> None:
    """Let there be these capabilities and no others."""
    for name in CAPABILITIES:
        found = name in capabilities
        monkeypatch.setattr(products, f"has_{name}", lambda found=found: found)


@pytest.mark.parametrize(
    ("capabilities", "precision", "name", "rows"),
    [
        (CAPABILITIES, torch.float32, "onednn-prepacked", 4),
        (CAPABILITIES, torch.bfloat16, "onednn-prepacked-amx", 64),
        (("onednn", "mkl", "bfloat16_products"), torch.bfloat16, "onednn-prepacked", 4),
        (("onednn", "mkl"), torch.bfloat16, "blas", 64),
        (("mkl", "bfloat16_products", "matrix_units"), torch.bfloat16, "blas", 64),
        (("mkl",), torch.float32, "mkl", 4),
        ((), torch.float32, "blas", 64),
        (CAPABILITIES, torch.float64, "mkl", 4),
        (("onednn",), torch.float64, "blas", 64),
    ],
)
def test_the_choice_follows_a_fixed_preference(
    monkeypatch: pytest.MonkeyPatch,
    capabilities: Collection[str],
    precision: torch.dtype,
    name: str,
    rows: int,
) -> None:
    pretend(monkeypatch, capabilities)
    kernel = kernel_for(CPU, precision)
    assert (kernel.name, kernel.rows, kernel.precision) == (name, rows, precision)


def test_other_devices_multiply_blocks() -> None:
    kernel = kernel_for(torch.device("cuda"), torch.bfloat16)
    assert (kernel.name, kernel.rows) == ("cuda", 64)


def check_bits(kernel: Kernel, inputs: int, outputs: int) -> None:
    """Every row is what it is among 256 rows, on one thread."""
    torch.manual_seed(0)
    multiply = kernel.product(torch.randn(inputs, outputs), torch.float32)
    rows = torch.randn(256, inputs)
    torch.set_num_threads(1)
    expected = multiply(rows)
    for threads in (1, 2, 3, 4):
        torch.set_num_threads(threads)
        for number in {kernel.rows, *range(kernel.rows, 257, max(12, kernel.rows))}:
            found = multiply(rows[-number:])
            assert torch.equal(found, expected[-number:]), (threads, number)


@pytest.mark.parametrize(("inputs", "outputs"), SHAPES)
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_rows_have_the_same_bits_whatever_their_number_and_threads(
    inputs: int, outputs: int, precision: torch.dtype
) -> None:
    check_bits(kernel_for(CPU, precision), inputs, outputs)


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [
        (CAPABILITIES, torch.bfloat16),
        (("mkl",), torch.bfloat16),
        ((), torch.float32),
    ],
)
def test_kernels_of_other_machines_keep_their_bits(
    monkeypatch: pytest.MonkeyPatch,
    capabilities: Collection[str],
    precision: torch.dtype,
) -> None:
    if "onednn" in capabilities and not products.has_bfloat16_products():
        pytest.skip("oneDNN multiplies no bfloat16 matrices on this CPU")
    pretend(monkeypatch, capabilities)
    check_bits(kernel_for(CPU, precision), 128, 1024)


@pytest.mark.parametrize(
    ("precision", "allowed"), [(torch.float32, 1e-6), (torch.bfloat16, 5e-3)]
)
def test_products_are_near_exact_ones(precision: torch.dtype, allowed: float) -> None:
    torch.manual_seed(0)
    weight, rows = torch.randn(128, 1024), torch.randn(64, 128)
    found = kernel_for(CPU, precision).product(weight, torch.float32)(rows)
    exact = rows.double() @ weight.double()
    assert found.dtype == torch.float32
    assert (found - exact).norm() <= allowed * exact.norm()


def test_a_product_does_not_follow_later_changes_of_its_weight() -> None:
    weight, rows = torch.randn(8, 8), torch.randn(4, 8)
    for capabilities in (CAPABILITIES, ("mkl",)):
        with pytest.MonkeyPatch.context() as monkeypatch:
            pretend(monkeypatch, capabilities)
            multiply = kernel_for(CPU, torch.float32).product(weight, torch.float32)
        expected = multiply(rows)
        weight.add_(1)
        assert torch.equal(multiply(rows), expected)


@pytest.mark.parametrize("capabilities", [CAPABILITIES, ("mkl",)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_product_used_once_is_the_plain_one(
    monkeypatch: pytest.MonkeyPatch, capabilities: Collection[str], dtype: torch.dtype
) -> None:
    pretend(monkeypatch, capabilities)
    torch.manual_seed(0)
    left = torch.randn(90, 300, dtype=dtype).as_strided((30, 290), (2, 3))
    right = torch.randn(290, 50, dtype=dtype)
    expected = left.double() @ right.double()
    torch.testing.assert_close(
        products.multiply_once(left, right).double(), expected, rtol=1e-5, atol=1e-4
    )


@pytest.mark.parametrize(
    ("capabilities", "precision", "name"),
    [
        (CAPABILITIES, torch.float32, "onednn-prepacked"),
        (CAPABILITIES, torch.bfloat16, "onednn-prepacked"),
        (CAPABILITIES, torch.float64, "blas"),
        (("mkl",), torch.float32, "blas"),
        (("mkl",), torch.bfloat16, "blas"),
        (("onednn", "mkl"), torch.bfloat16, "blas"),
    ],
)
@pytest.mark.parametrize("shape", [(64, 24, 80), (5, 7, 3)])
def test_products_of_training_are_the_plain_ones(
    monkeypatch: pytest.MonkeyPatch,
    capabilities: Collection[str],
    precision: torch.dtype,
    name: str,
    shape: tuple[int, int, int],
) -> None:
    pretend(monkeypatch, capabilities)
    kernel = training_kernel_for(CPU, precision)
    assert kernel.name == name
    rows, inputs, outputs = shape
    torch.manual_seed(0)
    left, weight = torch.randn(rows, inputs), torch.randn(inputs, outputs)
    right, bias = torch.randn(rows, outputs), torch.randn(outputs)
    given = left.to(precision), weight.to(precision), right.to(precision)
    wide_bias = bias.double() if precision == torch.float64 else bias
    found = (
        kernel.prepare(given[1], wide_bias)(given[0]),
        kernel.prepare(given[1].t(), None)(given[2]),
        kernel.contract(given[0], given[2]),
    )
    expected = left @ weight + bias, right @ weight.t(), left.t() @ right
    allowed = 0.05 if precision == torch.bfloat16 else 1e-4
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == precision
        scale = other.abs().max()
        assert (one.double() - other.double()).abs().max() < allowed * scale


def test_other_devices_train_with_their_own_products() -> None:
    kernel = training_kernel_for(torch.device("cuda"), torch.bfloat16)
    assert kernel.name == "cuda"
