import hashlib
import os
from pathlib import Path
from urllib.parse import unquote

import h5py
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protlang.errors import ProtlangError
from protlang.files import atomic_path, file_hash, hdf5_key, require_file, write_text


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def fail_after_half(path: Path, error: type[BaseException]) -> None:
    path.write_text("half")
    raise error


def test_a_finished_file_is_the_only_one_left(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "new" / "a.txt") as temporary:
        temporary.write_text("whole")
        assert not (tmp_path / "new" / "a.txt").exists()
    assert contents(tmp_path / "new") == {"a.txt": "whole"}


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with atomic_path(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert contents(tmp_path) == {"a.txt": "new"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), atomic_path(path) as temporary:
        fail_after_half(temporary, error)
    assert contents(tmp_path) == {"a.txt": "old"}


def test_an_exception_leaves_nothing_where_nothing_was(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), atomic_path(tmp_path / "a"):
        raise ValueError("no")
    assert contents(tmp_path) == {}


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with atomic_path(path) as first, atomic_path(path) as second:
        assert first != second
        first.write_text("outer")
        second.write_text("inner")
    assert contents(tmp_path) == {"a.txt": "outer"}


def test_the_temporary_file_has_the_ending_of_the_file(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.npz") as temporary:
        assert temporary.suffix == ".npz"
        assert temporary.parent == tmp_path


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_file_has_the_permissions_of_any_other(
    tmp_path: Path, umask: int, mode: int
) -> None:
    before = os.umask(umask)
    try:
        write_text(tmp_path / "a.txt", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == mode


def test_text_is_utf8(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "ångström\n")
    assert (tmp_path / "a.txt").read_bytes() == "ångström\n".encode()


def test_hashes_are_those_of_the_standard(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert file_hash(path, "md5") == "900150983cd24fb0d6963f7d28e17f72"
    assert file_hash(path) == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_hashes_of_files_larger_than_a_block_agree(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"0123456789" * 100_000)
    assert file_hash(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_holds_something_is_returned(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    assert require_file(str(path), "fetch it") == path


@pytest.mark.parametrize("fault", ["does not exist", "is empty"])
def test_a_missing_or_empty_file_is_reported_with_the_remedy(
    tmp_path: Path, fault: str
) -> None:
    path = tmp_path / "a"
    if fault == "is empty":
        path.touch()
    with pytest.raises(ProtlangError) as caught:
        require_file(path, "fetch it")
    assert str(caught.value) == f"{path} {fault}; fetch it"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="is no file; fetch it"):
        require_file(tmp_path, "fetch it")


@given(st.text(min_size=1))
@example("../x")
@example(".")
@example("..")
@example("a/b")
@example("/")
@example("%2E")
@example("./")
@example("sp|P12345|NAME_HUMAN")
@example("Ω\0\n")
def test_any_id_is_the_name_of_one_data_set_and_can_be_had_back(
    identifier: str,
) -> None:
    key = hdf5_key(identifier)
    assert unquote(key) == identifier
    with h5py.File("memory", "w", driver="core", backing_store=False) as archive:
        archive.create_dataset(key, data=[1.0])
        assert list(archive) == [key]
        assert isinstance(archive[key], h5py.Dataset)
        assert archive[key].name == f"/{key}"


@pytest.mark.parametrize(
    "identifier", ["1es5-A.2", "sp|P12345|X_Y", "a b", "a=b,c:d@e+"]
)
def test_usual_ids_stay_readable(identifier: str) -> None:
    assert hdf5_key(identifier) == identifier
