"""Tables with metadata: Parquet files whose schema carries one JSON object.

Every table of the pipeline is written and read here, so that all are whole or absent,
equal content has equal bytes, and each mistake has one sentence.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file

_METADATA_KEY = b"protlang"


def write_table(
    path: Path | str,
    columns: pa.Table | Mapping[str, Any],
    metadata: Mapping[str, Any],
) -> None:
    """Write a table and its metadata, atomically; equal input, equal bytes.

    Args:
        path: of the file, which is replaced at once.
        columns: a table, or columns of equal length by name.
        metadata: plain values, such as the provenance of the rows.
    """
    table = columns if isinstance(columns, pa.Table) else pa.table(dict(columns))
    remarks = {_METADATA_KEY: json.dumps(dict(metadata)).encode()}
    with atomic_path(path) as temporary:
        pq.write_table(table.replace_schema_metadata(remarks), temporary)


def read_table(
    path: Path | str, columns: Collection[str] = (), optional: Collection[str] = ()
) -> tuple[pa.Table, dict[str, Any]]:
    """Read what `write_table` wrote: the table and its metadata.

    Args:
        path: of the file.
        columns: to be read, in this order; all if none is named.
        optional: further columns, read if the file has them.

    Raises:
        ProtlangError: if the file is missing, damaged, of another origin or lacks a
            column.
    """
    metadata, names = _read_schema(path)
    missing = [name for name in columns if name not in names]
    if missing:
        raise ProtlangError(
            f"{path} has no column {missing[0]}, but {', '.join(names)}; give the "
            "right file, or delete this one and make it again"
        )
    wanted = [*columns, *(name for name in optional if name in names)]
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(wanted or None)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error
    return table.select(wanted or names), metadata


def read_metadata(path: Path | str) -> dict[str, Any]:
    """Read the metadata of a table, without its rows.

    Raises:
        ProtlangError: if the file is missing, damaged or of another origin.
    """
    return _read_schema(path)[0]


def _read_schema(path: Path | str) -> tuple[dict[str, Any], list[str]]:
    """Metadata and names of the columns."""
    require_file(path, "run the workflow's target that makes it")
    try:
        schema = pq.read_schema(path)
        metadata: dict[str, Any] = json.loads((schema.metadata or {})[_METADATA_KEY])
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise _damaged(path, error) from error
    return metadata, schema.names


def _damaged(path: Path | str, error: Exception) -> ProtlangError:
    reason = " ".join(str(error).split())
    return ProtlangError(
        f"{path} is damaged or no table of protlang's ({reason}); delete it and make "
        "it again"
    )
