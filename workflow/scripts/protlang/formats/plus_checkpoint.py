"""Weights as the authors of PLUS and P-ELMo publish them: tensors, saved by PyTorch.

The names are those of the released code's modules.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from protlang.errors import ProtlangError
from protlang.files import require_file

_PARALLEL = "module."
"""What names begin with if the network was trained on several devices."""


def read(path: Path | str) -> dict[str, Tensor]:
    """Tensors by name, float32, on the CPU.

    Only tensors are unpickled: a file that holds any other object is refused.

    Raises:
        ProtlangError: if the file is missing or damaged, or holds anything but named
            tensors of float32.
    """
    path = require_file(path, "fetch it again")
    tensors: dict[str, Tensor] = {}
    for name, tensor in _load(path).items():
        _check(name, tensor, path)
        own = name.removeprefix(_PARALLEL)
        if own in tensors:
            raise ProtlangError(f"{path} has the weights {own!r} twice; fetch it again")
        tensors[own] = tensor
    return tensors


def _load(path: Path) -> Mapping[str, Tensor]:
    try:
        contents = torch.load(path, map_location="cpu", weights_only=True)
    # A damaged pickle raises whatever its bytes happen to mean.
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise ProtlangError(
            f"{path} is damaged or holds other objects than tensors, which are never "
            f"loaded ({type(error).__name__}: {reason}); fetch it again"
        ) from error
    if not isinstance(contents, Mapping):
        raise ProtlangError(
            f"{path} holds a {type(contents).__name__} and not named weights; save the "
            "network's state_dict()"
        )
    return contents


def _check(name: object, tensor: object, path: Path) -> None:
    if not isinstance(name, str) or not isinstance(tensor, Tensor):
        raise ProtlangError(
            f"{path}: {name!r} is a {type(tensor).__name__} and not named weights; "
            "save the network's state_dict()"
        )
    if tensor.dtype != torch.float32:
        raise ProtlangError(
            f"{path}: weights {name!r} are {tensor.dtype}, not float32; convert them"
        )
