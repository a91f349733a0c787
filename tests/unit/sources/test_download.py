import gzip
import hashlib
import json
import logging
import os
import shutil
from collections import namedtuple
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.logs import LoggedProgress
from protlang.sources import http as transfers
from protlang.sources.catalogue import Source, SourceFile
from protlang.sources.download import fetch
from protlang.sources.http import Patience
from support.http_server import Server, Step

BODY = bytes(range(256)) * 2000  # 512,000 bytes: several blocks
OTHER = bytes(reversed(BODY))
CUT = 300_000
HASTY = Patience(attempts=3, first_pause=0.001, longest_pause=0.01)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server().running() as server:
        yield server


class Workplace:
    """Folders for one test, and a `fetch` with few arguments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.destination = folder / "downloads" / "peptides" / "peptides.txt"
        self.part = self.destination.with_name("peptides.txt.part")
        self.lock_file = folder / "sources.lock.json"
        self.drop_folder = folder / "by-hand"
        self.drop = self.drop_folder / "peptides" / "peptides.txt"

    def fetch(
        self,
        *urls: str,
        file: SourceFile | None = None,
        mirror: str | None = None,
        patience: Patience = HASTY,
        **known: str | int,
    ) -> None:
        file = file or SourceFile("peptides.txt", urls=urls)
        source = source_of(replace(file, **known))  # type: ignore[arg-type]
        fetch(
            source,
            "data",
            self.destination,
            self.lock_file,
            mirror,
            self.drop_folder,
            patience,
        )

    def failure(self, *urls: str, **arguments: object) -> str:
        """The message of the error that a fetch has to end in; nothing is left."""
        with pytest.raises(ProtlangError) as caught:
            self.fetch(*urls, **arguments)  # type: ignore[arg-type]
        assert not self.destination.exists()
        return str(caught.value)

    def lock(self) -> dict[str, dict[str, object]]:
        content: dict[str, dict[str, object]] = json.loads(self.lock_file.read_text())
        return content

    def has(self, body: bytes) -> bool:
        """Whether the file is there with these bytes, and nothing else beside it."""
        beside = [*self.destination.parent.iterdir()]
        return self.destination.read_bytes() == body and beside == [self.destination]


@pytest.fixture
def work(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def source_of(file: SourceFile, note: str | None = None) -> Source:
    return Source(
        name="peptides",
        title="Some peptides",
        release="1",
        distribution="text",
        files={"data": file},
        licence="CC0-1.0",
        citation="nobody",
        verified=False,
        note=note,
    )


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def test_a_file_arrives_whole_and_is_recorded(server: Server, work: Workplace) -> None:
    url = server.serve("/peptides.txt", BODY)
    work.fetch(url)
    assert work.has(BODY)
    record = work.lock()["peptides/peptides.txt"]
    assert record["sha256"] == sha256(BODY)
    assert record["size"] == len(BODY)
    assert record["url"] == url
    assert len(str(record["date"])) == len("2020-01-01")


def test_a_compressed_file_stays_compressed(server: Server, work: Workplace) -> None:
    packed = gzip.compress(BODY)
    work.fetch(server.serve("/a", packed, usual=Step(content_encoding="gzip")))
    assert work.has(packed)
    assert server.requests[0].accept_encoding == "identity"


def test_nothing_is_in_place_before_the_last_step(
    server: Server, work: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_file = os.replace

    def fail_at_last(old: Path, new: Path) -> None:
        if new == work.destination:
            raise OSError("power cut")
        replace_file(old, new)

    monkeypatch.setattr("os.replace", fail_at_last)
    assert "power cut" in work.failure(server.serve("/a", BODY), md5=md5(BODY))


def test_an_empty_file_is_a_file(server: Server, work: Workplace) -> None:
    work.fetch(server.serve("/peptides.txt", b""))
    assert work.has(b"")


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("published", [{}, {"md5": md5(BODY)}])
def test_a_cut_transfer_gets_there(
    server: Server, work: Workplace, reset: bool, published: dict[str, str]
) -> None:
    url = server.serve("/a", BODY, Step(cut_after=CUT, reset=reset))
    work.fetch(url, **published)
    assert work.has(BODY)


def test_a_cut_transfer_is_continued_from_the_part(
    server: Server, work: Workplace
) -> None:
    work.fetch(server.serve("/a", BODY, Step(cut_after=CUT)))
    first, second = server.requests
    assert (first.range, second.status, second.if_range) == (None, 206, '"first"')
    # What lay in the buffer at the cut is requested again: less than one block.
    assert len(BODY) <= server.sent < len(BODY) + transfers._BLOCK
    assert work.has(BODY)


def test_a_part_is_continued_in_a_later_run(server: Server, work: Workplace) -> None:
    url = server.serve("/a", BODY, Step(cut_after=CUT), usual=Step(cut_after=0))
    work.failure(url)
    left = work.part.stat().st_size
    assert left > 0
    server.requests.clear()
    server.serve("/a", BODY)
    work.fetch(url)
    assert server.sent == len(BODY) - left
    assert work.has(BODY)


def test_a_whole_part_is_not_transferred_again(server: Server, work: Workplace) -> None:
    url = server.serve("/a", BODY, Step(cut_after=CUT))
    work.fetch(url)
    origin = {"url": url, "validator": '"first"', "total": len(BODY)}
    work.destination.rename(work.part)
    transfers._note(work.part).write_text(json.dumps(origin))
    server.requests.clear()
    work.fetch(url)
    assert server.requests == []
    assert work.has(BODY)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(Step(body=OTHER, etag='"second"'), id="if-range"),
        pytest.param(Step(body=OTHER[:-1]), id="same-tag-other-length"),
        pytest.param(Step(body=OTHER, heeds_ranges=False), id="range-ignored"),
        pytest.param(Step(body=OTHER[:1000]), id="now-too-short"),
    ],
)
def test_a_file_that_changed_is_not_joined_to_an_old_part(
    server: Server, work: Workplace, changed: Step
) -> None:
    url = server.serve("/a", BODY, Step(cut_after=CUT), usual=changed)
    work.fetch(url)
    assert work.has(changed.body or b"")


def test_a_server_that_disregards_if_range_does_not_splice(
    server: Server, work: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "support.http_server.requested_start",
        lambda request, _: int(request.range[6:-1]) if request.range else 0,
    )
    changed = Step(body=OTHER, etag='"second"')
    work.fetch(server.serve("/a", BODY, Step(cut_after=CUT), usual=changed))
    assert work.has(OTHER)


def test_a_range_that_starts_elsewhere_is_refused(
    server: Server, work: Workplace
) -> None:
    plan = (Step(cut_after=CUT), Step(shift=7))
    work.fetch(server.serve("/a", BODY, *plan))
    assert [request.status for request in server.requests] == [200, 206, 200]
    assert work.has(BODY)


def test_a_date_serves_where_there_is_no_strong_tag(
    server: Server, work: Workplace
) -> None:
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    step = Step(etag='W/"weak"', modified=date)
    plan = replace(step, cut_after=CUT)
    work.fetch(server.serve("/a", BODY, plan, usual=step))
    assert server.requests[1].if_range == date
    assert server.requests[1].status == 206
    assert work.has(BODY)


@pytest.mark.parametrize(("known", "resumed"), [({}, 200), ({"md5": md5(BODY)}, 206)])
def test_without_tag_or_date_only_a_published_checksum_allows_joining(
    server: Server, work: Workplace, known: dict[str, str], resumed: int
) -> None:
    plan = Step(etag=None, cut_after=CUT)
    work.fetch(server.serve("/a", BODY, plan, usual=Step(etag=None)), **known)
    assert server.requests[1].status == resumed
    assert work.has(BODY)


def test_a_part_from_another_address_is_not_continued(
    server: Server, work: Workplace
) -> None:
    bad = server.serve("/a", OTHER, Step(cut_after=CUT), usual=Step(cut_after=0))
    good = server.serve("/b", BODY)
    work.fetch(bad, good)
    assert server.requests[-1].range is None
    assert work.has(BODY)


def test_a_body_that_always_ends_early_is_refused(
    server: Server, work: Workplace
) -> None:
    url = server.serve("/a", BODY, usual=Step(cut_after=CUT, heeds_ranges=False))
    message = work.failure(url)
    assert "broke off after" in message
    assert "of 512,000 bytes (tried 3 times)" in message
    assert not work.lock_file.exists()


def test_progress_renews_patience(server: Server, work: Workplace) -> None:
    plan = [Step(cut_after=transfers._BLOCK + 1)] * 6  # more than HASTY.attempts
    work.fetch(server.serve("/a", BODY, *plan))
    assert work.has(BODY)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_requested_again(
    server: Server, work: Workplace, status: int
) -> None:
    url = server.serve("/a", BODY, Step(status=status, retry_after="9999"))
    work.fetch(url)
    assert [request.status for request in server.requests] == [status, 200]
    assert work.has(BODY)


def test_a_server_that_stays_busy_is_given_up(server: Server, work: Workplace) -> None:
    url = server.serve("/a", BODY, usual=Step(status=503))
    assert f"{url} answered 503 Service Unavailable (tried 3 times)" in work.failure(
        url
    )
    assert len(server.requests) == 3


def test_a_missing_file_is_not_requested_twice(server: Server, work: Workplace) -> None:
    assert "answered 404 Not Found" in work.failure(f"{server.url}/none")
    assert len(server.requests) == 1


def test_a_web_page_is_not_taken_for_the_file(server: Server, work: Workplace) -> None:
    page = Step(body=b"<html>moved</html>", content_type="text/html; charset=utf-8")
    url = server.serve("/a", BODY, usual=page)
    assert "answered with a web page instead of the file" in work.failure(url)
    assert not work.lock_file.exists()


@pytest.mark.parametrize(
    ("known", "complaint"),
    [
        ({"sha256": sha256(BODY)}, f"instead of the published {sha256(BODY)}"),
        ({"md5": md5(BODY)}, f"the md5 {md5(OTHER)} instead of the published"),
        ({"size": 7}, "offers 512,000 bytes instead of 7"),
    ],
)
def test_wrong_bytes_are_refused_and_thrown_away(
    server: Server, work: Workplace, known: dict[str, str | int], complaint: str
) -> None:
    assert complaint in work.failure(server.serve("/a", OTHER), **known)
    assert not work.part.exists()


@pytest.mark.parametrize("known", [{"sha256": sha256(BODY)}, {"md5": md5(BODY)}])
def test_the_next_address_replaces_wrong_bytes(
    server: Server, work: Workplace, known: dict[str, str]
) -> None:
    work.fetch(server.serve("/a", OTHER), server.serve("/b", BODY), **known)
    assert work.has(BODY)
    assert not work.lock_file.exists()  # the publisher's checksum needs no record


def test_the_error_names_each_fault_and_where_to_place_the_file(
    server: Server, work: Workplace
) -> None:
    missing, wrong = f"{server.url}/none", server.serve("/b", OTHER)
    unreachable = "http://127.0.0.1:1/c"
    message = work.failure(missing, wrong, unreachable, sha256=sha256(BODY))
    assert message.startswith("peptides/peptides.txt could not be fetched: ")
    assert f"{missing} answered 404" in message
    assert f"{wrong} has the sha256 {sha256(OTHER)}" in message
    assert f"{unreachable} cannot be reached (Connection refused)" in message
    assert f"by hand at {work.drop}" in message
    assert "`mirror:`" in message
    assert "\n" not in message


def test_a_file_without_address_is_requested_with_the_sources_note(
    work: Workplace,
) -> None:
    source = source_of(SourceFile("peptides.txt"), note="On a shared drive.")
    with pytest.raises(ProtlangError, match=r"no direct address \(note: On a shared"):
        fetch(source, "data", work.destination, work.lock_file)


def test_an_unknown_role_is_an_error(work: Workplace) -> None:
    source = source_of(SourceFile("peptides.txt"))
    with pytest.raises(ProtlangError, match="no file with the role 'sequences'"):
        fetch(source, "sequences", work.destination, work.lock_file)


def test_a_later_download_has_to_be_the_first_one(
    server: Server, work: Workplace
) -> None:
    url = server.serve("/a", BODY, Step(), Step(), usual=Step(body=OTHER))
    work.fetch(url)
    work.destination.unlink()
    work.fetch(url)
    first = work.lock_file.read_bytes()
    work.destination.unlink()
    message = work.failure(url)
    assert f"has the sha256 {sha256(OTHER)}, but {url} gave {sha256(BODY)}" in message
    remedy = f"remove the entry 'peptides/peptides.txt' from {work.lock_file}"
    assert remedy in message
    assert work.lock_file.read_bytes() == first
    work.lock_file.unlink()
    work.fetch(url)
    assert work.has(OTHER)


@pytest.mark.parametrize("text", ["{", "[]", '{"peptides/peptides.txt": {"size": 1}}'])
def test_a_damaged_lock_file_is_named(
    server: Server, work: Workplace, text: str
) -> None:
    work.lock_file.write_text(text)
    message = work.failure(server.serve("/a", BODY))
    assert f"{work.lock_file} is damaged" in message
    assert work.lock_file.read_text() == text


def test_concurrent_fetches_all_get_into_the_lock_file(
    server: Server, tmp_path: Path
) -> None:
    lock_file = tmp_path / "lock.json"
    names = [f"file-{number}" for number in range(24)]

    def fetch_one(name: str) -> None:
        file = SourceFile(name, urls=(server.serve(f"/{name}", name.encode()),))
        fetch(source_of(file), "data", tmp_path / name, lock_file, patience=HASTY)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fetch_one, names))
    lock = json.loads(lock_file.read_text())
    assert {key: record["sha256"] for key, record in lock.items()} == {
        f"peptides/{name}": sha256(name.encode()) for name in names
    }


def test_a_mirror_folder_replaces_the_hosts(server: Server, work: Workplace) -> None:
    mirrored = work.folder / "mirror" / "peptides" / "peptides.txt"
    mirrored.parent.mkdir(parents=True)
    mirrored.write_bytes(BODY)
    work.fetch(server.serve("/a", OTHER), mirror=str(work.folder / "mirror"))
    assert work.has(BODY)
    assert server.requests == []
    assert mirrored.exists()


def test_a_mirror_url_replaces_the_hosts(server: Server, work: Workplace) -> None:
    server.serve("/mirror/peptides/peptides.txt", BODY)
    work.fetch(server.serve("/a", OTHER), mirror=f"{server.url}/mirror/")
    assert work.has(BODY)
    assert [request.path for request in server.requests] == [
        "/mirror/peptides/peptides.txt"
    ]


def test_an_incomplete_mirror_is_named(work: Workplace) -> None:
    message = work.failure("http://127.0.0.1:1/a", mirror=str(work.folder / "mirror"))
    assert f"{work.folder}/mirror/peptides/peptides.txt does not exist" in message


@pytest.mark.parametrize("address", [Path.as_uri, str])
def test_a_local_file_is_copied_and_verified(
    work: Workplace, address: Callable[[Path], str]
) -> None:
    original = work.folder / "original file.txt"
    original.write_bytes(BODY)
    work.fetch(address(original), md5=md5(BODY))
    assert work.has(BODY)
    assert original.read_bytes() == BODY


def test_a_local_path_of_the_source_is_copied_and_verified(work: Workplace) -> None:
    original = work.folder / "peptides.txt"
    original.write_bytes(OTHER)
    local = SourceFile("peptides.txt", path=original)
    message = work.failure(file=local, sha256=sha256(BODY))
    assert f"{original} has the sha256" in message
    work.fetch(file=local, sha256=sha256(OTHER))
    assert work.has(OTHER)


def test_an_ftp_address_is_refused(work: Workplace) -> None:
    message = work.failure("ftp://127.0.0.1/a")
    assert "is neither an https, http or file address nor a folder" in message


def test_a_file_placed_by_hand_goes_first(server: Server, work: Workplace) -> None:
    work.drop.parent.mkdir(parents=True)
    work.drop.write_bytes(BODY)
    work.fetch(server.serve("/a", OTHER))
    assert work.has(BODY)
    assert server.requests == []
    assert work.lock()["peptides/peptides.txt"]["url"] == str(work.drop)


def test_a_wrong_file_placed_by_hand_is_refused(
    server: Server, work: Workplace
) -> None:
    work.drop.parent.mkdir(parents=True)
    work.drop.write_bytes(OTHER)
    message = work.failure(server.serve("/a", BODY), sha256=sha256(BODY))
    assert f"{work.drop} has the sha256 {sha256(OTHER)}" in message
    assert server.requests == []


def test_a_file_already_in_place_is_verified_and_recorded(
    server: Server, work: Workplace
) -> None:
    work.destination.parent.mkdir(parents=True)
    work.destination.write_bytes(BODY)
    work.fetch(server.serve("/a", OTHER))
    assert work.lock()["peptides/peptides.txt"]["sha256"] == sha256(BODY)
    assert server.requests == []


def test_a_wrong_file_already_in_place_is_refused_but_not_removed(
    server: Server, work: Workplace
) -> None:
    work.destination.parent.mkdir(parents=True)
    work.destination.write_bytes(OTHER)
    with pytest.raises(ProtlangError, match="has 512,000 bytes instead of 7; remove"):
        work.fetch(server.serve("/a", BODY), size=7)
    assert work.destination.read_bytes() == OTHER


def test_too_little_room_is_reported_before_the_transfer(
    server: Server, work: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(len(BODY) - 1))
    message = work.failure(server.serve("/a", BODY), server.serve("/b", BODY))
    assert "needs 512kB more" in message
    assert str(work.destination.parent) in message
    assert not work.part.exists()
    assert len(server.requests) == 1


def test_a_file_that_cannot_be_stored_is_an_error_of_one_sentence(
    server: Server, work: Workplace
) -> None:
    (work.folder / "downloads").write_text("a file where the folder should be")
    message = work.failure(server.serve("/a", BODY))
    assert f"could not be stored at {work.destination}" in message


def test_pauses_double_up_to_a_limit_and_respect_the_server() -> None:
    patience = Patience(first_pause=1, longest_pause=5)
    assert [patience.pause(n, 0) for n in (1, 2, 3, 4)] == [1, 2, 4, 5]
    assert patience.pause(1, 3) == 3
    assert patience.pause(1, 100) == 5


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_log_lines_come_every_tenth_with_rate_and_time_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    caplog.set_level(logging.INFO, "protlang")
    with LoggedProgress("a/b", 1_000_000, 0, clock) as progress:
        for _ in range(100):
            clock.now += 1.0
            progress.update(10_000)
    assert len(caplog.messages) == 10
    assert caplog.messages[1] == "a/b: 20% of 1.00MB, 200kB, 10.0kB/s, 01:20 left"


def test_log_lines_come_every_half_minute_without_a_known_length(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    caplog.set_level(logging.INFO, "protlang")
    progress = LoggedProgress("a/b", None, 0, clock)
    for _ in range(60):
        clock.now += 1.0
        progress.update(1_000)
    assert caplog.messages == ["a/b: 30.0kB, 1.00kB/s", "a/b: 60.0kB, 1.00kB/s"]


def test_a_quick_download_leaves_no_progress_lines(
    server: Server, work: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "protlang")
    url = server.serve("/a", BODY)
    work.fetch(url)
    assert caplog.messages == [
        f"peptides/peptides.txt: fetched from {url} and verified"
    ]


def test_a_terminal_gets_a_bar(
    server: Server,
    work: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    work.fetch(server.serve("/a", BODY))
    assert "peptides/peptides.txt: 100%" in capsys.readouterr().err
