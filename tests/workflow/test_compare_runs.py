"""The command that compares two runs sees numbers that differ, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from support.compare_runs import compare_runs


def write_weights(folder: Path, value: float) -> None:
    save_file({"weight": np.array([value], np.float32)}, folder / "model.safetensors")


def write_vectors(folder: Path, value: float) -> None:
    with h5py.File(folder / "vectors.h5", "w") as file:
        file["P1"] = np.array([value], np.float32)
        file["P1"].attrs["description"] = "any text"


def write_columns(folder: Path, value: float) -> None:
    frame = pd.DataFrame({"score": [value, np.nan], "id": ["P1", "P2"]})
    frame.to_parquet(folder / "scores.parquet")


def write_cells(folder: Path, value: float) -> None:
    (folder / "table.csv").write_text(f"row,unit,value\nQ3,percent,{value!r}\n")


def write_facts(folder: Path, value: float) -> None:
    (folder / "facts.json").write_text(json.dumps({"model": {"loss": value}}))


def write_store(folder: Path, value: float) -> None:
    np.save(folder / "offsets.npy", np.array([value]))


WRITERS = (
    write_weights,
    write_vectors,
    write_columns,
    write_cells,
    write_facts,
    write_store,
)
NEXT = float(np.nextafter(np.float32(0.1), np.float32(1)))


def two_runs(tmp_path: Path) -> tuple[Path, Path]:
    runs = tmp_path / "before", tmp_path / "after"
    for run in runs:
        run.mkdir()
    return runs


@pytest.mark.parametrize("write", WRITERS)
def test_the_last_bit_of_any_kind_of_file_counts(
    write: Callable[[Path, float], None], tmp_path: Path
) -> None:
    before, after = two_runs(tmp_path)
    write(before, float(np.float32(0.1)))
    write(after, float(np.float32(0.1)))
    assert compare_runs(before, after) == (1, [])
    write(after, NEXT)
    number, lines = compare_runs(before, after)
    assert (number, len(lines)) == (1, 1)


def test_a_missing_file_counts(tmp_path: Path) -> None:
    before, after = two_runs(tmp_path)
    write_cells(before, 1.0)
    assert compare_runs(before, after)[1] == [f"table.csv: only in {before}"]


def test_texts_and_clocks_do_not_count(tmp_path: Path) -> None:
    before, after = two_runs(tmp_path)
    for run, text, clock in ((before, "guessed", 1), (after, "predicted", 2)):
        (run / "table.csv").write_text(
            f"row,metric,value,residues_per_second\n{text},count,3,{clock}\n"
            f"{text},training time,{clock},0\n"
        )
        facts = {"verdict": text, "memory_gib": clock, "updates": 5}
        (run / "facts.json").write_text(json.dumps(facts))
    assert compare_runs(before, after) == (2, [])
