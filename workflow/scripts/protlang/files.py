"""Files that are either whole or absent, hashes, and names that are safe in HDF5."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from protlang.errors import ProtlangError


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside `path` that replaces it when the block succeeds.

    The temporary file is synced to disk before the rename, so a reader (or a run
    after a power cut) sees the old file or the whole new one, never a part. If the
    block raises, the temporary file is removed and `path` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix
    )
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        sync(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path`, which is new, when the block ends.

    Its files have to be synced by then, as this module's functions do. A folder that
    an earlier process left unfinished is removed.
    """
    temporary = path.with_name(f".{path.name}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, path)
        sync(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path | str, text: str) -> None:
    """Write `text` as UTF-8, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def copy_file(source: Path, target: Path) -> None:
    """Copy the content of a file, atomically."""
    with atomic_path(target) as temporary:
        shutil.copyfile(source, temporary)


def file_hash(path: Path | str, algorithm: str = "sha256") -> str:
    """Hexadecimal digest of a file's bytes, read in blocks."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def require_file(path: Path | str, remedy: str) -> Path:
    """Return `path` if it is a file that holds something.

    Raises:
        ProtlangError: if it is missing or empty; the message ends in `remedy`.
    """
    path = Path(path)
    if not path.is_file():
        fault = "is no file" if path.exists() else "does not exist"
        raise ProtlangError(f"{path} {fault}; {remedy}")
    if path.stat().st_size == 0:
        raise ProtlangError(f"{path} is empty; {remedy}")
    return path


def hdf5_key(identifier: str) -> str:
    """A name for one data set of an HDF5 file, made from any record identifier.

    Percent-encoding is reversible (`urllib.parse.unquote`) and keeps `/`, which
    would open a group, and a leading `.`, which HDF5 reserves, out of the name.
    """
    key = quote(identifier, safe="|:+,=@ ")
    return f"%2E{key[1:]}" if key.startswith(".") else key


def sync(path: Path) -> None:
    """Flush the content of a file, or the names in a folder, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
