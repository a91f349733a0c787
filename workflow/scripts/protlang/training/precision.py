"""The precisions that a training may request."""

from typing import Literal

Precision = Literal["auto", "float32", "bfloat16"]
"""Of matrix products: `auto` is `bfloat16` on GPUs and `float32` on CPUs. Weights,
states and the optimizer are always float32."""
