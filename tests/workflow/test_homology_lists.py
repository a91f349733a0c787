"""Homology on a published split with its lists of pairs, through the rules."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from protlang.validation import REPOSITORY, read_yaml
from support.checkout import Run, copy_checkout

pytestmark = pytest.mark.workflow

LISTS = {
    "lists": "p-elmo-scope",
    "contacts": "p-elmo-scope",
    "alignments": ["NW-align"],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, run_snakemake: Run) -> Path:
    """The demo's pairs, as its archive in P-ELMo's layout lists them."""
    folder = copy_checkout(tmp_path_factory.mktemp("lists"))
    config = read_yaml(REPOSITORY / "config" / "demo.yaml")
    config["plus"]["homology"] = LISTS
    (folder / "lists.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    scores = "results/demo/homology/alignments/NW-align/scores.csv"
    options = ["--profile", "profiles/demo", "--configfile", "lists.yaml", "--"]
    process = run_snakemake(folder, *options, scores)
    assert process.returncode == 0, process.stdout
    return folder / "results" / "demo" / "homology"


def test_every_listed_set_is_built_and_scored(results: Path) -> None:
    for name in ("development", "test", "newer"):
        pairs = pd.read_parquet(results / "pairs" / f"{name}.parquet")
        scored = pd.read_parquet(results / "alignments/NW-align" / f"{name}.parquet")
        assert len(pairs) == len(scored) > 100
        assert set(pairs["level"]) == {0, 1, 2, 3, 4}


def test_facts_name_the_lists_and_what_is_simulated(results: Path) -> None:
    facts = json.loads((results / "alignments/NW-align/facts.json").read_text())
    assert not facts["simulated"]
    for of_set in facts["test_sets"].values():
        assert of_set["simulated"]
        texts = [one["ours"] for one in of_set["deviations"]]
        assert any(text.startswith("as listed, ") for text in texts)
        assert not any("drawn" in text for text in texts)
