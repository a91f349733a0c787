"""Transfers over HTTP that survive being cut: a part file, and a note of its origin."""

import json
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import requests
import urllib3

from protlang import __version__
from protlang.errors import ProtlangError
from protlang.files import write_text
from protlang.logs import byte_progress, in_bytes, logger

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
        longest_pause: limit of a pause in seconds, also of one that a server requests.
        connect_timeout: seconds to wait for a connection.
        read_timeout: seconds to wait for the next bytes.
    """

    attempts: int = 5
    first_pause: float = 1.0
    longest_pause: float = 60.0
    connect_timeout: float = 20.0
    read_timeout: float = 60.0

    def pause(self, failures: int, requested: float) -> float:
        """Seconds to wait after so many failures, at least those that are requested."""
        backoff = self.first_pause * 2.0 ** (failures - 1)
        return min(self.longest_pause, max(requested, backoff))


class Fault(Exception):  # noqa: N818  (collected and reported, not an error by itself)
    """What is wrong with one address, or with the bytes that it gave."""


class Interruption(Fault):
    """A fault that may pass: the same address deserves another try."""

    def __init__(self, message: str, requested_pause: float = 0.0) -> None:
        super().__init__(message)
        self.requested_pause = requested_pause


@dataclass(frozen=True)
class Transfer:
    """One file on its way.

    Attributes:
        label: what the log calls it.
        part: the file that receives the bytes; their origin is noted beside it.
        expected_size: bytes, if known.
        has_checksum: whether the finished file will be compared with a published
            checksum.
        patience: how hard to try.
    """

    label: str
    part: Path
    expected_size: int | None
    has_checksum: bool
    patience: Patience


def copy(path: Path, transfer: Transfer) -> None:
    """Copy a local file to the part file.

    Raises:
        Fault: if there is no such file.
        ProtlangError: if the disk is too full.
    """
    if not path.is_file():
        raise Fault("does not exist")
    size = path.stat().st_size
    discard(transfer.part)
    _require_space(transfer, size)
    with open(path, "rb") as stream:
        blocks = iter(lambda: stream.read(_BLOCK), b"")
        _append(transfer, blocks, size)


def download(url: str, transfer: Transfer) -> None:
    """Transfer one URL to the part file, continuing after cuts.

    Only tries that bring the part no further than it ever was count as failures, so
    that a long download over a poor line gets there in the end.

    Raises:
        Fault: if the address does not give the whole file.
        ProtlangError: if the disk is too full.
    """
    _discard_unless_from(url, transfer.part)
    if _is_whole(transfer.part):
        return
    failures, furthest = 0, _size(transfer.part)
    with requests.Session() as session:
        session.headers.update(_HEADERS)
        while True:
            try:
                _transfer(session, url, transfer)
            except Interruption as interruption:
                reached = _size(transfer.part)
                failures = 1 if reached > furthest else failures + 1
                furthest = max(furthest, reached)
                _pause_or_give_up(interruption, failures, url, transfer.patience)
            else:
                return


def _pause_or_give_up(
    interruption: Interruption, failures: int, url: str, patience: Patience
) -> None:
    if failures >= patience.attempts:
        raise Fault(f"{interruption} (tried {failures} times)") from interruption
    pause = patience.pause(failures, interruption.requested_pause)
    logger.info("%s %s; next try in %.0f s", url, interruption, pause)
    time.sleep(pause)


def _transfer(session: requests.Session, url: str, transfer: Transfer) -> None:
    """One request; the answer goes to the part file."""
    patience = transfer.patience
    try:
        response = session.get(
            url,
            headers=_range_headers(transfer),
            timeout=(patience.connect_timeout, patience.read_timeout),
            stream=True,
        )
    except (requests.ConnectionError, requests.Timeout) as error:
        raise Interruption(f"cannot be reached ({_root_cause(error)})") from error
    except requests.RequestException as error:
        raise Fault(f"cannot be requested ({error})") from error
    with response:
        _require_file(response, transfer.part)
        _receive(response, url, transfer)


def _receive(response: requests.Response, url: str, transfer: Transfer) -> None:
    """Write the body of an answer to the part file, from where the answer starts."""
    offered = _Origin.of(response, url)
    if response.status_code == requests.codes.partial_content:
        _require_continuation(response, offered, transfer.part)
    else:
        discard(transfer.part)
        offered.save(transfer.part)
    _require_plausible_size(offered, transfer)
    blocks = response.raw.stream(_BLOCK, decode_content=False)
    try:
        _append(transfer, blocks, offered.total)
    except urllib3.exceptions.HTTPError as error:
        total = "" if offered.total is None else f" of {offered.total:,}"
        raise Interruption(
            f"broke off after {_size(transfer.part):,}{total} bytes"
        ) from error


def _append(transfer: Transfer, blocks: Iterable[bytes], total: int | None) -> None:
    progress = byte_progress(transfer.label, total, _size(transfer.part))
    with open(transfer.part, "ab") as stream, progress as counter:
        for block in blocks:
            stream.write(block)
            counter.update(len(block))


def _require_file(response: requests.Response, part: Path) -> None:
    """Make sure that the answer is a file, or part of one."""
    status, codes = response.status_code, requests.codes
    answer = f"answered {status} {response.reason}"
    if status == codes.requested_range_not_satisfiable:
        discard(part)
        raise Interruption(answer)
    if status == codes.too_many_requests or status >= codes.internal_server_error:
        raise Interruption(answer, _requested_pause(response))
    if status not in (codes.ok, codes.partial_content):
        raise Fault(answer)
    # Many a retired server answers every address with its home page and status 200.
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise Fault("answered with a web page instead of the file")


def _require_plausible_size(offered: "_Origin", transfer: Transfer) -> None:
    expected = transfer.expected_size
    if None not in (expected, offered.total) and offered.total != expected:
        raise Fault(f"offers {offered.total:,} bytes instead of {expected:,}")
    size = offered.total or expected
    if size is not None:
        _require_space(transfer, size - _size(transfer.part))


def _require_space(transfer: Transfer, needed: int) -> None:
    folder = transfer.part.parent
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ProtlangError(
            f"{transfer.label} needs {in_bytes(needed)} more, but {folder} has only "
            f"{in_bytes(free)} left; make room or choose another folder for downloads"
        )


def _requested_pause(response: requests.Response) -> float:
    """Seconds that the server requests to wait (a date is ignored)."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0


