"""Fetching the files of a source: resumed, verified, recorded, and whole or absent."""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import requests
import urllib3
from filelock import FileLock
from tqdm import tqdm

from protlang import __version__
from protlang.errors import ProtlangError
from protlang.files import file_hash, write_text
from protlang.jobs import logger
from protlang.sources import Source, SourceFile

_BLOCK = 1 << 16
_HEADERS = {
    "User-Agent": f"protlang/{__version__}",
    # Without this, a server may compress on the fly: no length to check, no ranges.
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True)
class Patience:
    """How hard to try one address before turning to the next.

    Attributes:
        attempts: tries in a row that gain nothing before an address is given up.
        first_pause: seconds before the second try, doubled before each further one.
        longest_pause: limit of a pause in seconds, also of one that a server asks for.
        connect_timeout: seconds to wait for a connection.
        read_timeout: seconds to wait for the next bytes.
    """

    attempts: int = 5
    first_pause: float = 1.0
    longest_pause: float = 60.0
    connect_timeout: float = 20.0
    read_timeout: float = 60.0

    def pause(self, failures: int, requested: float) -> float:
        """Seconds to wait after so many failures, of which a server asks for some."""
        backoff = self.first_pause * 2.0 ** (failures - 1)
        return min(self.longest_pause, max(requested, backoff))


DEFAULT_PATIENCE = Patience()


