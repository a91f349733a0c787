"""Benchmarks: what is timed, what is written, and the page made from it."""

import json
import sys
from pathlib import Path

import pytest
import torch

from protlang.models.elmo_inference import ElmoInference
from support.checkout import REPOSITORY
from support.elmo_models import CLIPPED, make_model

sys.path.append(str(REPOSITORY / "benchmarks"))

import measure
import performance
import run_all
from plain_elmo import PlainElmo

REQUIRED = ("name", "ratio", "goal", "agreement", "limit_share", "machine")
PAGE = f"{performance._BEGIN}\n{performance._END}\n"


def make_result(**changes: object) -> measure.Result:
    """A result three times as fast as its baseline, at half of its limit."""
    race = measure.Race(ours=[1.0, 2.0, 1.0], baseline=[3.0, 6.0, 4.0])
    values: dict[str, object] = {
        "name": "adding",
        "what": "adding numbers",
        "baseline": "a loop",
        "unit": "numbers",
        "work": 100,
        "race": race,
        "agreement": "equal",
        "goal": 2.0,
        "limit_rate": 200.0,
        "limit": "memory",
    }
    return measure.Result(**(values | changes))  # type: ignore[arg-type]


def test_ratio_is_the_median_of_rounds() -> None:
    result = make_result()
    assert result.race.ratio == 3.0
    assert result.rate == 100
    assert result.limit_share == 0.5


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, True),
        ({"goal": 3.5}, False),
        ({"goal": None, "limit_share_goal": 0.5}, True),
        ({"limit_share_goal": 0.6}, False),
        ({"limit_share_goal": 0.1, "limit_rate": None}, False),
    ],
)
def test_goals_are_met_only_all_together(changes: dict[str, object], met: bool) -> None:
    assert make_result(**changes).met is met


def test_both_sides_run_equally_often_in_turns() -> None:
    calls: list[str] = []
    measure.race(lambda: calls.append("ours"), lambda: calls.append("other"), 3)
    assert calls == ["ours", "other"] * 4


def test_results_have_what_readers_of_them_need(tmp_path: Path) -> None:
    measure.record(make_result(), tmp_path)
    found = json.loads((tmp_path / "adding.json").read_text(encoding="utf-8"))
    assert set(REQUIRED) <= set(found)
    assert found["machine"]["cores"] >= 1


def test_page_shows_results_and_reasons(tmp_path: Path) -> None:
    measure.record(make_result(goal=5, note="memory is slow"), tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"before\n{PAGE}after\n", encoding="utf-8")
    performance.update(page, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert (
        "| adding numbers | a loop | 3.00 | 3.00 to 4.00 | 5 | 50% of memory |" in text
    )
    assert "memory is slow" in text


def test_pipes_in_texts_end_no_column(tmp_path: Path) -> None:
    measure.record(make_result(baseline="gzip -dc | wc -c"), tmp_path)
    (row,) = [
        line
        for line in performance.as_markdown(performance.read(tmp_path)).splitlines()
        if "gzip" in line
    ]
    assert row.replace("\\|", "").count("|") == len(performance.COLUMNS) + 1


def test_kept_results_are_on_the_page() -> None:
    for result in performance.read(measure.RESULTS):
        assert set(REQUIRED) <= set(result), result["name"]
        assert result["met"] or result["note"], result["name"]
    block = performance.as_markdown(performance.read(measure.RESULTS))
    assert block in performance.PAGE.read_text(encoding="utf-8")


def test_every_benchmark_listed_exists() -> None:
    for name in run_all.BENCHMARKS:
        assert (REPOSITORY / "benchmarks" / f"{name}.py").exists()


def test_plain_reading_of_elmo_agrees_with_the_engine() -> None:
    model = make_model(CLIPPED, gain=3)
    proteins = [torch.arange(length) % 25 for length in (9, 1, 30, 4)]
    expected, _ = ElmoInference(model, torch.float64).encode(proteins)
    for found, own in zip(PlainElmo(model).encode(proteins), expected, strict=True):
        torch.testing.assert_close(found, own)
