import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from protlang.errors import ProtlangError
from protlang.parquet import read_metadata, read_table, write_table

COLUMNS = {"id": ["a", "b"], "score": np.array([0.1, np.nan]), "right": [True, False]}
METADATA = {"source": "made up", "counts": {"a": [1, 2]}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_table(tmp_path / "deep" / "t.parquet", COLUMNS, METADATA)
    return tmp_path / "deep" / "t.parquet"


def test_a_table_and_its_metadata_are_read_as_written(path: Path) -> None:
    table, metadata = read_table(path)
    assert table.column_names == list(COLUMNS)
    assert table["id"].to_pylist() == ["a", "b"]
    np.testing.assert_array_equal(table["score"].to_numpy(), COLUMNS["score"])
    assert metadata == read_metadata(path) == METADATA


def test_chosen_columns_are_read_in_the_order_of_the_choice(path: Path) -> None:
    names = read_table(path, ["right", "id"], ["none", "score"])[0].column_names
    assert names == ["right", "id", "score"]


def test_a_folder_named_like_a_partition_adds_no_column(tmp_path: Path) -> None:
    path = tmp_path / "seed=1" / "t.parquet"
    write_table(path, COLUMNS, METADATA)
    assert read_table(path)[0].column_names == list(COLUMNS)


def test_the_schema_of_a_table_is_preserved(tmp_path: Path) -> None:
    schema = pa.schema([("p", pa.list_(pa.float32()))])
    write_table(tmp_path / "t", pa.Table.from_pylist([], schema=schema), {})
    assert read_table(tmp_path / "t")[0].schema.remove_metadata() == schema


def test_equal_content_has_equal_bytes(path: Path, tmp_path: Path) -> None:
    write_table(tmp_path / "other", pa.table(COLUMNS), METADATA)
    assert path.read_bytes() == (tmp_path / "other").read_bytes()


def test_a_failed_write_leaves_the_old_file(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_table(path, COLUMNS, {"not JSON": {1, 2}})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_damage_is_reported_in_one_sentence_wherever_it_is(path: Path) -> None:
    sound = path.read_bytes()
    messages = []
    for place in range(0, len(sound), 7):
        path.write_bytes(sound[:place] + b"\xa7" * 4 + sound[place + 4 :])
        try:
            read_table(path)
        except ProtlangError as error:
            messages.append(str(error))
    assert len(messages) > len(sound) / 7 / 4
    for size in (4, 100, len(sound) - 1):
        path.write_bytes(sound[:size])
        with pytest.raises(ProtlangError) as caught:
            read_table(path)
        messages.append(str(caught.value))
    assert all(f"{path} is damaged or no table" in message for message in messages)
    assert not any("\n" in message for message in messages)


@pytest.mark.parametrize("metadata", [None, {b"pandas": b"{}"}, {b"protlang": b"{"}])
def test_tables_of_another_origin_are_refused(
    path: Path, metadata: dict[bytes, bytes] | None
) -> None:
    pq.write_table(pa.table(COLUMNS).replace_schema_metadata(metadata), path)
    for read in (read_table, read_metadata):
        with pytest.raises(ProtlangError, match="no table of protlang's"):
            read(path)


def test_a_missing_column_is_named_beside_those_present(path: Path) -> None:
    with pytest.raises(ProtlangError, match="has no column q3, but id, score, right;"):
        read_table(path, ["id", "q3"])


@pytest.mark.parametrize("content", [None, b""])
def test_a_missing_or_empty_file_is_an_error(path: Path, content: bytes | None) -> None:
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ProtlangError, match="run the workflow's target that makes it"):
        read_table(path)


def test_other_tools_find_the_metadata_under_one_key(path: Path) -> None:
    assert json.loads(pq.read_schema(path).metadata[b"protlang"]) == METADATA