def _root_cause(error: BaseException) -> str:
    """The innermost reason, e.g. `Connection refused`, without the layers around it."""
    while error.__context__ is not None:
        error = error.__context__
    return getattr(error, "strerror", None) or str(error)


@dataclass(frozen=True)
class _Origin:
    """The origin of a part, stored in a file beside it.

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
        """The origin according to an answer's headers."""
        etag = response.headers.get("ETag", "W/")
        modified = response.headers.get("Last-Modified")
        validator = modified if etag.startswith("W/") else etag
        return cls(url, validator, _whole_length(response))

    @classmethod
    def beside(cls, part: Path) -> Self | None:
        """The noted origin of a part, or None if there is none that can be read."""
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


def _range_headers(transfer: Transfer) -> dict[str, str]:
    """Request the rest of the part, provided that the file is unchanged.

    If the server gives neither ETag nor date, a changed file would only show in the
    checksum; without one either, the transfer starts over.
    """
    size, origin = _size(transfer.part), _Origin.beside(transfer.part)
    if size == 0 or origin is None:
        return {}
    if origin.validator is not None:
        return {"Range": f"bytes={size}-", "If-Range": origin.validator}
    return {"Range": f"bytes={size}-"} if transfer.has_checksum else {}


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
        discard(part)
        raise Interruption("answered with a part of another file")


def _discard_unless_from(url: str, part: Path) -> None:
    origin = _Origin.beside(part)
    if origin is None or origin.url != url:
        discard(part)


def _is_whole(part: Path) -> bool:
    origin = _Origin.beside(part)
    return part.exists() and origin is not None and _size(part) == origin.total


def discard(part: Path) -> None:
    """Delete a part file and the note of its origin."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
