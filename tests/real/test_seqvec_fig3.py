"""SeqVec's Figure 3 of the real SCOPe 2.07, by vectors of the small ELMo."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

pytestmark = [pytest.mark.real, pytest.mark.workflow, pytest.mark.slow]


def test_every_domain_has_its_place_and_colours(
    make_target: Callable[..., Path],
) -> None:
    results = make_target("seqvec_fig3", overlay="embeddings")
    places = pd.read_csv(results / "projections" / "domains.csv")
    assert len(places) == places["id"].nunique() == 14_323
    assert places[["x", "y"]].notna().all(axis=None)
    annotations = pd.read_csv(results / "scope" / "annotations.csv")
    assert set(annotations["id"]) == set(places["id"])
    for ending in ("svg", "png", "csv"):
        assert (results / "figures" / f"seqvec_fig3.{ending}").stat().st_size > 10_000
