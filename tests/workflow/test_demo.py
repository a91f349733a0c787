"""The demo from beginning to end, as `make demo` runs it."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import chain, product
from pathlib import Path

import pandas as pd
import pytest

from protlang.datasets.splits import read_provenance
from protlang.formats.embeddings import open_embeddings
from protlang.pretraining.pfam_pairs import read_fixed_pairs
from protlang.tables.agreement import MEANINGS
from protlang.tables.cells import COLUMNS, read_cells
from protlang.tables.layout import PROTOCOL_TITLE
from support.checkout import REPOSITORY, copy_checkout

pytestmark = pytest.mark.workflow

OWN = [
    *("DeepSeqVec", "DeepProf", "DeepProf+SeqVec"),
    *("DeepProtVec", "DeepOneHot", "DeepBLOSUM65"),
]
ADDED = ["Swiss-Prot", "UniRef90", "4 layers"]
PRINTED = [
    *("seqvec_table1", "seqvec_table2", "seqvec_tableS1"),
    *("seqvec_timings", "seqvec_intext", "seqvec_leakage"),
    *(f"plus_table{number}" for number in range(1, 7)),
    *("plus_intext", "agreement"),
]
COMPARED_TABLES = [
    name for name in PRINTED if name not in ("seqvec_leakage", "agreement")
]
PLUS_ROWS = ["PLUS-TFM", "PLUS-RNN BASE", "PLUS-RNN LARGE"]
ADDED_PLUS_ROWS = [
    *("PLUS-RNN BASE [w/o PT]", "P-ELMo (re-implementation)", "SeqVec (frozen)")
]
FIGURES = [
    *("seqvec_fig1a", "seqvec_fig1b", "seqvec_fig1c", "seqvec_fig1d"),
    *("seqvec_fig2", "seqvec_fig3"),
    *("seqvec_figS1", "seqvec_figS2", "seqvec_figS4", "seqvec_timings"),
    *("plus_fig2", "plus_fig3", "plus_fig4"),
]


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
    expected: dict[str, Iterable[tuple[str, str]]] = {
        "tables": product(PRINTED, ["csv", "html", "md"]),
        "figures": product(FIGURES, ["csv", "png", "svg"]),
    }
    compared = ["seqvec_table1_comparisons", "seqvec_table2_comparisons"]
    comparisons = product(compared, ["csv"])
    expected["tables"] = chain(expected["tables"], comparisons)
    for folder, elements in expected.items():
        names = {f"{element}.{ending}" for element, ending in elements}
        assert {path.name for path in (results / folder).iterdir()} == names
    assert (results / "report.html").stat().st_size > 100_000


def test_no_cell_is_blank(results: Path) -> None:
    for path in [*results.glob("tables/*.csv"), *results.glob("figures/*.csv")]:
        for line in path.read_text().splitlines():
            assert ",," not in line
            assert not line.endswith(",")


def test_no_cell_of_a_simulated_run_is_comparable(cells: pd.DataFrame) -> None:
    verdicts = cells["agreement"].value_counts().to_dict()
    assert verdicts == {"excerpted": 33, "not comparable": 90}
    assert set(cells.loc[OWN, "agreement"]) == {"not comparable"}


@pytest.mark.parametrize("table", COMPARED_TABLES)
def test_nothing_simulated_is_reproduced(results: Path, table: str) -> None:
    verdicts = read_cells(results / "tables" / f"{table}.csv")["agreement"]
    assert "not comparable" in set(verdicts)
    assert "reproduced" not in set(verdicts)


@pytest.mark.parametrize("table", COMPARED_TABLES)
def test_every_number_has_a_protocol_and_a_known_word(
    results: Path, table: str
) -> None:
    cells = read_cells(results / "tables" / f"{table}.csv")
    assert list(cells.columns[: len(COLUMNS)]) == COLUMNS
    assert cells.columns.is_unique
    assert set(cells["agreement"]) <= set(MEANINGS)
    ours = cells[~cells["agreement"].isin(["not run", "excerpted"])]
    assert ours["protocol"].notna().all()
    simulated = ours[ours["simulated"]]
    assert set(simulated["agreement"]) == {"not comparable"}
    page = (results / "tables" / f"{table}.md").read_text(encoding="utf-8")
    assert page.count(PROTOCOL_TITLE) == 1


def test_other_encoders_stand_below_the_papers_rows(cells: pd.DataFrame) -> None:
    rows = list(dict.fromkeys(cells.index.get_level_values("row")))
    assert rows[-3:] == [f"DeepSeqVec ({name})" for name in ADDED]
    assert cells.loc[rows[-3:], "paper_value"].isna().all()
    assert cells.loc[rows[-3:], "value"].between(0, 100).all()


def test_every_user_can_read_the_means_of_a_corpus(results: Path) -> None:
    folder = results / "corpus_embeddings" / "elmo-uniref50" / "swissprot"
    parts = [open_embeddings(path) for path in sorted(folder.glob("shard-*.h5"))]
    meta = json.loads((results / "corpora" / "swissprot" / "meta.json").read_text())
    assert sum(map(len, parts)) == meta["proteins"]
    assert all(vectors.shape == (64,) for part in parts for vectors in part.values())


@pytest.mark.parametrize("dataset", ["CASP12", "TS115", "CB513"])
def test_profiles_beat_single_sequences(cells: pd.DataFrame, dataset: str) -> None:
    q3 = cells.xs((dataset, "Q3"), level=["dataset", "metric"])["value"]
    assert q3["DeepProf"] > q3["DeepOneHot"] + 3
    assert q3["DeepOneHot"] > 55


@pytest.mark.parametrize("model", ["PLUS-TFM", "PLUS-RNN BASE", "PLUS-RNN LARGE"])
def test_families_are_predicted(results: Path, model: str) -> None:
    cells = read_cells(results / "tables" / "plus_table1.csv")
    assert cells.set_index(["row", "metric"])["value"][model, "SFP accuracy"] > 0.6


def test_masked_residues_are_predicted_better_than_by_frequency(results: Path) -> None:
    cells = read_cells(results / "tables" / "plus_table1.csv")
    own = cells[(cells["metric"] == "(M)LM accuracy") & (cells["kind"] == "reproduced")]
    pairs = read_fixed_pairs(results / "plus" / "test_pairs.parquet")
    letters = Counter("".join(chain.from_iterable(pairs.sequences)))
    most_frequent = max(letters.values()) / letters.total()
    assert len(own) == 4
    assert (own["value"] > most_frequent + 0.02).all()


@pytest.fixture(scope="module")
def fine_tuned(results: Path) -> "pd.Series[float]":
    """Numbers of PLUS's Table 2, by row and task."""
    cells = read_cells(results / "tables" / "plus_table2.csv")
    return cells.set_index(["row", "dataset"])["value"]


