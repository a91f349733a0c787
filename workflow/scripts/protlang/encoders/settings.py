"""Settings of inference with an encoder: device, precision, start state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from protlang.errors import ProtlangError

START_STATES = ("warm", "zero")
PRECISIONS: Mapping[str, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
}
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class EncoderSettings:
    """How an encoder computes.

    Attributes:
        start_state: of ELMo's LSTMs before each protein, one of `START_STATES`: `warm`
            is that after a fixed protein, `zero` is zero.
        precision: of matrix products, one of `PRECISIONS`.
        device: one of `DEVICES`; `auto` is the first GPU if there is one.

    Raises:
        ProtlangError: if one of them is none of these.
    """

    start_state: str = "warm"
    precision: str = "float32"
    device: str = "auto"

    def __post_init__(self) -> None:
        require_choice("start_state", self.start_state, START_STATES)
        require_choice("precision", self.precision, tuple(PRECISIONS))
        require_choice("device", self.device, DEVICES)


def require_choice(option: str, value: str, choices: Sequence[str]) -> None:
    """Refuse a value that an option cannot have.

    Raises:
        ProtlangError: with those that it can have.
    """
    if value not in choices:
        raise ProtlangError(
            f"the option {option} is {value!r}; choose one of {', '.join(choices)}"
        )


def chosen_device(device: str) -> str:
    """The device that `auto` stands for here, or the requested one.

    Raises:
        ProtlangError: if a GPU is requested and PyTorch finds none.
    """
    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise ProtlangError(
            "the option device is 'cuda', but PyTorch finds no GPU here; use "
            "device=cpu, or install a PyTorch for the driver of this machine"
        )
    if device == "auto":
        return "cuda" if available else "cpu"
    return device


def computation(device: str, kernel: str) -> dict[str, str]:
    """What vectors depend on besides the encoder and its settings."""
    name = f"cpu {torch.backends.cpu.get_cpu_capability()}"
    if device == "cuda":
        name = f"cuda {torch.cuda.get_device_name()}"
    return {"kernel": kernel, "device": name, "torch_version": str(torch.__version__)}
