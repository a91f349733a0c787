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

Differences = Iterator[str]

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


def as_number(text: str) -> float | None:
    """The number that a cell holds, if it is one."""
    try:
        return float(text)
    except ValueError:
        return None


def same_arrays(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether two arrays have the same type, shape and bits."""
    return (
        before.dtype == after.dtype
        and before.shape == after.shape
        and before.tobytes() == after.tobytes()
    )


def compare_arrays(
    before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]
) -> Differences:
    """Arrays by name."""
    for name in sorted(before.keys() ^ after.keys()):
        yield f"{name} is in one of them only"
    for name in sorted(before.keys() & after.keys()):
        if not same_arrays(before[name], after[name]):
            yield f"{name} differs"


def compare_safetensors(before: Path, after: Path) -> Differences:
    """Weights; what the files say of themselves is text."""
    return compare_arrays(load_file(before), load_file(after))


def compare_hdf5(before: Path, after: Path) -> Differences:
    """Data sets; attributes are text."""
    return compare_arrays(_data_sets(before), _data_sets(after))


def _data_sets(path: Path) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}

    def visit(name: str, item: object) -> None:
        if (
            isinstance(item, h5py.Dataset)
            and h5py.check_string_dtype(item.dtype) is None
        ):
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def compare_parquet(before: Path, after: Path) -> Differences:
    """Columns; the schema's metadata is text."""
    first, second = pq.read_table(before), pq.read_table(after)
    if first.column_names != second.column_names:
        yield f"columns {first.column_names} became {second.column_names}"
        return
    for name in first.column_names:
        if not first[name].equals(second[name]) and not _both_nan(first, second, name):
            yield f"column {name} differs"


def _both_nan(first: Any, second: Any, name: str) -> bool:
    """Arrow takes NaN for different from itself; the bits of text forms do not."""
    return str(first[name].to_pylist()) == str(second[name].to_pylist())


def compare_csv(before: Path, after: Path) -> Differences:
    """Cells that are numbers on either side."""
    first, second = _rows(before), _rows(after)
    if len(first) != len(second):
        yield f"{len(first)} rows became {len(second)}"
        return
    for number, (old, new) in enumerate(zip(first, second, strict=True), 1):
        if any(word in f"{old.get('row')} {old.get('metric')}" for word in TIMED):
            continue
        for column in sorted(old.keys() | new.keys()):
            if is_clock(column):
                continue
            left, right = old.get(column, ""), new.get(column, "")
            is_number = as_number(left) is not None or as_number(right) is not None
            if is_number and left != right:
                yield f"row {number}, {column}: {left} became {right}"


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as stream:
        return [
            {str(key): str(value) for key, value in row.items()}
            for row in csv.DictReader(stream)
        ]


def compare_json(before: Path, after: Path) -> Differences:
    """Numbers by key; keys on one side only are described, not weighed."""
    first, second = _numbers(before), _numbers(after)
    for key in sorted(first.keys() & second.keys()):
        if first[key] != second[key]:
            yield f"{key}: {first[key]} became {second[key]}"


def _numbers(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = lines if path.suffix == ".jsonl" else ["\n".join(lines)]
    return {
        key: value
        for place, text in enumerate(texts)
        for key, value in _leaves(json.loads(text), str(place))
    }


def _leaves(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if not is_clock(name):
                yield from _leaves(inner, f"{key}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{key}[{place}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield key, repr(value)


def compare_bytes(before: Path, after: Path) -> Differences:
    """Files that hold numbers and nothing else."""
    if before.read_bytes() != after.read_bytes():
        yield "bytes differ"


COMPARISONS: Mapping[str, Callable[[Path, Path], Differences]] = {
    ".safetensors": compare_safetensors,
    ".h5": compare_hdf5,
    ".parquet": compare_parquet,
    ".csv": compare_csv,
    ".json": compare_json,
    ".jsonl": compare_json,
    ".npy": compare_bytes,
    ".bin": compare_bytes,
}
"""By the ending of the file."""


def declared_files(run: Path) -> set[Path]:
    """Files of a run that are compared, relative to its folder."""
    found = (
        path.relative_to(run) for path in run.rglob("*") if path.suffix in COMPARISONS
    )
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
        compare = COMPARISONS[path.suffix]
        lines += [f"{path}: {text}" for text in compare(before / path, after / path)]
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
