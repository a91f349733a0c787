from collections.abc import Mapping
from typing import Any

import pytest

from protlang.errors import ProtlangError
from protlang.experiments.per_protein import PerProteinExperiments
from protlang.experiments.projections import Visualisation
from protlang.sources.catalogue import Source
from support.sources import make_source

SCOPE = {"source": "scope", "sifts": "sifts", "speclist": "species"}


def sources() -> dict[str, Source]:
    return {name: make_source(name, "fasta") for name in (*SCOPE.values(), "ecpred")}


def networks(**predictors: Mapping[str, Any]) -> PerProteinExperiments:
    """Per-protein networks with these predictors on DeepLoc."""
    config = {
        "datasets": {
            "deeploc": {"source": "deeploc", "validation": {"share": 0.1, "seed": 1}}
        },
        "encoders": {"elmo": {}},
        "per_protein": {"dataset": "deeploc", "predictors": predictors},
    }
    return PerProteinExperiments(
        config, {"deeploc": make_source("deeploc", "deeploc-fasta")}
    )


SEQVEC = {"features": ["embedding"], "encoder": "elmo"}
COMPOSITION = {"features": ["composition"]}


def shown(network: str = "Loc", **scope: str) -> Visualisation:
    return Visualisation(
        {"network": network, "scope": {**SCOPE, **scope}},
        networks(Loc=SEQVEC, Composition=COMPOSITION),
        sources(),
    )


def test_the_encoder_is_that_of_the_network() -> None:
    assert shown().encoder == "elmo"


def test_files_about_scope_have_their_roles() -> None:
    assert shown().scope_files() == {
        "domains": ("scope", "data"),
        "speclist": ("species", "data"),
        "data": ("sifts", "data"),
    }
    assert shown(ecpred="ecpred").scope_files()["ecpred"] == ("ecpred", "data")


@pytest.mark.parametrize("network", ["Composition", "Lok"])
def test_a_network_without_encoder_is_reported(network: str) -> None:
    with pytest.raises(ProtlangError, match=rf"{network!r}, which is no .* one of Loc"):
        shown(network)


def test_an_undeclared_source_is_reported() -> None:
    with pytest.raises(ProtlangError, match=r"scope.sifts is 'shifts', which the file"):
        shown(sifts="shifts")