def fetch(
    source: Source,
    role: str,
    destination: Path,
    lock_file: Path,
    mirror: str | None = None,
    drop_folder: Path | None = None,
    patience: Patience = DEFAULT_PATIENCE,
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

    Raises:
        ProtlangError: if no address gave the right bytes (with what was wrong with
            each one, and where to place the file by hand), if the disk is too full, or
            if the lock file cannot be read.
    """
    errand = _Errand(source, source.file(role), destination, lock_file, patience)
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


class _Fault(Exception):  # noqa: N818  (collected and reported, not an error by itself)
    """What is wrong with one address, or with the bytes that it gave."""


class _Interruption(_Fault):
    """A fault that may pass: the same address deserves another try."""

    def __init__(self, message: str, requested_pause: float = 0.0) -> None:
        super().__init__(message)
        self.requested_pause = requested_pause


@dataclass(frozen=True)
class _Errand:
    """What is fetched, and where it goes."""

    source: Source
    file: SourceFile
    destination: Path
    lock_file: Path
    patience: Patience

    @property
    def key(self) -> str:
        """Name in the lock file, and place in a mirror or a drop folder."""
        return f"{self.source.name}/{self.file.name}"

    @property
    def has_checksum(self) -> bool:
        """Whether the publisher tells what the right bytes are."""
        return self.file.sha256 is not None or self.file.md5 is not None

    @property
    def part(self) -> Path:
        """Where the bytes gather until they are verified."""
        return self.destination.with_name(f"{self.destination.name}.part")


def _accept_existing(errand: _Errand) -> None:
    try:
        _check(errand.destination, str(errand.destination), errand)
    except _Fault as fault:
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
        except _Fault as fault:
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
    if path is None:
        _download(location, errand)
    else:
        _copy(path, errand)
    try:
        _check(errand.part, location, errand)
    except _Fault:
        _discard(errand.part)
        raise
    _move_into_place(errand)


def _as_local_path(location: str) -> Path | None:
    """The path that a location names, or None if it is to be downloaded."""
    address = urlsplit(location)
    if address.scheme in ("http", "https"):
        return None
    if address.scheme == "file":
        return Path(unquote(address.path))
    if "://" in location:
        raise _Fault("is neither an https, http or file address nor a folder")
    return Path(location)


def _move_into_place(errand: _Errand) -> None:
    with open(errand.part, "rb") as stream:
        os.fsync(stream.fileno())
    os.replace(errand.part, errand.destination)
    _discard(errand.part)


# Verification and the lock file


def _check(path: Path, location: str, errand: _Errand) -> None:
    """Compare a file with what the source, or else the lock file, says about it.

    Raises:
        _Fault: if it is another file.
    """
    size, file = path.stat().st_size, errand.file
    if file.size is not None and size != file.size:
        raise _Fault(f"has {size:,} bytes instead of {file.size:,}")
    for algorithm, digest in (("sha256", file.sha256), ("md5", file.md5)):
        if digest is not None:
            _compare_digest(path, algorithm, digest)
    if not errand.has_checksum:
        _compare_or_record(path, location, errand)


def _compare_digest(path: Path, algorithm: str, expected: str) -> None:
    found = file_hash(path, algorithm)
    if found != expected:
        raise _Fault(f"has the {algorithm} {found} instead of the published {expected}")


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
            raise _Fault(
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


# Transfers


def _copy(path: Path, errand: _Errand) -> None:
    if not path.is_file():
        raise _Fault("does not exist")
    size = path.stat().st_size
    _discard(errand.part)
    _require_space(errand, size)
    with open(path, "rb") as stream:
        blocks = iter(lambda: stream.read(_BLOCK), b"")
        _append(errand, blocks, size)


def _download(url: str, errand: _Errand) -> None:
    """Transfer one URL to the part file, continuing after cuts.

    Only tries that bring the part no further than it ever was count as failures, so
    that a long download over a poor line gets there in the end.
    """
    _discard_unless_from(url, errand.part)
    if _is_whole(errand.part):
        return
    failures, furthest = 0, _size(errand.part)
    with requests.Session() as session:
        session.headers.update(_HEADERS)
        while True:
            try:
                _transfer(session, url, errand)
            except _Interruption as interruption:
                reached = _size(errand.part)
                failures = 1 if reached > furthest else failures + 1
                furthest = max(furthest, reached)
                _pause_or_give_up(interruption, failures, url, errand.patience)
            else:
                return


def _pause_or_give_up(
    interruption: _Interruption, failures: int, url: str, patience: Patience
) -> None:
    if failures >= patience.attempts:
        raise _Fault(f"{interruption} (tried {failures} times)") from interruption
    pause = patience.pause(failures, interruption.requested_pause)
    logger.info("%s %s; next try in %.0f s", url, interruption, pause)
    time.sleep(pause)


def _transfer(session: requests.Session, url: str, errand: _Errand) -> None:
    """One request; the answer goes to the part file."""
    patience = errand.patience
    try:
        response = session.get(
            url,
            headers=_range_headers(errand),
            timeout=(patience.connect_timeout, patience.read_timeout),
            stream=True,
        )
    except (requests.ConnectionError, requests.Timeout) as error:
        raise _Interruption(f"cannot be reached ({_root_cause(error)})") from error
    except requests.RequestException as error:
        raise _Fault(f"cannot be requested ({error})") from error
    with response:
        _require_file(response, errand.part)
        _receive(response, url, errand)


def _receive(response: requests.Response, url: str, errand: _Errand) -> None:
    """Write the body of an answer to the part file, from where the answer starts."""
    offered = _Origin.of(response, url)
    if response.status_code == requests.codes.partial_content:
        _require_continuation(response, offered, errand.part)
    else:
        _discard(errand.part)
        offered.save(errand.part)
    _require_plausible_size(offered, errand)
    blocks = response.raw.stream(_BLOCK, decode_content=False)
    try:
        _append(errand, blocks, offered.total)
    except urllib3.exceptions.HTTPError as error:
        total = "" if offered.total is None else f" of {offered.total:,}"
        raise _Interruption(
            f"broke off after {_size(errand.part):,}{total} bytes"
        ) from error


def _append(errand: _Errand, blocks: Iterable[bytes], total: int | None) -> None:
    progress = _progress(errand.key, total, _size(errand.part))
    with open(errand.part, "ab") as stream, progress as counter:
        for block in blocks:
            stream.write(block)
            counter.update(len(block))


def _require_file(response: requests.Response, part: Path) -> None:
    """Make sure that the answer is a file, or part of one."""
    status, codes = response.status_code, requests.codes
    answer = f"answered {status} {response.reason}"
    if status == codes.requested_range_not_satisfiable:
        _discard(part)
        raise _Interruption(answer)
    if status == codes.too_many_requests or status >= codes.internal_server_error:
        raise _Interruption(answer, _requested_pause(response))
    if status not in (codes.ok, codes.partial_content):
        raise _Fault(answer)
    # Many a retired server answers every address with its home page and status 200.
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise _Fault("answered with a web page instead of the file")


def _require_plausible_size(offered: "_Origin", errand: _Errand) -> None:
    expected = errand.file.size
    if None not in (expected, offered.total) and offered.total != expected:
        raise _Fault(f"offers {offered.total:,} bytes instead of {expected:,}")
    size = offered.total or expected
    if size is not None:
        _require_space(errand, size - _size(errand.part))


def _require_space(errand: _Errand, needed: int) -> None:
    folder = errand.destination.parent
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ProtlangError(
            f"{errand.key} needs {_bytes(needed)} more, but {folder} has only "
            f"{_bytes(free)} left; make room or choose another folder for downloads"
        )


def _requested_pause(response: requests.Response) -> float:
    """Seconds that the server asks to wait (a date instead of a number is ignored)."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0


def _root_cause(error: BaseException) -> str:
    """The innermost reason, e.g. `Connection refused`, without the layers around it."""
    while error.__context__ is not None:
        error = error.__context__
    return getattr(error, "strerror", None) or str(error)


# Parts: a file on its way, and beside it a note of where it comes from


@dataclass(frozen=True)
class _Origin:
    """Where a part comes from, kept in a file beside it.

    Attributes:
        url: its address; parts from different hosts are never joined.
        validator: strong ETag or else Last-Modified, which change with the file.
        total: length of the whole file.
    """

    url: str
    validator: str | None
    total: int | None

    @classmethod
    def of(cls, response: requests.Response, url: str) -> Self:
        """What an answer says about the whole file."""
        etag = response.headers.get("ETag", "W/")
        modified = response.headers.get("Last-Modified")
        validator = modified if etag.startswith("W/") else etag
        return cls(url, validator, _whole_length(response))

    @classmethod
    def beside(cls, part: Path) -> Self | None:
        """What was noted for a part, or None if there is nothing legible."""
        try:
            return cls(**json.loads(_note(part).read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def save(self, part: Path) -> None:
        write_text(_note(part), json.dumps(asdict(self)))


def _whole_length(response: requests.Response) -> int | None:
    """Length of the whole file, also if the answer holds only the rest of it."""
    if "Content-Range" in response.headers:
        length = response.headers["Content-Range"].rpartition("/")[2]
    else:
        length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _range_headers(errand: _Errand) -> dict[str, str]:
    """Ask for the rest of the part, provided that the file is still the same one.

    If the server gives neither ETag nor date, a changed file would only show in the
    checksum; without one either, the transfer starts over.
    """
    size, origin = _size(errand.part), _Origin.beside(errand.part)
    if size == 0 or origin is None:
        return {}
    if origin.validator is not None:
        return {"Range": f"bytes={size}-", "If-Range": origin.validator}
    return {"Range": f"bytes={size}-"} if errand.has_checksum else {}


def _require_continuation(
    response: requests.Response, offered: _Origin, part: Path
) -> None:
    """Make sure that an answer 206 starts where the part of the same file ends."""
    start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    noted = _Origin.beside(part)
    fits = start is not None and int(start[1]) == _size(part)
    # An answer to If-Range need not repeat the date, hence None.
    same = noted is not None and (
        offered.total in (None, noted.total)
        and offered.validator in (None, noted.validator)
    )
    if not (fits and same):
        _discard(part)
        raise _Interruption("answered with a part of another file")


def _discard_unless_from(url: str, part: Path) -> None:
    origin = _Origin.beside(part)
    if origin is None or origin.url != url:
        _discard(part)


def _is_whole(part: Path) -> bool:
    origin = _Origin.beside(part)
    return part.exists() and origin is not None and _size(part) == origin.total


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


# Progress


class LoggedProgress:
    """Progress for a log file: a line every 10 % or 30 seconds.

    Lines are at least 2 seconds apart, so that a small file leaves none.
    """

    def __init__(
        self,
        label: str,
        total: int | None,
        done: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label, self._total, self._clock = label, total, clock
        self._done = self._first = self._done_at_line = done
        self._start = self._line = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to close: a log needs no last line, the caller says how it ended."""

    def update(self, count: int) -> None:
        """Count `count` more bytes, and log a line if one is due."""
        self._done += count
        silence = self._clock() - self._line
        advance = (self._done - self._done_at_line) / (self._total or float("inf"))
        if silence >= 30 or (silence >= 2 and advance >= 0.1):
            logger.info("%s: %s", self._label, self._describe())
            self._line, self._done_at_line = self._clock(), self._done

    def _describe(self) -> str:
        rate = (self._done - self._first) / (self._clock() - self._start)
        text = f"{_bytes(self._done)}, {_bytes(rate)}/s"
        if not self._total:
            return text
        left = tqdm.format_interval((self._total - self._done) / rate)
        share = f"{self._done / self._total:.0%} of {_bytes(self._total)}"
        return f"{share}, {text}, {left} left"


def _progress(label: str, total: int | None, done: int) -> "LoggedProgress | tqdm[Any]":
    """A bar on a terminal, lines in the log otherwise."""
    if not sys.stderr.isatty():
        return LoggedProgress(label, total, done)
    return tqdm(desc=label, total=total, initial=done, unit="B", unit_scale=True)


def _bytes(count: float) -> str:
    return f"{tqdm.format_sizeof(count)}B"
