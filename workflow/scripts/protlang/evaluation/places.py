"""Places of projected points on disk: CSV files with the columns `id, x, y`."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file

COLUMNS = ("id", "x", "y")


def write_places(
    path: Path | str, identifiers: Sequence[str], places: np.ndarray
) -> None:
    """Write `id, x, y` with all digits; equal input, equal bytes."""
    with (
        atomic_path(path) as temporary,
        open(temporary, "w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for identifier, (x, y) in zip(identifiers, places.tolist(), strict=True):
            writer.writerow([identifier, repr(x), repr(y)])


def read_places(path: Path | str) -> pd.DataFrame:
    """Read `id, x, y`.

    Raises:
        ProtlangError: if the file is missing, damaged, or names a protein twice.
    """
    require_file(path, "project the vectors again")
    types = {"id": str, "x": float, "y": float}
    try:
        table = pd.read_csv(
            path, dtype=types, usecols=list(COLUMNS), keep_default_na=False
        )
    except (ValueError, OSError) as error:
        raise ProtlangError(
            f"{path} is no table of {', '.join(COLUMNS)} ({error}); project again"
        ) from error
    repeated = table.loc[table["id"].duplicated(), "id"]
    if len(repeated):
        raise ProtlangError(f"{path} has {repeated.iloc[0]} twice; project again")
    return table
