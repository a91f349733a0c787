"""Weights of models on disk, beside the description that they fit."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from protlang.encoders.folder import CONFIG_FILE, MODEL_FILE, REMEDY
from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file, write_text


def write_model(
    folder: Path | str, description: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> None:
    """Write `config.json` and `model.safetensors`, each atomically."""
    folder = Path(folder)
    contiguous = {name: tensor.contiguous().cpu() for name, tensor in tensors.items()}
    with atomic_path(folder / MODEL_FILE) as temporary:
        save_file(contiguous, temporary)
    write_text(folder / CONFIG_FILE, json.dumps(dict(description), indent=2) + "\n")


def read_tensors(folder: Path | str) -> dict[str, Tensor]:
    """All weights of a folder, by name.

    Raises:
        ProtlangError: if the file is missing or damaged.
    """
    path = require_file(Path(folder) / MODEL_FILE, "train or import the model first")
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ProtlangError(
            f"{path} is not a whole safetensors file ({error}); {REMEDY}"
        ) from error


def fill(network: nn.Module, tensors: Mapping[str, Tensor], path: Path | str) -> None:
    """Give a network exactly these weights, and put it into evaluation mode.

    Args:
        network: on the CPU.
        tensors: by the names of its weights.
        path: of their file, for messages.

    Raises:
        ProtlangError: if they are weights of another network.
    """
    own = network.state_dict()
    unexpected = min(own.keys() ^ tensors.keys(), default=None)
    if unexpected is not None:
        verb = "lacks" if unexpected in own else "has the unknown"
        raise ProtlangError(
            f"{path} does not fit {CONFIG_FILE}: it {verb} weights {unexpected!r}; "
            f"{REMEDY}"
        )
    for name, weights in tensors.items():
        if weights.shape != own[name].shape:
            raise ProtlangError(
                f"{path} does not fit {CONFIG_FILE}: {name!r} has shape "
                f"{tuple(weights.shape)} instead of {tuple(own[name].shape)}; {REMEDY}"
            )
    network.load_state_dict(tensors)
    network.eval()


def read_weights(folder: Path | str, network: nn.Module) -> None:
    """Give a network the weights of a folder, and put it into evaluation mode.

    Raises:
        ProtlangError: if the file is missing, damaged or of another network.
    """
    fill(network, read_tensors(folder), Path(folder) / MODEL_FILE)
