"""Folders of networks: a description and the weights that fit it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from safetensors.torch import load_file, save_file
from torch import nn

from protlang.encoders.provenance import CONFIG_FILE
from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file, write_text

MODEL_FILE = "model.safetensors"

_REMEDY = "train or import it again"

T = TypeVar("T")


def write_network(
    folder: Path | str, description: Mapping[str, Any], network: nn.Module
) -> None:
    """Write `config.json` and `model.safetensors`, each atomically."""
    folder = Path(folder)
    tensors = {
        name: tensor.contiguous().cpu() for name, tensor in network.state_dict().items()
    }
    with atomic_path(folder / MODEL_FILE) as temporary:
        save_file(tensors, temporary)
    write_text(folder / CONFIG_FILE, json.dumps(dict(description), indent=2) + "\n")


def read_description(
    folder: Path | str, kind: str, build: Callable[[Mapping[str, Any]], T]
) -> T:
    """What a folder's `config.json` describes.

    Args:
        folder: of the network.
        kind: what it should be, for messages.
        build: makes it of the description; may raise ValueError, KeyError, TypeError.

    Raises:
        ProtlangError: if the file is missing or describes something else.
    """
    path = require_file(Path(folder) / CONFIG_FILE, "train or import the model first")
    try:
        return build(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise ProtlangError(
            f"{path} describes no {kind} ({error!r}); {_REMEDY}"
        ) from error


def read_weights(folder: Path | str, network: nn.Module) -> None:
    """Give a network the weights of a folder, and put it into evaluation mode.

    Raises:
        ProtlangError: if the file is missing, damaged or of another network.
    """
    path = require_file(Path(folder) / MODEL_FILE, "train or import the model first")
    try:
        network.load_state_dict(load_file(path))
    except Exception as error:
        # safetensors raises an exception class of its own that it does not export.
        raise ProtlangError(
            f"{path} does not fit {CONFIG_FILE} beside it ({error}); {_REMEDY}"
        ) from error
    network.eval()
