"""What the audit reports besides the comparisons that were made."""

import json
from pathlib import Path

import pandas as pd
import pytest

from protlang.datasets.splits import write_split
from protlang.evaluation.leakage import CORPUS, write_similarities
from protlang.tables.inputs import Inputs
from protlang.tables.seqvec_leakage import NO_CORPUS, compute
from support.proteins import make_protein
from support.tables import page_of


def described(folder: Path, name: str, corpus: str | None) -> str:
    """The description of an encoder that was trained on a corpus, or is published."""
    path = folder / name / "config.json"
    path.parent.mkdir()
    trained_on = {} if corpus is None else {"corpus": corpus, "sources": [corpus]}
    path.write_text(json.dumps({"architecture": "elmo", "trained_on": trained_on}))
    return str(path)


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """CB513 compared with UniRef50, and three encoders."""
    split = tmp_path / "cb513" / "test.parquet"
    split.parent.mkdir()
    proteins = [make_protein(name, "ACDE", q8="HHHH") for name in "ab"]
    write_split(split, proteins, {"simulated": False, "title": "T"})
    compared = pd.DataFrame(
        {
            "reference": "uniref50",
            "kind": CORPUS,
            "reference_proteins": 7,
            "simulated": False,
            "search": "MMseqs2 14",
            "test_set": "CB513",
            "id": ["a", "b"],
            "exact": [True, False],
            "identity": [1.0, 0.4],
        }
    )
    write_similarities(compared, tmp_path / "uniref50.csv")
    corpora = {"own": "uniref50", "other": "swissprot", "published": None}
    encoders = [described(tmp_path, name, corpora[name]) for name in corpora]
    files = {
        "similarities": [str(tmp_path / "uniref50.csv")],
        "tests": [str(split)],
        "encoders": encoders,
    }
    config = {"per_residue": {"predictors": {}}, "per_protein": {"predictors": {}}}
    return Inputs(files, {"test_sets": ["CB513"]}, config)


def test_a_corpus_that_nobody_compared_is_named(inputs: Inputs) -> None:
    """A published encoder's is not at hand; another may be left out of `leakage`."""
    rows = compute(inputs)
    missing = rows[rows["search"] == NO_CORPUS]
    assert list(missing["reference"]) == ["swissprot of other", "corpus of published"]
    assert list(missing["test_proteins"]) == [2, 2]
    assert missing["similar"].isna().all()
    assert set(rows["reference"]) - set(missing["reference"]) == {"uniref50"}


def test_the_table_says_that_it_was_not_searched(
    inputs: Inputs, tmp_path: Path
) -> None:
    table = page_of("seqvec_leakage", compute(inputs), tmp_path)
    line = table.grid.rows[-1]
    reference = "corpus of published (pre-training corpus)"
    assert line[:4] == ["CB513", reference, "same sequence", "not searched"]
    assert table.notes[-1] == (
        f"Identity search: {NO_CORPUS} (swissprot of other, corpus of published)."
    )
