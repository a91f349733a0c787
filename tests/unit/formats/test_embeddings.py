import csv
import logging
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.errors import ProtlangError
from protlang.files import hdf5_key
from protlang.formats import embeddings
from protlang.formats.embeddings import (
    Embeddings,
    Parts,
    as_stored,
    merge_embeddings,
    open_embeddings,
    write_embeddings,
    write_index,
)

FACTS = {"encoder": "tiny", "layers": "sum", "device": "cpu AVX2"}


def vectors_of(*ids: str) -> dict[str, np.ndarray]:
    """Three numbers for each letter of an id, different for every id."""
    return {
        identifier: np.arange(len(identifier) * 3, dtype=np.float32).reshape(-1, 3)
        + number
        for number, identifier in enumerate(sorted(ids, key=hdf5_key))
    }


def write(path: Path, entries: dict[str, np.ndarray], **facts: str) -> Path:
    write_embeddings(path, entries.items(), {**FACTS, **facts})
    return path


def contents(found: Embeddings) -> dict[str, list[list[float]]]:
    return {identifier: found[identifier][()].tolist() for identifier in found}


def test_bio_embeddings_and_biotrainer_find_every_protein_by_its_id(
    tmp_path: Path,
) -> None:
    """They read `original_id` of every data set at the top of the file."""
    entries = vectors_of("../../etc/x", "a b", "sp|P1|A_B", ".", "ü", "100%")
    with h5py.File(write(tmp_path / "e.h5", entries), "r") as file:
        by_id = {file[key].attrs["original_id"]: np.array(file[key]) for key in file}
    assert by_id.keys() == entries.keys()
    for identifier, vectors in entries.items():
        np.testing.assert_array_equal(by_id[identifier], vectors)


def test_the_reader_gives_data_sets_by_id_and_the_facts(tmp_path: Path) -> None:
    entries = vectors_of("x/y", "z")
    with open_embeddings(write(tmp_path / "e.h5", entries)) as found:
        assert set(found) == {"x/y", "z"}
        assert len(found) == 2
        assert "q" not in found
        assert found["x/y"].shape == (3, 3)
        assert found.facts == FACTS
        assert contents(found) == {key: v.tolist() for key, v in entries.items()}


def test_equal_contents_give_equal_bytes(tmp_path: Path) -> None:
    one = write(tmp_path / "one.h5", vectors_of("a", "b"))
    two = write(tmp_path / "two.h5", vectors_of("a", "b"))
    assert one.read_bytes() == two.read_bytes()


