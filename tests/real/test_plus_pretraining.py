"""A small PLUS-RNN on the real domains of Balifam and HomFam."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from protlang.corpora.token_store import TokenStore
from protlang.pretraining.pfam_domains import families_of
from protlang.tables.cells import read_cells

STORE = Path("corpora") / "pfam"
TARGET = f"results/real/{STORE}/meta.json"
pytestmark = [pytest.mark.real, pytest.mark.workflow, pytest.mark.makes(TARGET)]

LEUCINE = 0.10
"""Share of the most frequent residue: what a model without any idea gets right."""


@pytest.fixture(scope="module")
def results(make_target: Callable[..., Path]) -> Path:
    return make_target("plus_table1")


@pytest.fixture(scope="module")
def store(make_target: Callable[..., Path]) -> TokenStore:
    return TokenStore(make_target(TARGET) / STORE)


@pytest.fixture(scope="module")
def accuracies(results: Path) -> "pd.Series[float]":
    """Of the small model on test pairs, by measure."""
    cells = read_cells(results / "tables" / "plus_table1.csv")
    return cells[cells["row"] == "PLUS-RNN (small)"].set_index("metric")["value"]


def test_all_domains_are_read(store: TokenStore) -> None:
    assert [source["as_declared"] for source in store.meta["sources"]] == [True] * 3
    assert len(store) == 380_300 + 515_674 + 3_217
    assert len(np.unique(store.sequence_hashes)) == 688_784


def test_so_many_families_are_large(store: TokenStore) -> None:
    sizes = np.bincount(families_of(store))
    names = pd.read_csv(store.folder / "families.csv")
    of_homfam = names["accession"] == "HOMFAM"
    large = sizes[names.index] >= 1_000
    assert int(large[~of_homfam].sum()) == 56
    assert int(large[of_homfam].sum()) == 70


@pytest.mark.slow
def test_it_recognises_relatives_of_held_out_domains(
    accuracies: "pd.Series[float]",
) -> None:
    assert accuracies["SFP accuracy"] > 0.9


@pytest.mark.slow
def test_it_predicts_masked_residues_better_than_leucine_would(
    accuracies: "pd.Series[float]",
) -> None:
    assert accuracies["(M)LM accuracy"] > LEUCINE + 0.05


@pytest.mark.slow
def test_both_accuracies_rise_over_time(results: Path) -> None:
    lines = (results / "encoders" / "plus-rnn-small" / "metrics.jsonl").read_text()
    records: list[dict[str, Any]] = [json.loads(line) for line in lines.splitlines()]
    validated = [record for record in records if "validation_loss" in record]
    assert len(validated) == 15
    for name in ("masked_lm_accuracy", "same_family_accuracy"):
        values = [record[f"validation_{name}"] for record in validated]
        assert values[-1] > values[0]
