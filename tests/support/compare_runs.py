"""Compare the numbers of two runs of the workflow, file by file, bit by bit.

    python tests/support/compare_runs.py BEFORE AFTER

BEFORE and AFTER are results folders, such as `results/demo` of two checkouts. Compared
are tensors (safetensors), data sets (HDF5), arrays, columns (Parquet), the cells of CSV
files that are numbers, and the numbers in JSON; not compared are texts, clocks, logs,
drawings, and what no rule declares (folders of training runs). The exit status is 1 if
a number differs or a file is missing.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow.parquet as pq
from safetensors.numpy import load_file

Numbers = dict[str, object]
"""What is compared, by name; equal if its parts are equal bit by bit."""

CLOCKS = ("second", "memory", "hardware", "minutes", "hours")
"""Names of columns and keys that hold them contain one of these words."""

UNDECLARED = (
    "benchmarks",
    "downloads",
    "finetuning",
    "heads",
    "pretraining",
    "runs",
    "timings",
    "unfinished",
)
"""Folders of clocks, of originals, and of what training keeps to continue from."""

TIMED = ("time", "speed-up")
"""Names of rows and metrics that hold run times contain one of these words."""


def is_clock(name: str) -> bool:
    """Whether a column or key holds a time or the memory of a machine."""
    return any(word in name.lower() for word in CLOCKS)


def is_number(text: str) -> bool:
    """Whether a cell holds a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def bits(array: np.ndarray) -> tuple[object, ...]:
    """Type, shape and bits of an array."""
    return str(array.dtype), array.shape, array.tobytes()


def read_safetensors(path: Path) -> Numbers:
    """Weights; what the files say of themselves is text."""
    return {name: bits(array) for name, array in load_file(path).items()}


def read_hdf5(path: Path) -> Numbers:
    """Data sets; attributes are text."""
    found: Numbers = {}

    def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if (
            isinstance(item, h5py.Dataset)
            and h5py.check_string_dtype(item.dtype) is None
        ):
            found[name] = bits(item[()])

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def read_parquet(path: Path) -> Numbers:
    """Columns; the schema's metadata is text."""
    table = pq.read_table(path)
    columns = zip(table.schema, table.columns, strict=True)
    # The text, as NaN differs from itself.
    return {
        field.name: (str(field.type), str(column.to_pylist()))
        for field, column in columns
    }


def read_csv(path: Path) -> Numbers:
    """Cells, those that are no number as None."""
    with open(path, newline="", encoding="utf-8") as stream:
        return {
            f"row {number}, {column}": text if is_number(str(text)) else None
            for number, row in enumerate(csv.DictReader(stream), 1)
            if not any(
                word in f"{row.get('row')} {row.get('metric')}" for word in TIMED
            )
            for column, text in row.items()
            if not is_clock(str(column))
        }


def read_json(path: Path) -> Numbers:
    """Numbers by their place in the document, or in the lines of documents."""
    text = path.read_text(encoding="utf-8")
    documents = text.splitlines() if path.suffix == ".jsonl" else [text]
    return dict(
        leaf
        for number, document in enumerate(documents)
        for leaf in _leaves(json.loads(document), str(number))
    )


def _leaves(value: Any, key: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if not is_clock(name):
                yield from _leaves(inner, f"{key}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{key}[{place}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield key, repr(value)


def read_bytes(path: Path) -> Numbers:
    """Files that hold numbers and nothing else."""
    return {"content": path.read_bytes()}


READERS: Mapping[str, Callable[[Path], Numbers]] = {
    ".safetensors": read_safetensors,
    ".h5": read_hdf5,
    ".parquet": read_parquet,
    ".csv": read_csv,
    ".json": read_json,
    ".jsonl": read_json,
    ".npy": read_bytes,
    ".bin": read_bytes,
}
"""By the ending of the file."""


def compare_files(before: Path, after: Path) -> Iterator[str]:
    """A sentence for each difference; keys of JSON may be added and left out."""
    first, second = (READERS[path.suffix](path) for path in (before, after))
    if before.suffix not in (".json", ".jsonl"):
        for name in sorted(first.keys() ^ second.keys()):
            yield f"{name} is in one of them only"
    for name in sorted(first.keys() & second.keys()):
        if first[name] != second[name]:
            old, new = first[name], second[name]
            shown = f": {old} became {new}" if isinstance(old, str) else " differs"
            yield f"{name}{shown}"


def declared_files(run: Path) -> set[Path]:
    """Files of a run that are compared, relative to its folder."""
    found = (path.relative_to(run) for path in run.rglob("*") if path.suffix in READERS)
    return {path for path in found if path.parts[0] not in UNDECLARED}


def compare_runs(before: Path, after: Path) -> tuple[int, list[str]]:
    """Compare two runs.

    Returns:
        How many files both have, and a line for each difference.
    """
    first, second = declared_files(before), declared_files(after)
    lines = [f"{path}: only in {before}" for path in sorted(first - second)]
    both = sorted(first & second)
    for path in both:
        found = compare_files(before / path, after / path)
        lines += [f"{path}: {text}" for text in found]
    return len(both), lines


def main() -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    arguments = parser.parse_args()
    number, lines = compare_runs(arguments.before, arguments.after)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    new = declared_files(arguments.after) - declared_files(arguments.before)
    sys.stdout.write("".join(f"new: {path}\n" for path in sorted(new)))
    sys.stdout.write(f"{number} files compared, {len(lines)} differences\n")
    return 1 if lines or not number else 0


if __name__ == "__main__":
    sys.exit(main())
