"""PLUS's tables, numbers in the text and figures, made by the rules' scripts."""

import json
import runpy
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace as Some
from typing import Any

import numpy as np
import pandas as pd
import pytest

from protlang.alphabet import PLUS_RESIDUES
from protlang.encoders.provenance import Provenance
from protlang.formats.scope_pairs import ListedPair
from protlang.homology import pairs as homology_pairs
from protlang.homology.comparisons import (
    PairScores,
    read_pair_scores,
    read_weights,
    write_pair_scores,
)
from protlang.homology.network import HomologyModel, save_homology
from protlang.homology.scores import ScoredPairs, score_homology, write_scores
from protlang.pretraining import pfam_pairs
from protlang.tables import TITLES
from protlang.tables.cells import read_cells
from support.checkout import REPOSITORY
from support.homology_fixtures import tiny_network
from support.pfam_stores import build

SCRIPTS = REPOSITORY / "workflow" / "scripts"
LARGE, NW = "PLUS-RNN LARGE", "NW-align (this run)"
ROWS = {"large": LARGE, "tfm": "PLUS-TFM"}
PAIRS = 60
LEVELS = np.arange(PAIRS) % 5
NOISE = {"large": 0.2, "tfm": 0.6, "NW-align": 3.0}
SETS = {"development": "SCOPe 2.06 dev", "test": "SCOPe 2.06"}


def run(script: str, folder: Path, **job: Any) -> None:
    """Run a rule's script without Snakemake."""
    snakemake = Some(log=[str(folder / "log.txt")], **job)
    runpy.run_path(str(SCRIPTS / script), {"snakemake": snakemake})


def domains() -> list[ListedPair]:
    """Made-up pairs, those of a family copies of each other in part."""
    rng = np.random.default_rng(7)
    pairs = []
    for place, level in enumerate(LEVELS):
        first, other = rng.choice(list(PLUS_RESIDUES[:20]), (2, 40 + place % 5))
        second = np.where(rng.random(len(first)) < 0.2 * level, first, other)
        texts = "".join(first), "".join(second)
        pairs.append(ListedPair((f"a{place}", f"b{place}"), texts, int(level)))
    return pairs


