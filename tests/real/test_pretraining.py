"""A small ELMo on the real unlabelled proteins."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from protlang.encoders.registry import load_elmo

FOLDER = Path("encoders") / "elmo-small"
TARGET = f"results/real/{FOLDER}/bilm/weights.hdf5"
pytestmark = [pytest.mark.real, pytest.mark.workflow, pytest.mark.makes(TARGET)]


@pytest.fixture(scope="module")
def encoder(make_target: Callable[..., Path]) -> Path:
    """The folder of the trained encoder."""
    return make_target(TARGET) / FOLDER


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
    own = load_elmo(encoder).network.state_dict()
    pair = load_elmo(encoder / "bilm").network.state_dict()
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
