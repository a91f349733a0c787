"""SeqVec, Results: time that embeddings take, as a table and a figure."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from protlang.encoders.provenance import Provenance
from protlang.figures.seqvec_timings import PAPER, draw, plotted_numbers
from protlang.protocol import Deviation
from protlang.tables.cells import Cell, as_frame, read_cells, write_csv
from protlang.tables.layout import listed_table
from protlang.tables.seqvec_timings import TimedSet, fill, timed_sets
from support.drawings import check_drawing

PAPERS = Provenance("elmo", simulated=False)


def timings(device: str = "cpu", scale: float = 1.0) -> pd.DataFrame:
    """Three of six batches of a set of 100 proteins, 20,000 residues, timed twice."""
    once = pd.DataFrame(
        {
            "batch": [0, 3, 5],
            "of": 6,
            "stands_for": [1, 4, 1],
            "proteins": [50, 20, 2],
            "mean_length": [40.0, 200.0, 1500.0],
            "seconds": [scale * second for second in (1.0, 2.0, 3.0)],
            "seconds_per_protein": [scale * second for second in (0.02, 0.1, 1.5)],
            "device": device,
            "hardware": f"{device} of the test",
            "batch_residues": 15_000,
            "set_proteins": 100,
            "set_residues": 20_000,
        }
    )
    slower = once.assign(seconds=1.5 * once["seconds"])
    return pd.concat([once.assign(repeat=1), slower.assign(repeat=2)])


def sets(
    names: Sequence[str] = ("NetSurfP-2.0",),
    devices: Sequence[str] = ("cpu",),
    encoder: Provenance = PAPERS,
    simulated: bool = False,
) -> list[TimedSet]:
    both = pd.concat([timings(device) for device in devices])
    return [one for name in names for one in timed_sets(name, both, encoder, simulated)]


def cells(timed: Sequence[TimedSet], seconds: float = 0.01) -> dict[Any, Cell]:
    found = fill(timed, seconds)
    assert len(found) == 15
    return {(cell.target.row, cell.target.dataset): cell for cell in found}


def test_a_batch_counts_for_all_that_it_stands_for() -> None:
    # The first and the last take 4 seconds, the four between 8, for 100 proteins.
    (timed,) = sets()
    assert list(timed.seconds_per_protein) == pytest.approx([0.12, 0.18])
    assert timed.mean_length == 200


def test_a_time_is_the_mean_over_repeats_with_its_error() -> None:
    ours = cells(sets())["SeqVec CPU i7-6700", "not stated"].ours
    assert ours is not None
    # The standard deviation of 0.12 and 0.18, divided by the root of two.
    assert (ours.value, ours.stderr) == pytest.approx((0.15, 0.03))
    assert "3 of 6 batches of 100 proteins, 2 repeats" in ours.provenance


def test_cpu_times_and_settings_without_a_gpu() -> None:
    found = cells(sets())
    value = {key: cell.ours.value for key, cell in found.items() if cell.ours}
    assert value["SeqVec batching", "not stated"] == 15_000
    assert value["NetSurfP-2.0 set", "NetSurfP-2.0"] == 200
    assert value["SeqVec CPU i7-6700", "not stated"] == pytest.approx(0.15)
    assert value["SeqVec CPU i7-6700, min", "not stated"] == pytest.approx(0.025)
    assert value["SeqVec CPU i7-6700, max", "not stated"] == pytest.approx(1.875)
    speed_up = (3.6 / 0.13 + 3.6 / 0.19) / 2
    assert value["speed-up CPU vs profiles", "not stated"] == pytest.approx(speed_up)
    assert value["DeepSeqVec inference", "not stated"] == 0.01
    for (row, dataset), cell in found.items():
        if "GPU" in row:
            assert cell.agreement.verdict == "not run"
            reason = "DeepLoc" if dataset == "DeepLoc" else "no GPU was available"
            assert reason in cell.agreement.reason


def test_times_are_of_another_machine() -> None:
    def protocol(**changes: Any) -> str:
        cell = cells(sets(**changes))["SeqVec CPU i7-6700", "not stated"]
        return str(cell.as_row()["protocol"])

    machine = "hardware: cpu of the test, the paper's an Intel i7-6700"
    assert protocol() == f"{machine}; proteins: those of NetSurfP-2.0"
    small = Provenance("small", False, (Deviation("small lstm dim", "2", "4,096"),))
    assert protocol(encoder=small).endswith("; small lstm dim: 2, the paper's 4,096")


def test_a_mean_length_agrees_at_its_printed_digits() -> None:
    (timed,) = sets()
    found = cells([replace(timed, mean_length=255.7)])
    cell = found["NetSurfP-2.0 set", "NetSurfP-2.0"]
    assert cell.agreement.verdict == "reproduced"


def test_a_gpu_fills_its_own_cells() -> None:
    found = cells(sets(["NetSurfP-2.0", "DeepLoc"], ["cpu", "cuda"]))
    assert not [cell for cell in found.values() if cell.agreement.verdict == "not run"]
    for dataset in ("NetSurfP-2.0", "DeepLoc"):
        shortest = found["SeqVec GPU GTX1080, shortest batch", dataset]
        longest = found["SeqVec GPU GTX1080, longest batch", dataset]
        assert shortest.ours
        assert longest.ours
        values = shortest.ours.value, longest.ours.value
        assert values == pytest.approx((0.025, 1.875))
        protocol = str(longest.as_row()["protocol"])
        assert "cuda of the test, the paper's a GeForce GTX 1080" in protocol


def test_the_batch_size_is_a_setting_that_reproduces_nothing() -> None:
    small = Provenance("small", False, (Deviation("encoder", "small has 2 cells"),))
    found = cells(sets(encoder=small))
    assert found["SeqVec batching", "not stated"].agreement.verdict == "same setting"


def test_nothing_simulated_is_reproduced() -> None:
    assert {
        cell.agreement.verdict for cell in cells(sets(simulated=True)).values()
    } == {
        "not comparable",
        "not run",
        "same setting",  # tokens per batch, whatever the data
    }


def test_without_timings_every_cell_is_not_run() -> None:
    for cell in cells([], math.nan).values():
        assert cell.agreement.reason == "the configuration names no data set to time"


def test_inference_that_was_not_timed_is_not_run() -> None:
    found = cells(sets(), math.nan)
    assert found["DeepSeqVec inference", "not stated"].agreement.verdict == "not run"
    speed_up = found["speed-up CPU vs profiles", "not stated"]
    assert speed_up.ours
    assert speed_up.ours.value == pytest.approx((3.6 / 0.12 + 3.6 / 0.18) / 2)


def test_the_table_lists_one_number_a_line(tmp_path: Path) -> None:
    write_csv(as_frame(fill(sets(), 0.0028)), tmp_path / "t.csv")
    table = listed_table("times", read_cells(tmp_path / "t.csv"))
    assert len(table.grid.rows) == 15
    assert table.grid.rows[0] == [
        *("SeqVec batching", "not stated", "tokens per batch at most (count)"),
        *("15,000", "15,000", "same setting", "same", "chosen, not measured"),
    ]
    assert table.grid.rows[-1][3:5] == ["0.0028", "0.0028"]
    assert all(text for row in table.grid.rows for text in row)


def test_the_figure_shows_ours_and_the_papers(tmp_path: Path) -> None:
    numbers = plotted_numbers(sets(devices=["cpu", "cuda"]))
    assert list(numbers["series"].unique()) == [
        *("cpu of the test", "cuda of the test", PAPER)
    ]
    ours = numbers[numbers["series"] == "cpu of the test"]
    assert list(ours["seconds"]) == pytest.approx([0.02, 0.1, 1.5])
    assert len(numbers[numbers["series"] == PAPER]) == 6
    check_drawing(partial(draw, numbers), tmp_path)
    assert len(pd.read_csv(tmp_path / "first.csv")) == len(numbers)