def write_method(folder: Path, predictions: Path, name: str) -> None:
    """Scores, facts and scores of pairs of a model or an alignment."""
    rng = np.random.default_rng(3)
    lengths = np.array([[200, 300 if place % 3 else 400] for place in range(PAIRS)])
    ids = [pair.ids for pair in domains()]
    told = {}
    for test_set, title in SETS.items():
        scores = LEVELS + NOISE[name] * rng.normal(size=PAIRS)
        path = predictions / f"{test_set}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_pair_scores(path, PairScores(ids, LEVELS, scores, lengths, {}))
        told[title] = ScoredPairs(scores, LEVELS, lengths)
    scored = score_homology(told, told[SETS["development"]], resamples=20)
    write_scores(folder / "scores.csv", scored)
    (folder / "facts.json").write_text(json.dumps(asdict(Provenance(name, True, ""))))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What fine-tuning leaves behind."""
    folder = tmp_path_factory.mktemp("results")
    for model in ROWS:
        own = folder / model / "homology"
        write_method(own, own / "predictions", model)
    write_method(folder / "NW-align", folder / "NW-align", "NW-align")
    secondary = folder / "large" / "secondary_structure"
    secondary.mkdir()
    (secondary / "scores.csv").write_text(
        "test_set,metric,value,stderr,low,high,n,seeds\n"
        "CB513,8-state accuracy,0.5,0.01,0.48,0.52,9,2\n"
    )
    facts = asdict(Provenance("large", False, "small"))
    (secondary / "facts.json").write_text(json.dumps(facts))
    path = folder / "pairs.parquet"
    origin = {"source": "another", "part": "development", "simulated": False}
    provenance = {"domains": {**origin, "longer": 0, "proteins": 2 * PAIRS}}
    homology_pairs.write_fixed_pairs(path, domains(), provenance)
    return folder


def paths(folder: Path, pattern: str) -> list[str]:
    return sorted(map(str, folder.glob(pattern)))


def prediction(results: Path) -> str:
    """What PLUS-RNN LARGE says of the test pairs."""
    return str(results / "large" / "homology" / "predictions" / "test.parquet")


def tabulate(results: Path, folder: Path, name: str) -> pd.DataFrame:
    """The cells of one of Tables 2 to 6."""
    stem = folder / name
    run(
        "tabulate_plus_finetuning.py",
        folder,
        input=Some(
            scores=paths(results, "*/*/scores.csv"),
            predictions=paths(results, "*/homology/predictions/test.parquet"),
            aligned=paths(results, "NW-align/scores.csv"),
            aligned_pairs=paths(results, "NW-align/test.parquet"),
        ),
        output=Some(**{end: f"{stem}.{end}" for end in ("csv", "md", "html")}),
        params=Some(rows=ROWS),
    )
    for end in ("md", "html"):
        assert TITLES[name] in stem.with_suffix(f".{end}").read_text()
    cells = read_cells(stem.with_suffix(".csv"))
    return cells.set_index(["row", "dataset", "metric"])


def test_every_table_takes_its_numbers_from_the_same_files(
    results: Path, tmp_path: Path
) -> None:
    tables = {
        f"plus_table{number}": tabulate(results, tmp_path, f"plus_table{number}")
        for number in (2, 3, 4, 5, 6)
    }
    secondary = tables["plus_table4"].loc[
        (f"{LARGE} [w/ PT]", "CB513", "8-state accuracy")
    ]
    assert (secondary["value"], secondary["verdict"]) == (0.5, "deviates")
    summary = tables["plus_table2"].loc[(LARGE, "Homology", "Pearson r (SCOPe 2.06)")]
    detail = tables["plus_table3"].loc[(LARGE, "SCOPe 2.06", "Pearson r")]
    assert summary["value"] == detail["value"] > 0.95
    aligned = tables["plus_table3"].loc[(NW, "SCOPe 2.06", "Pearson r")]
    assert aligned["value"] < summary["value"]
    assert aligned[f"Steiger_t_{LARGE}"] < 0
    # None of these is the base model or an ablation of it.
    assert set(tables["plus_table5"]["verdict"]) == {"not run"}


def figure(folder: Path, name: str) -> Some:
    return Some(svg=str(folder / f"{name}.svg"))


def drawn(folder: Path, name: str) -> pd.DataFrame:
    """The numbers of a figure, after a look at its pictures."""
    assert (folder / f"{name}.svg").stat().st_size > 10_000
    assert (folder / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
    return pd.read_csv(folder / f"{name}.csv")


def test_figure_2_shows_parts_of_the_development_pairs(
    results: Path, tmp_path: Path
) -> None:
    run(
        "draw_plus_fig2.py",
        tmp_path,
        input=Some(scores=paths(results, "*/homology/scores.csv")),
        output=figure(tmp_path, "plus_fig2"),
        params=Some(rows=ROWS, simulated=True),
    )
    numbers = drawn(tmp_path, "plus_fig2").set_index(["metric", "pairs", "row"])
    bars = numbers.loc[("Pearson r", ["Short", "Long"], LARGE), "n"]
    assert bars.tolist() == [40, 20]


def test_figure_3_shows_both_methods(results: Path, tmp_path: Path) -> None:
    run(
        "draw_plus_fig3.py",
        tmp_path,
        input=Some(
            network=prediction(results),
            alignment=str(results / "NW-align" / "test.parquet"),
        ),
        output=figure(tmp_path, "plus_fig3"),
        params=Some(network=LARGE, alignment="NW-align", simulated=True),
    )
    numbers = drawn(tmp_path, "plus_fig3")
    assert numbers.groupby("method").size().to_dict() == {
        LARGE: PAIRS,
        "NW-align": PAIRS,
    }


@pytest.fixture(scope="module")
def examples(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Figure 4, from the choice of its pairs on."""
    folder = tmp_path_factory.mktemp("examples")
    network = tiny_network("plus-rnn")
    save_homology(HomologyModel("plus-rnn", network, {}, {}), folder / "model")
    pairs, weights = str(folder / "pairs.parquet"), str(folder / "weights.npz")
    run(
        "choose_example_pairs.py",
        folder,
        input=Some(pairs=str(results / "pairs.parquet")),
        output=Some(pairs=pairs),
        threads=1,
    )
    run(
        "align_example_pairs.py",
        folder,
        input=Some(pairs=pairs, model=str(folder / "model" / "model.safetensors")),
        output=Some(weights=weights),
        threads=1,
    )
    run(
        "draw_plus_fig4.py",
        folder,
        input=Some(
            pairs=pairs,
            weights=weights,
            network=prediction(results),
            alignment=str(results / "NW-align" / "test.parquet"),
        ),
        output=figure(folder, "plus_fig4"),
        params=Some(simulated=True),
    )
    return folder


def ids_of(numbers: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(numbers["id_a"], numbers["id_b"], strict=True))


def test_figure_4_shows_pairs_of_the_test_set(results: Path, examples: Path) -> None:
    numbers = drawn(examples, "plus_fig4")
    assert numbers["level"].tolist() == ["family", "family", "fold"]
    assert numbers["nw_score"].between(0, 4).all()
    predicted = read_pair_scores(prediction(results))
    expected = [predicted.score_of(ids) for ids in ids_of(numbers)]
    assert numbers["plus_score"].tolist() == pytest.approx(expected, rel=1e-4)
    weights = read_weights(examples / "weights.npz")
    shapes = [one.shape for one in weights]
    assert shapes == list(zip(numbers["length_a"], numbers["length_b"], strict=True))
    assert all(0 < one.max() <= 1 for one in weights)


