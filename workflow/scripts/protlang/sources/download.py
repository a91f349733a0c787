"""Fetching the files of a source: verified, recorded, and whole or absent."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from filelock import FileLock

from protlang.errors import ProtlangError
from protlang.files import file_hash, write_text
from protlang.logs import logger
from protlang.sources.catalogue import Source, SourceFile
from protlang.sources.http import Fault, Patience, Transfer, copy, discard, download

DEFAULT_PATIENCE = Patience()


def fetch(
    source: Source,
    role: str,
    destination: Path,
    lock_file: Path,
    mirror: str | None = None,
    drop_folder: Path | None = None,
    patience: Patience = DEFAULT_PATIENCE,
    verify: bool = True,
) -> None:
    """Bring one file of a source to `destination`, whole and verified, or not at all.

    The first of these that exists is used: a file already at `destination`, one placed
    by hand in `drop_folder`, the source's local `path`, the `mirror`, the source's
    addresses in turn. A transfer that was cut is continued from `<destination>.part`.
    Size and checksum are compared before the file is moved into place. If the source
    gives no checksum, the first download is recorded in `lock_file` and every later
    one is compared with that record.

    Args:
        source: what to fetch.
        role: which of its files.
        destination: where the file is to be.
        lock_file: JSON file of first-seen sha256, size, address and date by
            `<source name>/<file name>`; safe to share between processes.
        mirror: folder or URL that replaces the source's hosts and holds
            `<source name>/<file name>`.
        drop_folder: folder for files placed by hand as `<source name>/<file name>`.
        patience: how hard to try each address.
        verify: whether to compare size, checksum and lock file. Only simulated files,
            which nobody published, go without.

    Raises:
        ProtlangError: if no address gave the right bytes (with what was wrong with
            each one, and where to place the file by hand), if the disk is too full, or
            if the lock file cannot be read.
    """
    errand = _Errand(
        source, source.file(role), destination, lock_file, verify, patience
    )
    try:
        if destination.exists():
            _accept_existing(errand)
        else:
            _fetch_first_sound(errand, mirror, drop_folder)
    except OSError as error:
        raise ProtlangError(
            f"{errand.key} could not be stored at {destination}: {error}; "
            "make room or correct the permissions, and run again"
        ) from error


@dataclass(frozen=True)
class _Errand:
    """What is fetched, and where it goes."""

    source: Source
    file: SourceFile
    destination: Path
    lock_file: Path
    verify: bool
    patience: Patience

    @property
    def key(self) -> str:
        """Name in the lock file, and place in a mirror or a drop folder."""
        return f"{self.source.name}/{self.file.name}"

    @property
    def transfer(self) -> Transfer:
        """How its bytes are to travel."""
        has_checksum = self.file.sha256 is not None or self.file.md5 is not None
        return Transfer(
            self.key,
            self.destination.with_name(f"{self.destination.name}.part"),
            self.file.size if self.verify else None,
            has_checksum,
            self.patience,
        )


def _accept_existing(errand: _Errand) -> None:
    try:
        _check(errand.destination, str(errand.destination), errand)
    except Fault as fault:
        raise ProtlangError(
            f"{errand.key}: the file already at {errand.destination} {fault}; "
            "remove it to have it downloaded, or replace it"
        ) from fault


def _fetch_first_sound(
    errand: _Errand, mirror: str | None, drop_folder: Path | None
) -> None:
    errand.destination.parent.mkdir(parents=True, exist_ok=True)
    faults = []
    for location in _locations(errand, mirror, drop_folder):
        try:
            _fetch_from(location, errand)
        except Fault as fault:
            logger.warning("%s: %s %s", errand.key, location, fault)
            faults.append(f"{location} {fault}")
        else:
            logger.info("%s: fetched from %s and verified", errand.key, location)
            return
    raise ProtlangError(_failure(errand, faults, drop_folder))


def _locations(
    errand: _Errand, mirror: str | None, drop_folder: Path | None
) -> list[str]:
    by_hand = drop_folder / errand.key if drop_folder is not None else None
    if by_hand is not None and by_hand.exists():
        return [str(by_hand)]
    if errand.file.path is not None:
        return [str(errand.file.path)]
    if mirror is not None:
        return [f"{mirror.rstrip('/')}/{errand.key}"]
    return list(errand.file.urls)


def _failure(errand: _Errand, faults: list[str], drop_folder: Path | None) -> str:
    by_hand = errand.destination if drop_folder is None else drop_folder / errand.key
    reason = "; ".join(faults) or "it has no direct address"
    note = f" (note: {errand.source.note.rstrip('.')})" if errand.source.note else ""
    return (
        f"{errand.key} could not be fetched: {reason}{note}; check the network and run "
        f"again, or place the file by hand at {by_hand}, or name as `mirror:` in the "
        f"config a folder or URL that holds {errand.key}"
    )


def _fetch_from(location: str, errand: _Errand) -> None:
    path = _as_local_path(location)
    transfer = errand.transfer
    if path is None:
        download(location, transfer)
    else:
        copy(path, transfer)
    try:
        _check(transfer.part, location, errand)
    except Fault:
        discard(transfer.part)
        raise
    _move_into_place(transfer.part, errand.destination)


def _as_local_path(location: str) -> Path | None:
    """The path that a location names, or None if it is to be downloaded."""
    address = urlsplit(location)
    if address.scheme in ("http", "https"):
        return None
    if address.scheme == "file":
        return Path(unquote(address.path))
    if "://" in location:
        raise Fault("is neither an https, http or file address nor a folder")
    return Path(location)


def _move_into_place(part: Path, destination: Path) -> None:
    with open(part, "rb") as stream:
        os.fsync(stream.fileno())
    os.replace(part, destination)
    discard(part)


def _check(path: Path, location: str, errand: _Errand) -> None:
    """Compare a file with its source's entry, or else with the lock file.

    Raises:
        Fault: if it is another file.
    """
    if not errand.verify:
        return
    size, file = path.stat().st_size, errand.file
    if file.size is not None and size != file.size:
        raise Fault(f"has {size:,} bytes instead of {file.size:,}")
    for algorithm, digest in (("sha256", file.sha256), ("md5", file.md5)):
        if digest is not None:
            _compare_digest(path, algorithm, digest)
    if file.sha256 is None and file.md5 is None:
        _compare_or_record(path, location, errand)


def _compare_digest(path: Path, algorithm: str, expected: str) -> None:
    found = file_hash(path, algorithm)
    if found != expected:
        raise Fault(f"has the {algorithm} {found} instead of the published {expected}")


def _compare_or_record(path: Path, location: str, errand: _Errand) -> None:
    """Compare with the first download of this file, or record it as the first."""
    seen = {
        "sha256": file_hash(path),
        "size": path.stat().st_size,
        "url": location,
        "date": datetime.now(UTC).date().isoformat(),
    }
    errand.lock_file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{errand.lock_file}.lock"):
        lock = _read_lock(errand.lock_file)
        first = lock.setdefault(errand.key, seen)
        if first["sha256"] != seen["sha256"]:
            raise Fault(
                f"has the sha256 {seen['sha256']}, but {first['url']} gave "
                f"{first['sha256']} on {first['date']}; if the publisher has replaced "
                f"the file and the new one is wanted, remove the entry {errand.key!r} "
                f"from {errand.lock_file}"
            )
        if first is seen:
            text = json.dumps(lock, indent=2, sort_keys=True)
            write_text(errand.lock_file, f"{text}\n")


def _read_lock(lock_file: Path) -> dict[str, dict[str, Any]]:
    try:
        lock: dict[str, dict[str, Any]] = json.loads(lock_file.read_text("utf-8"))
        needed = {"sha256", "url", "date"}
        complete = all(needed <= record.keys() for record in lock.values())
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError):
        complete = False
    if not complete:
        raise ProtlangError(
            f"{lock_file} is damaged; restore it, or delete it to have the next "
            "downloads recorded afresh"
        )
    return lock
