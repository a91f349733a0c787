import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.formats import archives

MEMBERS = {"set/data/train_src": b"MKV\n", "set/data/train_tgt": b"1\n", "README": b""}
ENDINGS = ["data/train_src", "data/train_tgt"]
NAMES = ["a.zip", "a.tar.gz"]


def read(path: Path, endings: list[str] = ENDINGS) -> dict[str, bytes]:
    with archives.unpacked(path, endings) as found:
        return {ending: file.read_bytes() for ending, file in found.items()}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("simulated", [True, False])
def test_what_is_packed_is_unpacked(tmp_path: Path, name: str, simulated: bool) -> None:
    archives.pack(tmp_path / name, MEMBERS, simulated)
    found = read(tmp_path / name)
    assert found == {"data/train_src": b"MKV\n", "data/train_tgt": b"1\n"}
    assert archives.is_simulated(tmp_path / name) is simulated


@pytest.mark.parametrize("name", NAMES)
def test_equal_members_give_equal_bytes(tmp_path: Path, name: str) -> None:
    for folder in "ab":
        archives.pack(tmp_path / folder / name, MEMBERS, simulated=True)
    first, second = ((tmp_path / folder / name).read_bytes() for folder in "ab")
    assert first == second


@pytest.mark.parametrize("name", NAMES)
def test_what_was_unpacked_is_gone_afterwards(tmp_path: Path, name: str) -> None:
    archives.pack(tmp_path / name, MEMBERS, simulated=False)
    with archives.unpacked(tmp_path / name, ENDINGS) as found:
        paths = list(found.values())
        assert all(path.is_file() for path in paths)
    assert not any(path.exists() for path in paths)


def test_endings_are_whole_components(tmp_path: Path) -> None:
    archives.pack(tmp_path / "a.zip", {"x/pretrain": b"1", "train": b"2"}, False)
    assert read(tmp_path / "a.zip", ["train"]) == {"train": b"2"}


def test_an_archive_in_an_archive_is_looked_into(tmp_path: Path) -> None:
    archives.pack(tmp_path / "inner.zip", MEMBERS, simulated=False)
    inner = (tmp_path / "inner.zip").read_bytes()
    archives.pack(tmp_path / "outer.zip", {"DSOL-v0.3.zip": inner}, simulated=False)
    assert read(tmp_path / "outer.zip").keys() == set(ENDINGS)


def test_a_macs_shadow_files_are_not_taken_for_the_files(tmp_path: Path) -> None:
    shadows = {"__MACOSX/set/data/train_src": b"?", "set/data/._train_src": b"?"}
    archives.pack(tmp_path / "a.zip", {**shadows, **MEMBERS}, simulated=False)
    assert read(tmp_path / "a.zip")["data/train_src"] == b"MKV\n"


@pytest.mark.parametrize("name", NAMES)
def test_two_members_with_one_ending_are_refused(tmp_path: Path, name: str) -> None:
    twice = {"a/train": b"1", "b/train": b"2"}
    archives.pack(tmp_path / name, twice, simulated=False)
    with pytest.raises(ProtlangError, match="two members that end in train"):
        read(tmp_path / name, ["train"])


@pytest.mark.parametrize("name", NAMES)
def test_an_archive_without_any_of_them_is_reported(tmp_path: Path, name: str) -> None:
    archives.pack(tmp_path / name, {"other": b"1"}, simulated=False)
    with pytest.raises(ProtlangError, match="no member that ends in data/train_src"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
def test_archives_cut_short_are_reported(
    tmp_path: Path, name: str, share: float
) -> None:
    # Random bytes do not shrink, so that the cut is in the middle of a member.
    content = {"data/train_src": bytes(range(256)) * 500, "data/train_tgt": b"1"}
    archives.pack(tmp_path / name, content, simulated=False)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ProtlangError, match=f"{name} is .*fetch it again"):
        read(tmp_path / name)


def test_what_is_no_archive_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("<html>404</html>")
    for function in (read, archives.is_simulated):
        with pytest.raises(ProtlangError, match="not of this format"):
            function(tmp_path / "a.zip")


def test_a_missing_archive_is_reported(tmp_path: Path) -> None:
    for function in (read, archives.is_simulated):
        with pytest.raises(ProtlangError, match="does not exist"):
            function(tmp_path / "a.zip")


def test_names_and_links_of_members_lead_nowhere(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        link = tarfile.TarInfo("data/train_src")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        escaping = tarfile.TarInfo("../../data/train_tgt")
        escaping.size = 2
        archive.addfile(escaping, io.BytesIO(b"1\n"))
    path = tmp_path / "deep" / "er" / "a.tar.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(plain.getvalue()))
    assert read(path, ["train_tgt"]) == {"train_tgt": b"1\n"}
    with pytest.raises(ProtlangError, match="no member that ends in data/train_src"):
        read(path)
    assert [entry.name for entry in tmp_path.rglob("*train*")] == []


def test_archives_have_no_date_of_today(tmp_path: Path) -> None:
    archives.pack(tmp_path / "a.tar.gz", MEMBERS, simulated=False)
    assert (tmp_path / "a.tar.gz").read_bytes()[4:8] == bytes(4)
    archives.pack(tmp_path / "a.zip", MEMBERS, simulated=False)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_names_of_files_are_listed_in_order(tmp_path: Path) -> None:
    archives.pack(tmp_path / "a.tar.gz", MEMBERS, simulated=True)
    assert archives.names(tmp_path / "a.tar.gz") == ["SIMULATED.txt", *MEMBERS]
