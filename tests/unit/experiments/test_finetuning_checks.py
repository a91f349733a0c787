"""Settings that an architecture cannot have; whole configurations stand elsewhere."""

from dataclasses import asdict
from typing import Any

import pytest

from protlang.encoders.registry import PAIR_ENCODERS
from protlang.experiments.finetuning_checks import (
    SIZES_OF_NETWORKS,
    SIZES_ON_HOMOLOGY,
    check_head,
    check_homology,
    check_network,
)
from protlang.finetuning.recipes import fine_tuning
from support.errors import complaint


def network(model: dict[str, Any]) -> dict[str, Any]:
    return {"network": {"architecture": "tape-lstm", "model": model}}


def test_a_network_has_the_sizes_of_its_architecture() -> None:
    check_network(network({"layers": 2}), "here")
    message = complaint(check_network, network({"heads": 2}), "here")
    assert "here.network.model has 'heads', which is no size of tape-lstm" in message
    assert "those are dropout, hidden_dim, layers" in message
    for architecture, sizes in SIZES_OF_NETWORKS.items():
        assert asdict(PAIR_ENCODERS[architecture].config()).keys() == sizes


def test_a_network_without_an_encoder_compares_no_pairs() -> None:
    message = complaint(check_network, {**network({}), "homology": {}}, "here")
    assert "here has a network that compares no pairs" in message


@pytest.mark.parametrize("kind", SIZES_ON_HOMOLOGY)
def test_sizes_on_homology_are_those_of_what_is_not_pretrained(kind: str) -> None:
    sizes = SIZES_ON_HOMOLOGY[kind]
    check_homology(kind, {"model": dict.fromkeys(sizes, 1)}, "here")
    message = complaint(check_homology, kind, {"model": {"other": 1}}, "here")
    assert f"here.model has 'other', which is no size of {kind}" in message


def test_a_network_of_residues_learns_neither_whole_proteins_nor_masked_ones() -> None:
    own = fine_tuning("tape", "secondary_structure")
    check_head(own, "residue", "here")
    assert "not whole proteins" in complaint(check_head, own, "protein", "here")
    masked = fine_tuning("tape", "secondary_structure", {"masked_lm": 0.3})
    message = complaint(check_head, masked, "residue", "here")
    assert "here predicts masked residues" in message
    hidden = fine_tuning("tape", "stability", {"head": "hidden"})
    check_head(hidden, "protein", "here")
