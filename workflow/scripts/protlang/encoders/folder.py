"""Folders of models, whatever the architecture: their files, description and hash."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from protlang.errors import ProtlangError
from protlang.files import file_hash, require_file
from protlang.formats.bilm import OPTIONS_FILE, WEIGHTS_FILE

CONFIG_FILE, MODEL_FILE = "config.json", "model.safetensors"

OWN_FILES = (CONFIG_FILE, MODEL_FILE)
PUBLISHED_FILES = (OPTIONS_FILE, WEIGHTS_FILE)
"""Pairs of files, either of which is an encoder."""

REMEDY = "train or import it again"

T = TypeVar("T")


def encoder_files(folder: Path | str) -> list[Path]:
    """The pair of files that an encoder consists of.

    Raises:
        ProtlangError: if neither pair is whole.
    """
    folder = Path(folder)
    for names in (OWN_FILES, PUBLISHED_FILES):
        pair = [folder / name for name in names]
        if all(path.is_file() for path in pair):
            return pair
    wanted = ", or ".join(" and ".join(names) for names in (OWN_FILES, PUBLISHED_FILES))
    raise ProtlangError(f"{folder} is no encoder; it needs {wanted}")


def encoder_hash(folder: Path | str) -> str:
    """Hexadecimal SHA-256 over the names and contents of an encoder's files."""
    lines = [f"{path.name} {file_hash(path)}\n" for path in encoder_files(folder)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_config(
    folder: Path | str, kind: str, build: Callable[[Mapping[str, Any]], T]
) -> T:
    """What a folder's `config.json` describes.

    Args:
        folder: of the model.
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
            f"{path} describes no {kind} ({error!r}); {REMEDY}"
        ) from error
    except ProtlangError as error:
        raise ProtlangError(f"{path}: {error}") from error
