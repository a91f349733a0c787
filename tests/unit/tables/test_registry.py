"""Tables and figures of PLUS from the files of a run, as their rules make them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from protlang.figures.registry import draw_figure
from protlang.homology.examples import example_pairs, read_weights, write_weights
from protlang.homology.pairs import read_fixed_pairs, write_fixed_pairs
from protlang.homology.scores import read_pair_scores
from protlang.pretraining import pfam_pairs
from protlang.tables.cells import read_cells
from protlang.tables.inputs import Inputs
from protlang.tables.registry import TABLES, make_table
from support.checkout import REPOSITORY
from support.corpora import build_families
from support.plus_results import LARGE, NW, PAIRS, ROWS, write_results

SOURCES = str(REPOSITORY / "config" / "sources.yaml")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    write_results(folder)
    return folder


def paths(folder: Path, pattern: str) -> list[str]:
    return sorted(map(str, folder.glob(pattern)))


def made(name: str, inputs: Inputs, folder: Path) -> pd.DataFrame:
    """The cells of a table, whose pages have its title."""
    outputs = {end: f"{folder}/{name}.{end}" for end in ("csv", "md", "html")}
    make_table(inputs, outputs)
    for end in ("md", "html"):
        assert TABLES[name].title in Path(outputs[end]).read_text()
    return read_cells(Path(outputs["csv"]))


def drawn(name: str, inputs: Inputs, folder: Path) -> pd.DataFrame:
    """The numbers of a figure, whose pictures are not empty."""
    draw_figure(f"{folder}/{name}.svg", inputs)
    assert (folder / f"{name}.svg").stat().st_size > 10_000
    assert (folder / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
    return pd.read_csv(folder / f"{name}.csv")


def finetuned(name: str, results: Path, folder: Path) -> pd.DataFrame:
    """One of Tables 2 to 6."""
    inputs = Inputs(
        {
            "scores": paths(results, "*/*/scores.csv"),
            "predictions": paths(results, "*/homology/predictions/test.parquet"),
            "aligned": paths(results, "NW-align/scores.csv"),
            "aligned_pairs": paths(results, "NW-align/test.parquet"),
        },
        {"rows": ROWS},
    )
    return made(name, inputs, folder).set_index(["row", "dataset", "metric"])


def test_every_table_takes_its_numbers_from_the_same_files(
    results: Path, tmp_path: Path
) -> None:
    tables = {
        number: finetuned(f"plus_table{number}", results, tmp_path)
        for number in (2, 3, 4, 5, 6)
    }
    secondary = tables[4].loc[(f"{LARGE} [w/ PT]", "CB513", "8-state accuracy")]
    assert secondary["value"] == 0.5
    assert secondary["protocol"] != "same"
    summary = tables[2].loc[(LARGE, "Homology", "Pearson r (SCOPe 2.06)")]
    detail = tables[3].loc[(LARGE, "SCOPe 2.06", "Pearson r")]
    assert summary["value"] == detail["value"] > 0.95
    aligned = tables[3].loc[(NW, "SCOPe 2.06", "Pearson r")]
    assert aligned["value"] < summary["value"]
    assert aligned[f"Steiger_t_{LARGE}"] < 0
    quoted = tables[3].loc[("NW-align", "SCOPe 2.06", "accuracy")]
    assert quoted["agreement"] == "excerpted"
    # None of these is the base model or an ablation of it.
    assert set(tables[5]["agreement"]) == {"not run"}


def prediction(results: Path) -> str:
    return str(results / "large" / "homology" / "predictions" / "test.parquet")


def test_figure_2_shows_parts_of_the_development_pairs(
    results: Path, tmp_path: Path
) -> None:
    inputs = Inputs(
        {"scores": paths(results, "*/homology/scores.csv")},
        {"rows": ROWS, "simulated": True},
    )
    numbers = drawn("plus_fig2", inputs, tmp_path).set_index(["metric", "pairs", "row"])
    bars = numbers.loc[("Pearson r", ["Short", "Long"], LARGE), "n"]
    assert bars.tolist() == [40, 20]


def test_figure_3_shows_both_methods(results: Path, tmp_path: Path) -> None:
    inputs = Inputs(
        {
            "network": prediction(results),
            "alignment": f"{results}/NW-align/test.parquet",
        },
        {"network": LARGE, "alignment": "NW-align", "simulated": True},
    )
    counts = drawn("plus_fig3", inputs, tmp_path).groupby("method").size()
    assert counts.to_dict() == {LARGE: PAIRS, "NW-align": PAIRS}


@pytest.fixture(scope="module")
def examples(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Figure 4, from the choice of its pairs on; random weights of alignments."""
    folder = tmp_path_factory.mktemp("examples")
    rng = np.random.default_rng(0)
    pairs = read_fixed_pairs(results / "pairs.parquet")
    chosen = example_pairs(pairs)
    write_fixed_pairs(folder / "pairs.parquet", chosen, pairs.provenance)
    lengths = [tuple(map(len, pair.sequences)) for pair in chosen]
    write_weights(folder / "weights.npz", [rng.random(shape) for shape in lengths])
    files = {
        "pairs": f"{folder}/pairs.parquet",
        "weights": f"{folder}/weights.npz",
        "network": prediction(results),
        "alignment": f"{results}/NW-align/test.parquet",
    }
    drawn("plus_fig4", Inputs(files, {"simulated": True}), folder)
    return folder


