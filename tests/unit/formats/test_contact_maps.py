"""Archives of contact maps: one image per domain."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats import archives
from protlang.formats.contact_maps import ContactMap, read, write

FIRST = np.array([[1, 0, -1], [0, 1, 1], [-1, 1, 1]], dtype=np.int8)
SECOND = np.array([[1, 1], [1, 0]], dtype=np.int8)


def image(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def pack(path: Path, members: dict[str, bytes]) -> Path:
    archives.pack(path, members, simulated=False)
    return path


MAPS = {
    "2.06": [ContactMap("d1dlwa_", FIRST)],
    "2.07": [ContactMap("d1dlwa_", SECOND), ContactMap("g1abc.1", FIRST)],
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "scope.tar.gz"
    write(path, MAPS, simulated=True)
    return path


def test_maps_are_read_as_they_were_written(archive: Path) -> None:
    (old,) = read(archive, "2.06", ["d1dlwa_"])
    new = list(read(archive, "2.07", ["g1abc.1", "d1dlwa_"]))
    assert (old.id, old.contacts.tolist()) == ("d1dlwa_", FIRST.tolist())
    assert old.contacts.dtype == np.int8
    assert [(found.id, found.contacts.tolist()) for found in new] == [
        ("d1dlwa_", SECOND.tolist()),
        ("g1abc.1", FIRST.tolist()),
    ]


def test_only_maps_of_wanted_domains_and_of_the_release_are_read(archive: Path) -> None:
    assert list(read(archive, "2.06", ["g1abc.1", "d9xyza_"])) == []
    assert list(read(archive, "2.08", ["d1dlwa_"])) == []


def test_pixels_mean_what_they_mean_upstream(tmp_path: Path) -> None:
    pixels = np.array([[255, 1], [0, 255]], dtype=np.uint8)
    name = "data/SCOPe/pdbstyle-2.06/dl/d1dlwa_.cmap.png"
    path = pack(tmp_path / "scope.tar.gz", {name: image(pixels)})
    ((domain, contacts),) = read(path, "2.06", ["d1dlwa_"])
    assert domain == "d1dlwa_"
    assert contacts.tolist() == [[1, -1], [0, 1]]


def test_members_are_filed_as_upstream_by_the_middle_of_the_code(archive: Path) -> None:
    with tarfile.open(archive) as members:
        assert members.getnames() == [
            "SIMULATED.txt",
            "SCOPe/pdbstyle-2.06/dl/d1dlwa_.png",
            "SCOPe/pdbstyle-2.07/dl/d1dlwa_.png",
            "SCOPe/pdbstyle-2.07/ab/d1abc.1.png",
        ]
        stored = members.extractfile("SCOPe/pdbstyle-2.06/dl/d1dlwa_.png")
        assert stored is not None
        with Image.open(stored) as found:
            assert found.mode == "L"
            assert np.asarray(found).tolist() == [
                [255, 0, 1],
                [0, 255, 255],
                [1, 255, 255],
            ]


def test_a_domain_has_one_map_though_two_files_could_be_meant(tmp_path: Path) -> None:
    own, other = (
        image(np.full((1, 1), 255, np.uint8)),
        image(np.zeros((2, 2), np.uint8)),
    )
    folder = "SCOPe/pdbstyle-2.06/ab"
    names = {f"{folder}/g1abc.1.png": own, f"{folder}/d1abc.1.png": other}
    path = pack(tmp_path / "scope.tar.gz", names)
    assert [found.contacts.tolist() for found in read(path, "2.06", ["g1abc.1"])] == [
        [[1]]
    ]


def test_other_members_mean_nothing(tmp_path: Path) -> None:
    pixels = image(np.full((1, 1), 255, np.uint8))
    names = {
        "SCOPe/pdbstyle-2.06/dl/d1dlwa_.ent": b"ATOM",
        "SCOPe/pdbstyle-2.06/dl/._d1dlwa_.png": b"a shadow",
        "SCOPe/pdbstyle-2.06/dl/d1dlwa_.png": pixels,
    }
    path = pack(tmp_path / "scope.tar.gz", names)
    assert len(list(read(path, "2.06", ["d1dlwa_"]))) == 1


def test_equal_maps_give_equal_bytes(archive: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tar.gz"
    write(again, MAPS, simulated=True)
    assert file_hash(again) == file_hash(archive)


def test_simulated_archives_are_marked(archive: Path, tmp_path: Path) -> None:
    write(tmp_path / "real.tar.gz", {"2.06": [ContactMap("d1dlwa_", FIRST)]}, False)
    assert archives.is_simulated(archive)
    assert not archives.is_simulated(tmp_path / "real.tar.gz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (image(np.full((2, 3), 255, np.uint8)), r"shape \(2, 3\), where a square"),
        (image(np.zeros((2, 2, 3), np.uint8)), "a square of one channel"),
        (image(np.full((2, 2), 7, np.uint8)), "a pixel of 7, where 255"),
        (b"no image", "cut short or damaged"),
        (image(np.full((9, 9), 255, np.uint8))[:-30], "cut short or damaged"),
    ],
)
def test_what_is_no_map_is_refused_by_name(
    tmp_path: Path, content: bytes, message: str
) -> None:
    name = "SCOPe/pdbstyle-2.06/dl/d1dlwa_.png"
    path = pack(tmp_path / "scope.tar.gz", {name: content})
    with pytest.raises(ProtlangError, match=f"d1dlwa_.png .*{message}"):
        list(read(path, "2.06", ["d1dlwa_"]))


def test_damaged_archives_are_reported_in_a_sentence(
    archive: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(ProtlangError, match="cut short or damaged"):
        list(read(broken, "2.07", ["g1abc.1"]))
    with pytest.raises(ProtlangError, match="does not exist; fetch it again"):
        list(read(tmp_path / "absent.tar.gz", "2.07", []))


@pytest.mark.parametrize("name", ["../../../etc", "d1dlwa", "d1dl/a_", "D1DLWA_"])
def test_no_other_name_becomes_a_path(tmp_path: Path, name: str) -> None:
    maps = {"2.06": [ContactMap(name, FIRST)]}
    with pytest.raises(ValueError, match="is no id of ASTRAL's"):
        write(tmp_path / "scope.tar.gz", maps, simulated=True)
