"""The time that a whole proteome takes."""

import math
from collections.abc import Sequence

import pandas as pd
import pytest

from protlang.encoders.provenance import Provenance
from protlang.experiments.heads import NotRun
from protlang.experiments.targets import statements
from protlang.tables.intext.proteome import proteome_minutes
from protlang.tables.intext.rules import Found
from protlang.tables.intext.seqvec import SeqVecEvidence
from protlang.tables.seqvec_timings import TimedSet, timed_sets

ENCODER = Provenance("elmo", simulated=False)
(STATED,) = (
    one for one in statements("SeqVec") if one.row.startswith("human proteome")
)


def proteome(devices: Sequence[str], simulated: bool = False) -> list[TimedSet]:
    """Two of eleven batches, timed twice: 600 proteins in 100 and in 200 s."""
    batches = pd.DataFrame(
        {
            "repeat": [1, 1, 2, 2],
            "of": 11,
            "stands_for": [1, 10] * 2,
            "proteins": [60, 54] * 2,
            "seconds": [40.0, 6.0, 80.0, 12.0],
            "batch_residues": 15_000,
            "set_proteins": 600,
            "set_residues": 300_000,
        }
    )
    every = [batches.assign(device=one, hardware=f"a {one}") for one in devices]
    return timed_sets("human-proteome", pd.concat(every), ENCODER, simulated)


def measured(timed: Sequence[TimedSet], seconds: float = 0.1) -> Found | NotRun:
    evidence = SeqVecEvidence(proteome=timed, prediction_seconds=seconds)
    return proteome_minutes(STATED, evidence)


def test_batches_count_for_all_that_they_stand_for() -> None:
    """100 and 200 s for embeddings, 60 s for predictions."""
    found = measured(proteome(["cpu", "cuda"]))
    assert isinstance(found, Found)
    assert found.values == (pytest.approx((160 + 260) / 2 / 60),)
    assert found.stderr == pytest.approx(50 / 60)
    assert found.n == 600
    words = [str(one) for one in found.deviations]
    assert words[:2] == [
        "hardware: a cuda, the paper's a GeForce GTX 1080",
        "proteins: 600 of human-proteome",
    ]


def test_a_simulated_proteome_is_marked() -> None:
    found = measured(proteome(["cuda"], simulated=True))
    assert isinstance(found, Found)
    assert found.simulated


@pytest.mark.parametrize(
    ("timed", "seconds", "reason"),
    [
        ([], 0.1, "the configuration names no proteome to time"),
        (proteome(["cuda"]), math.nan, "the configuration names no prediction to time"),
        (
            proteome(["cpu"]),
            60.0,
            "no GPU was available; 602.5 min are estimated for a cpu",
        ),
    ],
)
def test_without_a_measurement_the_reason_is_named(
    timed: Sequence[TimedSet], seconds: float, reason: str
) -> None:
    found = measured(timed, seconds)
    assert isinstance(found, NotRun)
    assert found.reason.startswith(reason)