def test_every_number_of_plus_is_computed(results: Path) -> None:
    names = [name for name in PRINTED if name.startswith("plus")]
    cells = pd.concat(read_cells(results / f"tables/{name}.csv") for name in names)
    own = cells[cells["kind"] != "excerpted"]
    assert "not run" not in set(own["agreement"])
    assert len(own[own["kind"] == "reproduced"]) == 7 + 21 + 16 + 12 + 12 + 12


def test_every_model_is_fine_tuned_on_every_task(
    fine_tuned: "pd.Series[float]",
) -> None:
    for row in (*PLUS_ROWS, *ADDED_PLUS_ROWS):
        assert len(fine_tuned[row].dropna()) == 7


def test_what_was_learned_on_pfam_helps(fine_tuned: "pd.Series[float]") -> None:
    gains = fine_tuned["PLUS-RNN BASE"] - fine_tuned["PLUS-RNN BASE [w/o PT]"]
    assert gains["Stability"] > 0.05
    assert gains.mean() > 0.02


def test_figure_2_shows_short_and_long_pairs(results: Path) -> None:
    numbers = pd.read_csv(results / "figures" / "plus_fig2.csv")
    assert (numbers["n"] > 0).all()


def test_alignments_are_scored_on_the_same_pairs(results: Path) -> None:
    cells = read_cells(results / "tables" / "plus_table3.csv")
    counts = cells[cells["kind"] != "excerpted"].groupby("dataset")["n"].unique()
    assert {name: list(found) for name, found in counts.items()} == {
        "SCOPe 2.06": [1100],
        "SCOPe 2.07": [500],
    }
    r = cells[cells["metric"] == "Pearson r"].set_index(["dataset", "row"])["value"]
    for method in ("NW-align", "phmmer"):
        assert r["SCOPe 2.06", f"{method} (this run)"] > 0.2


@pytest.mark.parametrize(
    "page",
    [
        "report.html",
        *(f"tables/{name}.{end}" for name in PRINTED for end in ("html", "md")),
    ],
)
def test_every_page_says_that_the_data_are_simulated(results: Path, page: str) -> None:
    assert "Simulated data." in (results / page).read_text()


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_says_that_the_data_are_simulated(
    results: Path, name: str
) -> None:
    # Matplotlib draws text as outlines and keeps it as a comment.
    text = (results / f"figures/{name}.svg").read_text()
    assert "Simulated data." in text


def test_the_language_model_beats_the_markov_models(results: Path) -> None:
    summary = json.loads((results / "encoders/elmo-uniref50/summary.json").read_text())
    own = summary["held_out_perplexity"]
    assert own < summary["held_out_perplexity_markov_0"] - 0.3
    assert own < summary["held_out_perplexity_markov_2"]


def test_perplexities_of_both_language_models_are_in_the_table(results: Path) -> None:
    """Ours learned something; the published one of the simulation did not."""
    cells = read_cells(results / "tables" / "seqvec_intext.csv")
    full = cells[cells["metric"] == "perplexity, dropout, full softmax"]
    found = dict(zip(full["row"], full["value"].astype(float), strict=True))
    assert found["SeqVec LM: elmo-uniref50"] < 20
    assert found["SeqVec LM: seqvec-checkpoint"] > 25
    (compared,) = cells[cells["metric"] == "perplexity at convergence"]["value"]
    sampled = cells[cells["metric"] == "perplexity, dropout, sampled softmax"]
    assert compared == sampled["value"].iloc[0]


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
    assert len(shown) == 27
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
