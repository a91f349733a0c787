"""The demo from beginning to end, as `make demo` runs it."""

import json
import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from checkout import REPOSITORY, copy_checkout
from protlang.datasets import read_provenance
from protlang.tables.cells import read_cells

pytestmark = pytest.mark.workflow

OWN = ["DeepProf", "DeepOneHot", "DeepBLOSUM65"]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's results, made in a copy of the checkout."""
    copy = copy_checkout(tmp_path_factory.mktemp("demo"))
    command = "snakemake --profile profiles/demo all"
    subprocess.run([sys.executable, "-m", *command.split()], cwd=copy, check=True)
    return copy / "results" / "demo"


@pytest.fixture(scope="module")
def cells(results: Path) -> pd.DataFrame:
    table = read_cells(results / "tables" / "seqvec_table1.csv")
    return table.set_index(["row", "dataset", "metric"])


def test_every_table_and_figure_is_there(results: Path) -> None:
    expected = {
        "tables": product(["table1", "tableS1"], ["csv", "html", "md"]),
        "figures": product(["fig1a", "fig1b", "figS1"], ["csv", "png", "svg"]),
    }
    for folder, elements in expected.items():
        names = {f"seqvec_{element}.{ending}" for element, ending in elements}
        assert {path.name for path in (results / folder).iterdir()} == names
    assert (results / "report.html").stat().st_size > 100_000


def test_no_cell_is_blank(results: Path) -> None:
    for path in results.glob("*/seqvec_*.csv"):
        for line in path.read_text().splitlines():
            assert ",," not in line
            assert not line.endswith(",")


def test_no_cell_of_a_simulated_run_is_comparable(cells: pd.DataFrame) -> None:
    verdicts = cells["verdict"].value_counts().to_dict()
    assert verdicts == {"excerpted": 33, "not comparable": 30, "not run": 30}
    assert set(cells.loc[OWN, "verdict"]) == {"not comparable"}


@pytest.mark.parametrize("dataset", ["CASP12", "TS115", "CB513"])
def test_profiles_beat_single_sequences(cells: pd.DataFrame, dataset: str) -> None:
    q3 = cells.xs((dataset, "Q3"), level=["dataset", "metric"])["value"]
    assert q3["DeepProf"] > q3["DeepOneHot"] + 3
    assert q3["DeepOneHot"] > 55


@pytest.mark.parametrize(
    "page", ["report.html", "tables/seqvec_table1.html", "tables/seqvec_table1.md"]
)
def test_every_page_says_that_the_data_are_simulated(results: Path, page: str) -> None:
    assert "Simulated data." in (results / page).read_text()


@pytest.mark.parametrize("panel", "ab")
def test_every_figure_says_that_the_data_are_simulated(
    results: Path, panel: str
) -> None:
    # Matplotlib draws text as outlines and keeps it as a comment.
    assert (
        "Simulated data." in (results / f"figures/seqvec_fig1{panel}.svg").read_text()
    )


def test_the_language_model_beats_the_markov_models(results: Path) -> None:
    summary = json.loads((results / "encoders/elmo-uniref50/summary.json").read_text())
    own = summary["held_out_perplexity"]
    assert own < summary["held_out_perplexity_markov_0"] - 0.3
    assert own < summary["held_out_perplexity_markov_2"]


def test_unmatched_proteins_are_left_out_and_listed(results: Path) -> None:
    left_out = read_provenance(results / "datasets/netsurfp2/train.parquet")["left_out"]
    assert len(left_out) == 3
    report = (results / "report.html").read_text()
    assert all(entry["id"] in report for entry in left_out)


def test_the_readme_shows_the_demos_table(results: Path) -> None:
    """Processors differ in the last bits of a sum, so networks differ a little."""
    made = rows_of((results / "tables" / "seqvec_table1.md").read_text())
    readme = (REPOSITORY / "README.md").read_text()
    shown = rows_of(readme.split("demo table: begin")[1].split("demo table: end")[0])
    assert len(shown) == 9
    for method, numbers in shown.items():
        assert numbers == pytest.approx(made[method], abs=3, rel=0.3, nan_ok=True)


def rows_of(markdown: str) -> dict[tuple[str, str], list[float]]:
    """The first number of each cell of a table's rows, by data set and method."""
    rows: dict[tuple[str, str], list[float]] = {}
    for line in markdown.splitlines():
        texts = [text.strip() for text in line.strip("| ").split("|")]
        if texts[0] in ("CASP12", "TS115", "CB513"):
            numbers = [first_number(text) for text in texts[2:]]
            rows.setdefault((texts[0], texts[1]), numbers)
    return rows


def first_number(text: str) -> float:
    number = re.match(r"[0-9.]+", text)
    return float(number[0]) if number else float("nan")
