"""PLUS-TFM's cells of Table 1 are of pairs that it reads whole."""

import math
from typing import Any

import numpy as np
import pytest

from protlang.experiments.encoders import Encoders
from protlang.formats.pfam import PFAM
from protlang.pretraining.pair_results import PairResults
from protlang.tables.agreement import NOT_RUN, Measured
from protlang.tables.cells import Cell
from protlang.tables.plus_table1 import LM, SFP, columns, fill
from support.sources import make_source

ARCHITECTURES = {"PLUS-TFM": "plus-tfm", "PLUS-RNN BASE": "plus-rnn"}


def experiments(row: str) -> Encoders:
    config = {
        "corpora": {"pfam": {"sources": ["pfam"]}},
        "encoders": {
            "mine": {
                "row": row,
                "architecture": ARCHITECTURES[row],
                "corpus": "pfam",
                "epochs": 5,
            }
        },
        "plus": {"corpus": "pfam"},
    }
    return Encoders(config, {"pfam": make_source("pfam", PFAM)})


def filled(row: str, longest: list[int]) -> tuple[dict[str, Cell], Any]:
    """Cells of a model that is right on its first pairs of 4 alone."""
    right = np.arange(4) < 2
    results = PairResults(
        same_family=np.ones(4, dtype=bool),
        logits=np.where(right, 1.0, -1.0).astype(np.float32),
        guessed=np.full(4, 10),
        correct=np.where(right, 8, 2),
        losses=np.zeros(4),
        shortened=np.array(longest) > 256,
        longest=np.array(longest),
    )
    training = {"domains": 9, "updates": 7, "passes": 5.0, "entries_per_update": 64}
    losses = {"masked_lm": 0.7, "same_family": 0.3}
    encoder = {
        "architecture": ARCHITECTURES[row],
        "model": {"hidden_dim": 4, "layers": 1, "heads": 2, "projection": 2},
        "training": {
            **training,
            **losses,
            "optimizer": "adam",
            "learning_rate": 0.001,
        },
        "trained_on": {"sources": ["pfam-27"], "simulated": False},
    }
    tested_on = {"sources": ["pfam-27"], "longest_domain": None, "simulated": False}
    found = {"mine": (results, {"encoder": encoder, "tested_on": tested_on})}
    cells = fill(experiments(row), found)
    beside = columns(cells, experiments(row), found)
    places = {
        cell.target.metric: (cell, beside.iloc[number])
        for number, cell in enumerate(cells)
        if cell.target.row == row
    }
    return {name: cell for name, (cell, _) in places.items()}, {
        name: numbers for name, (_, numbers) in places.items()
    }


def ours(cell: Cell) -> Measured:
    assert cell.ours is not None
    return cell.ours


def test_plus_tfm_is_tested_on_pairs_of_up_to_256_residues_each() -> None:
    cells, beside = filled("PLUS-TFM", [256, 40, 257, 900])
    assert ours(cells[LM]).value == pytest.approx(0.8)
    assert ours(cells[SFP]).value == 1
    assert ours(cells[SFP]).n == 2
    assert "shortened" not in ours(cells[SFP]).provenance
    assert beside[LM]["all_pairs"] == pytest.approx(0.5)
    assert beside[SFP]["all_pairs"] == pytest.approx(0.5)


def test_all_other_models_are_tested_on_all_pairs() -> None:
    cells, beside = filled("PLUS-RNN BASE", [256, 40, 257, 900])
    assert ours(cells[SFP]).value == 0.5
    assert ours(cells[SFP]).n == 4
    assert math.isnan(beside[SFP]["all_pairs"])


def test_without_short_pairs_plus_tfm_is_not_run() -> None:
    cells, _ = filled("PLUS-TFM", [300, 300, 300, 300])
    assert cells[LM].agreement.verdict == NOT_RUN
