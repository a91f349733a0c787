"""Folders of encoders, whatever the architecture: their files and their hash."""

import hashlib
from pathlib import Path

from protlang.encoders.provenance import CONFIG_FILE
from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats.bilm import OPTIONS_FILE, WEIGHTS_FILE

OWN_FILES = (CONFIG_FILE, "model.safetensors")
PUBLISHED_FILES = (OPTIONS_FILE, WEIGHTS_FILE)
"""Pairs of files, either of which is an encoder."""


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
