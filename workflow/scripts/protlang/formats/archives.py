"""Files packed into zip and tar archives: some of them unpacked, or all packed.

No name in an archive becomes a path on this machine, and none is followed as a link.
"""

import gzip
import io
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file
from protlang.formats.compression import damage_reported
from protlang.proteins import SIMULATED_MARK

_SIMULATED_MEMBER = "SIMULATED.txt"
"""A first member that the simulator's archives have, and no published one."""

_FIRST_ZIP_YEAR = (1980, 1, 1, 0, 0, 0)
_DAMAGES = (tarfile.TarError, zipfile.BadZipFile)


@contextmanager
def unpacked(path: Path, endings: Collection[str]) -> Iterator[dict[str, Path]]:
    """Unpack one member for each ending into a temporary folder.

    A zip archive within a zip archive is searched when the outer one has no such member
    (Zenodo packs a record's files once more).

    Args:
        path: a zip archive, or a tar archive however it is compressed.
        endings: ends of members' paths, whole components, e.g. `data/train_src`.

    Yields:
        The unpacked files by ending.

    Raises:
        ProtlangError: if the archive is damaged, has several members with one ending,
            or none with one of them.
    """
    require_file(path, "fetch it again")
    with tempfile.TemporaryDirectory(prefix="protlang-") as folder:
        with damage_reported(path, _DAMAGES):
            found = _unpack(path, endings, Path(folder))
        missing = [ending for ending in endings if ending not in found]
        if missing:
            raise ProtlangError(
                f"{path} has no member that ends in {missing[0]}: fetch it again, or "
                "correct the distribution of its source"
            )
        yield found


def names(path: Path) -> list[str]:
    """Paths of all files in a tar archive, in its order.

    Raises:
        ProtlangError: if the archive is missing or damaged.
    """
    require_file(path, "fetch it again")
    with damage_reported(path, _DAMAGES), tarfile.open(path) as tar:
        return [entry.name for entry in tar if entry.isfile()]


def pack(path: Path | str, members: Mapping[str, bytes], simulated: bool) -> None:
    """Write an archive, atomically; equal members give equal bytes.

    Args:
        path: ends in `.zip`, or in `.tar.gz` or the like.
        members: contents by path, in the order they are to have.
        simulated: whether a first member marks the archive as simulated.
    """
    if simulated:
        members = {_SIMULATED_MEMBER: f"{SIMULATED_MARK}\n".encode(), **members}
    write = _write_zip if str(path).endswith(".zip") else _write_tar
    with atomic_path(path) as temporary:
        write(temporary, members)


def is_simulated(path: Path) -> bool:
    """Whether the archive's first member is the simulator's.

    Raises:
        ProtlangError: if the file is missing or no archive.
    """
    require_file(path, "fetch it again")
    with damage_reported(path, _DAMAGES):
        if _is_zip(path):
            with zipfile.ZipFile(path) as archive:
                return archive.namelist()[:1] == [_SIMULATED_MEMBER]
        with tarfile.open(path) as tar:
            first = tar.next()
            return first is not None and first.name == _SIMULATED_MEMBER


def _is_zip(path: Path) -> bool:
    """Whether it begins like a zip archive, even if its end is missing."""
    with path.open("rb") as stream:
        return stream.read(2) == b"PK"


def _unpack(path: Path, endings: Collection[str], folder: Path) -> dict[str, Path]:
    if not _is_zip(path):
        return _unpack_tar(path, endings, folder)
    with zipfile.ZipFile(path) as archive:
        found: dict[str, Path] = {}
        for name in archive.namelist():
            ending = _ending_of(name, endings)
            if ending is not None:
                with archive.open(name) as member:
                    _store(member, ending, found, folder, path)
        inner = [name for name in archive.namelist() if name.endswith(".zip")]
        if found or len(inner) != 1:
            return found
        nested = folder / "inner.zip"
        with archive.open(inner[0]) as member, nested.open("wb") as stream:
            shutil.copyfileobj(member, stream)
    return _unpack(nested, endings, folder)


def _unpack_tar(path: Path, endings: Collection[str], folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    with tarfile.open(path) as archive:
        for entry in archive:
            ending = _ending_of(entry.name, endings)
            member = archive.extractfile(entry) if entry.isfile() else None
            if ending is not None and member is not None:
                _store(member, ending, found, folder, path)
    return found


def _store(
    member: IO[bytes], ending: str, found: dict[str, Path], folder: Path, path: Path
) -> None:
    if ending in found:
        raise ProtlangError(f"{path} has two members that end in {ending}; remove one")
    found[ending] = folder / f"member-{len(found)}"
    with found[ending].open("wb") as stream:
        shutil.copyfileobj(member, stream)


def _ending_of(name: str, endings: Collection[str]) -> str | None:
    """The ending of a member's path; None for macOS resource files."""
    if "__MACOSX" in name or name.rpartition("/")[2].startswith("._"):
        return None
    return next((one for one in endings if f"/{name}".endswith(f"/{one}")), None)


def _write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _FIRST_ZIP_YEAR)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def _write_tar(path: Path, members: Mapping[str, bytes]) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    path.write_bytes(gzip.compress(plain.getvalue(), mtime=0))
