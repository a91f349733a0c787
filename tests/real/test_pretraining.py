"""A small ELMo on the real unlabelled proteins, by the command in its configuration."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checkout import copy_checkout
from protlang.encoders import load_encoder

pytestmark = [pytest.mark.real, pytest.mark.workflow]


@pytest.fixture(scope="module")
def encoder(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the trained encoder, in a copy of the checkout."""
    copy = copy_checkout(tmp_path_factory.mktemp("real"))
    command = (
        "snakemake pretrain --profile profiles/local "
        "--configfile tests/real/pretraining.yaml"
    )
    subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=copy,
        env={**os.environ, "PROTLANG_REAL_DATA": str(real_data)},
        check=True,
    )
    return copy / "results" / "real-elmo" / "encoders" / "elmo-small"


@pytest.fixture(scope="module")
def summary(encoder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((encoder / "summary.json").read_text())
    return found


def test_it_predicts_held_out_residues_better_than_their_frequencies_do(
    summary: dict[str, Any],
) -> None:
    assert 18 < summary["held_out_perplexity_markov_0"] < 18.5
    assert (
        summary["held_out_perplexity"] < summary["held_out_perplexity_markov_0"] - 0.1
    )


def test_its_two_forms_hold_the_same_network(encoder: Path) -> None:
    own = load_encoder(encoder).model.state_dict()
    pair = load_encoder(encoder / "bilm").model.state_dict()
    assert {name for name in own if name not in pair} == {
        "softmax.weight",
        "softmax.bias",
    }
    assert all((own[name] == weights).all() for name, weights in pair.items())


def test_test_proteins_are_left_out_and_listed(encoder: Path) -> None:
    corpus = encoder.parents[1] / "corpora" / "proteomes"
    meta = json.loads((corpus / "meta.json").read_text())
    assert meta["overlaps"]["left_out"]
    assert meta["overlaps"]["test_proteins"]["cb513"] > 30
    assert len((corpus / "overlaps.csv").read_text().splitlines()) > 30
