"""Settings of a pre-training on Pfam.

Source: PLUS, Sections 3.3 and 4.1; its released code for what the paper does not print.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PlusTraining:
    """How a model is trained; the defaults are PLUS-RNN's.

    Attributes:
        batch: pairs per process and batch; single domains for P-ELMo's language model.
        optimizer: `adam` at a constant rate, or `bert_adam` as PLUS-TFM's.
        learning_rate: at most.
        warm_up: share of the updates in which the rate of `bert_adam` rises.
        weight_decay: of `bert_adam`.
        masked_lm: weight of the masked language model's loss, lambda in the paper; at
            0, nothing is hidden.
        same_family: weight of same family prediction's loss.
        precision: `bfloat16` autocast on GPUs; the CPU always computes in `float32`.
    """

    batch: int = 64
    optimizer: Literal["adam", "bert_adam"] = "adam"
    learning_rate: float = 0.001
    warm_up: float = 0.01
    weight_decay: float = 0.01
    masked_lm: float = 0.7
    same_family: float = 0.3
    precision: Literal["float32", "bfloat16"] = "bfloat16"
