"""Transfers over HTTP: cuts, changes, busy servers, and what is no file."""

import gzip
import json
import shutil
from collections import namedtuple
from dataclasses import replace

import pytest

from protlang.sources import http as transfers
from protlang.sources.http import Patience
from support.downloads import BODY, CUT, OTHER, Workplace, md5
from support.http_server import Server, Step


def test_a_compressed_file_stays_compressed(server: Server, work: Workplace) -> None:
    packed = gzip.compress(BODY)
    work.fetch(server.serve("/a", packed, usual=Step(content_encoding="gzip")))
    assert work.has(packed)
    assert server.requests[0].accept_encoding == "identity"


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
        pytest.param(Step(body=OTHER, serves_ranges=False), id="range-ignored"),
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


def test_a_body_that_always_ends_early_is_refused(
    server: Server, work: Workplace
) -> None:
    url = server.serve("/a", BODY, usual=Step(cut_after=CUT, serves_ranges=False))
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


def test_pauses_double_up_to_a_limit_and_respect_the_server() -> None:
    patience = Patience(first_pause=1, longest_pause=5)
    assert [patience.pause(n, 0) for n in (1, 2, 3, 4)] == [1, 2, 4, 5]
    assert patience.pause(1, 3) == 3
    assert patience.pause(1, 100) == 5


def test_a_terminal_gets_a_bar(
    server: Server,
    work: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    work.fetch(server.serve("/a", BODY))
    assert "peptides/peptides.txt: 100%" in capsys.readouterr().err
