"""Downloads: addresses, checksums, the lock file, mirrors, and files placed by hand."""

import hashlib
import json
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.sources.catalogue import SourceFile
from protlang.sources.download import fetch
from support.downloads import BODY, CUT, HASTY, OTHER, Workplace, md5, source_of
from support.http_server import Server, Step


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def test_a_file_arrives_whole_and_is_recorded(server: Server, work: Workplace) -> None:
    url = server.serve("/peptides.txt", BODY)
    work.fetch(url)
    assert work.has(BODY)
    record = work.lock()["peptides/peptides.txt"]
    assert record["sha256"] == sha256(BODY)
    assert record["size"] == len(BODY)
    assert record["url"] == url
    assert len(str(record["date"])) == len("2020-01-01")


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


def test_a_part_from_another_address_is_not_continued(
    server: Server, work: Workplace
) -> None:
    bad = server.serve("/a", OTHER, Step(cut_after=CUT), usual=Step(cut_after=0))
    good = server.serve("/b", BODY)
    work.fetch(bad, good)
    assert server.requests[-1].range is None
    assert work.has(BODY)


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


def test_a_file_that_cannot_be_stored_is_an_error_of_one_sentence(
    server: Server, work: Workplace
) -> None:
    (work.folder / "downloads").write_text("a file where the folder should be")
    message = work.failure(server.serve("/a", BODY))
    assert f"could not be stored at {work.destination}" in message


def test_a_quick_download_leaves_no_progress_lines(
    server: Server, work: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "protlang")
    url = server.serve("/a", BODY)
    work.fetch(url)
    assert caplog.messages == [
        f"peptides/peptides.txt: fetched from {url} and verified"
    ]