def test_figure_4_shows_pairs_of_the_test_set(results: Path, examples: Path) -> None:
    numbers = pd.read_csv(examples / "plus_fig4.csv")
    assert numbers["level"].tolist() == ["family", "family", "fold"]
    assert numbers["nw_score"].between(0, 4).all()
    predicted = read_pair_scores(prediction(results))
    ids = zip(numbers["id_a"], numbers["id_b"], strict=True)
    expected = list(map(predicted.score_of, ids))
    assert numbers["plus_score"].tolist() == pytest.approx(expected, rel=1e-4)
    shapes = [one.shape for one in read_weights(examples / "weights.npz")]
    assert shapes == list(zip(numbers["length_a"], numbers["length_b"], strict=True))


CONFIG = {
    "corpora": {"pfam": {"sources": ["pfam-27"]}},
    "encoders": {
        "rnn": {
            "architecture": "plus-rnn",
            "row": LARGE,
            "corpus": "pfam",
            "model": {"hidden_dim": 3},
            "epochs": 1,
            "selection": {"shortest": 25},
        }
    },
    "plus": {"corpus": "pfam", "pairs": {"test": 40, "seed": 1}},
}

DESCRIPTION = """{
    "training": {
        "masking": {"share": 0.15, "masked": 0.8, "replaced": 0.1},
        "counts": [
            {"set": "training", "step": "family size", "domains": 7, "families": 2}
        ]
    },
    "trained_on": {"sources": ["pfam-27"], "simulated": true}
}"""


def intext(config: dict[str, Any], folder: Path, **files: Any) -> pd.DataFrame:
    """The numbers of PLUS's text, of a configuration and its files."""
    inputs = Inputs(files, {"simulated": True}, {"sources": SOURCES, **config})
    return made("plus_intext", inputs, folder).set_index(["row", "metric"])


def test_numbers_of_the_text_come_from_all_parts_of_a_run(
    results: Path, examples: Path, tmp_path: Path
) -> None:
    for number in (2, 3):
        finetuned(f"plus_table{number}", results, tmp_path)
    store = build_families(tmp_path / "pfam", {"a": [30] * 20, "b": [40] * 20})
    pairs = tmp_path / "test_pairs.parquet"
    settings = pfam_pairs.PairSettings(seed=1)
    pfam_pairs.draw_fixed_pairs(pairs, store, np.arange(len(store)), settings, 40)
    (tmp_path / "rnn").mkdir()
    (tmp_path / "rnn" / "config.json").write_text(DESCRIPTION)
    cells = intext(
        CONFIG,
        tmp_path,
        table2=f"{tmp_path}/plus_table2.csv",
        table3=f"{tmp_path}/plus_table3.csv",
        corpus=paths(store.folder, "*"),
        encoders=[f"{tmp_path}/rnn/config.json"],
        test_pairs=str(pairs),
        development=f"{results}/pairs.parquet",
        figure4=f"{examples}/plus_fig4.csv",
    )
    values = cells["value"]
    assert values["Pfam 27.0", "sequences"] == "40"
    assert values["PLUS training set", "sequences"] == "7"
    assert values["minimum length", "residues"] == "25"
    assert values["MLM", "mask/random/keep"] == "80/10/10"
    assert values["Long pairs", "share of pairs"] == "0"
    share = 100 * pfam_pairs.read_fixed_pairs(pairs).same_family.mean()
    assert float(values["SFP", "same-family share"]) == pytest.approx(share, abs=0.1)
    shown = pd.read_csv(examples / "plus_fig4.csv")["plus_score"]
    scores = values[[("PLUS-RNN", "score")]].astype(float)
    assert scores.tolist() == pytest.approx(shown.tolist(), abs=0.01)
    # The tables were read: these lack other tasks and P-ELMo.
    reasons = cells["reason"]
    protocol = cells["protocol"]["Long pairs", "share of pairs"]
    assert "test domains: another, the paper's scope-2.06-95" in protocol
    assert "Solubility" in reasons["PLUS-RNN_LARGE", "tasks best overall"]
    key = "PLUS-RNN_LARGE vs P-ELMo correlation", "Steiger p-value"
    assert "P-ELMo" in reasons[key]


def test_without_models_the_text_is_not_run_but_for_the_papers_networks(
    tmp_path: Path,
) -> None:
    for number in (2, 3):
        finetuned(f"plus_table{number}", tmp_path / "none", tmp_path)
    tables = {f"table{place}": f"{tmp_path}/plus_table{place}.csv" for place in (2, 3)}
    cells = intext({}, tmp_path, **tables)
    computed = cells[~cells["agreement"].isin(["not run", "excerpted"])]
    assert {metric for _, metric in computed.index} == {
        "parameters",
        "embedding / projection dimension",
    }


def test_the_registries_load_without_pytorch() -> None:
    modules = "protlang.figures.registry, protlang.tables.registry"
    code = f"import sys, {modules}; assert 'torch' not in sys.modules"
    scripts = REPOSITORY / "workflow" / "scripts"
    subprocess.run([sys.executable, "-c", code], cwd=scripts, check=True)