PLUS = {
    "corpus": "pfam",
    "pairs": {"test": 40, "seed": 1},
}
CORPORA = {"pfam": {"sources": ["pfam-27"]}}
ENCODERS = {
    "rnn": {
        "architecture": "plus-rnn",
        "row": LARGE,
        "corpus": "pfam",
        "model": {"hidden_dim": 3},
        "epochs": 1,
        "selection": {"shortest": 25},
    }
}


OPTIONAL = ("corpus", "encoders", "test_pairs", "development", "figure4")


def described(encoder: Path) -> str:
    """What a pre-trained model says of itself."""
    masking = {"share": 0.15, "masked": 0.8, "replaced": 0.1}
    counts = [{"set": "training", "step": "family size", "domains": 7, "families": 2}]
    description = {
        "training": {"masking": masking, "counts": counts},
        "trained_on": {"sources": ["pfam-27"], "simulated": True},
    }
    encoder.mkdir()
    (encoder / "config.json").write_text(json.dumps(description))
    return str(encoder / "config.json")


def intext(folder: Path, config: dict[str, Any], **files: Any) -> pd.DataFrame:
    """The numbers of the text, of a configuration and its files."""
    given = {
        **dict.fromkeys(OPTIONAL, ()),
        **files,
    }
    run(
        "tabulate_plus_intext.py",
        folder,
        config={"sources": str(REPOSITORY / "config" / "sources.yaml"), **config},
        input=Some(**given),
        output=Some(
            **{end: f"{folder}/plus_intext.{end}" for end in ("csv", "md", "html")}
        ),
        params=Some(simulated=True),
    )
    assert TITLES["plus_intext"] in (folder / "plus_intext.md").read_text()
    return read_cells(folder / "plus_intext.csv").set_index(["row", "metric"])


def test_numbers_of_the_text_come_from_all_parts_of_a_run(
    results: Path, examples: Path, tmp_path: Path
) -> None:
    for number in (2, 3):
        tabulate(results, tmp_path, f"plus_table{number}")
    store = build(tmp_path / "pfam", {"a": [30] * 20, "b": [40] * 20})
    pairs = tmp_path / "test_pairs.parquet"
    settings = pfam_pairs.PairSettings(seed=1)
    pfam_pairs.draw_fixed_pairs(pairs, store, np.arange(len(store)), settings, 40)
    cells = intext(
        tmp_path,
        {"corpora": CORPORA, "encoders": ENCODERS, "plus": PLUS},
        table2=str(tmp_path / "plus_table2.csv"),
        table3=str(tmp_path / "plus_table3.csv"),
        corpus=paths(store.folder, "*"),
        encoders=[described(tmp_path / "rnn")],
        test_pairs=str(pairs),
        development=str(results / "pairs.parquet"),
        figure4=str(examples / "plus_fig4.csv"),
    )
    values = cells["value"]
    assert values["Pfam 27.0", "sequences"] == "40"
    assert values["PLUS training set", "sequences"] == "7"
    assert values["minimum length", "residues"] == "25"
    assert values["MLM", "mask/random/keep"] == "80/10/10"
    assert values["Long pairs", "share of pairs"] == "0"
    same_family = pfam_pairs.read_fixed_pairs(pairs).same_family
    share = 100 * same_family.mean()
    assert float(values["SFP", "same-family share"]) == pytest.approx(share, abs=0.1)
    shown = pd.read_csv(examples / "plus_fig4.csv")["plus_score"]
    scores = values[[("PLUS-RNN", "score")]].astype(float)
    assert scores.tolist() == pytest.approx(shown.tolist(), abs=0.01)
    # The tables were read: these lack other tasks and P-ELMo.
    reasons = cells["reason"]
    assert "domains of another" in reasons["Long pairs", "share of pairs"]
    assert "Solubility" in reasons["PLUS-RNN_LARGE", "tasks best overall"]
    key = "PLUS-RNN_LARGE vs P-ELMo correlation", "Steiger p-value"
    assert "P-ELMo" in reasons[key]


def test_without_models_the_text_is_not_run_but_for_the_papers_networks(
    tmp_path: Path,
) -> None:
    for number in (2, 3):
        tabulate(tmp_path / "none", tmp_path, f"plus_table{number}")
    tables = {
        f"table{number}": f"{tmp_path}/plus_table{number}.csv" for number in (2, 3)
    }
    cells = intext(tmp_path, {}, **tables)
    computed = cells[~cells["verdict"].isin(["not run", "excerpted"])]
    assert {metric for _, metric in computed.index} == {
        "parameters",
        "embedding / projection dimension",
    }