@given(st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_merged_shards_have_the_bytes_of_the_undivided_file(
    tmp_path_factory: pytest.TempPathFactory, shard_of: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("shards")
    entries = vectors_of("a", "bb", "c/c", "ü", ".d")
    whole = write(folder / "whole.h5", entries)
    shards = [
        write(
            folder / f"{shard}.h5",
            {
                key: vectors
                for (key, vectors), own in zip(entries.items(), shard_of, strict=True)
                if own == shard
            },
        )
        for shard in range(3)
    ]
    merge_embeddings(shards, folder / "merged.h5")
    assert (folder / "merged.h5").read_bytes() == whole.read_bytes()


def test_an_index_makes_a_folder_of_shards_readable(tmp_path: Path) -> None:
    first = write(tmp_path / "1.h5", vectors_of("a/b", "z"))
    second = write(tmp_path / "2.h5", vectors_of("m"))
    write_index([first, second], tmp_path / "index.csv")
    rows = list(csv.reader((tmp_path / "index.csv").read_text().splitlines()))
    assert rows == [
        ["id", "file", "key"],
        ["a/b", "1.h5", "a%2Fb"],
        ["m", "2.h5", "m"],
        ["z", "1.h5", "z"],
    ]
    write(tmp_path / "of-another-run.h5", vectors_of("old"))
    with open_embeddings(tmp_path) as found:
        assert set(found) == {"a/b", "m", "z"}
        assert found["m"][()].tolist() == vectors_of("m")["m"].tolist()


def test_shards_made_in_different_ways_are_not_merged(tmp_path: Path) -> None:
    one = write(tmp_path / "1.h5", vectors_of("a"))
    two = write(tmp_path / "2.h5", vectors_of("b"), layers="all")
    with pytest.raises(ProtlangError, match=r"1\.h5 and .*2\.h5 differ in layers"):
        merge_embeddings([one, two], tmp_path / "merged.h5")
    assert not (tmp_path / "merged.h5").exists()


def test_shards_of_different_machines_are_merged_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = write(tmp_path / "1.h5", vectors_of("a"))
    two = write(tmp_path / "2.h5", vectors_of("b"), device="cpu AVX512")
    with caplog.at_level(logging.WARNING, "protlang"):
        merge_embeddings([one, two], tmp_path / "merged.h5")
    assert "device differs between shards" in caplog.text
    with open_embeddings(tmp_path / "merged.h5") as merged:
        assert merged.facts["device"] == "cpu AVX2; cpu AVX512"


@pytest.mark.parametrize("content", [b"", b"no HDF5 at all"])
def test_what_is_no_file_of_embeddings_is_reported(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "e.h5").write_bytes(content)
    with pytest.raises(ProtlangError, match=r"e\.h5 is"):
        open_embeddings(tmp_path / "e.h5")


def test_a_folder_without_an_index_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="gather=index"):
        open_embeddings(tmp_path)


def test_half_precision_rounds_to_the_nearest() -> None:
    stored = as_stored(np.array([1.0, 1 / 3, -65504.0]), "float16", "a")
    assert stored.dtype == np.float16
    assert stored.tolist() == [1.0, 0.333251953125, -65504.0]


def test_a_number_too_large_for_half_precision_is_reported() -> None:
    vectors = np.array([[1.0, -70000.0]], dtype=np.float32)
    with pytest.raises(ProtlangError) as caught:
        as_stored(vectors, "float16", "sp|P1")
    assert "sp|P1 reach 70000" in str(caught.value)
    assert "storage=float32" in str(caught.value)
    assert as_stored(vectors, "float32", "sp|P1").tolist() == vectors.tolist()


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_number_that_is_none_is_reported(number: float) -> None:
    with pytest.raises(ProtlangError, match="P1 hold numbers that are not"):
        as_stored(np.array([number]), "float32", "sp|P1")


def part_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_parts_are_written_when_they_are_old_enough(tmp_path: Path) -> None:
    now = [0.0]
    parts = Parts(tmp_path, clock=lambda: now[0])
    parts.add("a", np.zeros(2))
    assert part_files(tmp_path) == []
    now[0] = embeddings.PART_SECONDS
    parts.add("b", np.ones(2))
    assert part_files(tmp_path) == ["part-000000.h5"]
    parts.add("c", np.ones(2))
    assert part_files(tmp_path) == ["part-000000.h5"]


def test_parts_are_written_when_they_are_large_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "PART_BYTES", 32)
    parts = Parts(tmp_path)
    for name in "abcd":
        parts.add(name, np.zeros(2))  # 16 bytes
    assert part_files(tmp_path) == ["part-000000.h5", "part-000001.h5"]


def test_parts_are_found_again_and_never_overwritten(tmp_path: Path) -> None:
    before = Parts(tmp_path)
    before.add("a", np.arange(3.0))
    before.write()
    before.add("lost", np.arange(3.0))
    after = Parts(tmp_path)
    assert "a" in after
    assert "lost" not in after
    after.add("b", np.arange(4.0))
    assert after["b"].tolist() == [0, 1, 2, 3]
    after.write()
    again = Parts(tmp_path)
    assert again["a"].tolist() == [0, 1, 2]
    assert again["b"].tolist() == [0, 1, 2, 3]


def test_a_damaged_part_is_computed_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parts = Parts(tmp_path)
    parts.add("a", np.arange(3.0))
    parts.write()
    (tmp_path / "part-000000.h5").write_bytes(b"damaged")
    with caplog.at_level(logging.WARNING, "protlang"):
        assert "a" not in Parts(tmp_path)
    assert "part-000000.h5 is damaged" in caplog.text
