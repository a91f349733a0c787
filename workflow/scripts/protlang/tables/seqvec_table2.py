"""SeqVec, Table 2: per-protein predictions (localization and membrane)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from protlang.datasets.splits import read_provenance, read_split
from protlang.encoders.provenance import Provenance
from protlang.evaluation.per_protein import MEASURES, compare_all
from protlang.experiments.heads import NotRun, Predictor
from protlang.experiments.per_protein import PerProteinExperiments
from protlang.experiments.targets import Target, added_target, load_targets
from protlang.protocol import (
    Deviation,
    Deviations,
    merged,
    settings_that_differ,
    simulated_parts,
)
from protlang.sources.catalogue import load_sources
from protlang.tables.agreement import Measured
from protlang.tables.cells import Cell, as_frame, fill_cells
from protlang.tables.inputs import Inputs
from protlang.tables.runs import NO_ENCODER, describe_run

TEST_SET = "DeepLoc test set"
"""As the targets name it."""

PRINTED_TEST_PROTEINS = 2_773
"""SeqVec tests on DeepLoc's own test proteins (Methods, "Per-protein level")."""

_MEMBRANE_TEST_PROTEINS = range(954, 1_271)
"""Numbers of them that agree with the printed errors of Q2, 1.0 at 86.8 and 1.3 at
77.6, as a percentage p of n has the error sqrt(p (100 - p) / n): within the rounding of
those errors they are 1,039 to 1,270 and 954 to 1,112."""

Scores = Callable[[Predictor], pd.DataFrame]


@dataclass(frozen=True)
class DataProvenance:
    """Where the proteins come from, as the splits record it.

    Attributes:
        train: of the proteins trained on.
        test: of those tested on.
    """

    train: Mapping[str, Any]
    test: Mapping[str, Any]


def compute(inputs: Inputs) -> pd.DataFrame:
    """The rows of the table's CSV.

    Args:
        inputs: files `scores` (`.../<predictor>/<data set>/scores.csv`), `encoders`
            (`.../<encoder>/config.json`); splits `train` and `test`, if there are any.
    """
    files = {path.parents[1].name: path for path in inputs.paths("scores")}
    provenance = None
    if inputs.paths("test"):
        provenance = DataProvenance(
            *(read_provenance(inputs.path(split)) for split in ("train", "test"))
        )

    def scores(predictor: Predictor) -> pd.DataFrame:
        """Scores of a predictor."""
        return pd.read_csv(files[predictor.name])

    return as_frame(fill(_experiments(inputs), scores, provenance, inputs.encoders()))


def compute_comparisons(inputs: Inputs) -> pd.DataFrame:
    """Paired bootstrap between any two predictors of the run.

    Args:
        inputs: files `predictions`
            (`.../<predictor>/<data set>/seed<n>/predictions.parquet`), and the split
            `test`, if there are any.
    """
    experiments = _experiments(inputs)
    predictions: dict[str, list[Path]] = {}
    for path in inputs.paths("predictions"):
        row = experiments.predictors[path.parents[2].name].row
        predictions.setdefault(row, []).append(path)
    test = inputs.optional("test")
    return compare_all(read_split(test).proteins if test else [], predictions)


def fill(
    experiments: PerProteinExperiments,
    scores: Scores,
    provenance: DataProvenance | None,
    encoders: Mapping[str, Provenance],
) -> list[Cell]:
    """Fill all 26 cells, and four more for each predictor that the paper lacks.

    Args:
        experiments: which networks there are.
        scores: of a predictor's networks (`protlang.evaluation.per_protein.score`).
        provenance: of the data set; None if there are no networks.
        encoders: provenance of each predictor's encoder, by name.

    Returns:
        The cells in printed order, then the added ones.
    """
    printed = load_targets("SeqVec", "Table 2")
    rows = {target.row for target in printed}
    added = [
        added_target(predictor.row, TEST_SET, metric, measure.unit)
        for predictor in experiments.predictors.values()
        if predictor.row not in rows
        for metric, measure in MEASURES.items()
    ]

    def measure(target: Target) -> Measured | NotRun:
        return _measure(target, experiments, scores, provenance, encoders)

    return fill_cells([*printed, *added], measure)


def _experiments(inputs: Inputs) -> PerProteinExperiments:
    return PerProteinExperiments(inputs.config, load_sources(inputs.config["sources"]))


def _measure(
    target: Target,
    experiments: PerProteinExperiments,
    scores: Scores,
    provenance: DataProvenance | None,
    encoders: Mapping[str, Provenance],
) -> Measured | NotRun:
    predictor = experiments.find(target.row)
    if isinstance(predictor, NotRun):
        return predictor
    if provenance is None:
        raise ValueError("there are networks but no provenance of their data")
    rows = scores(predictor).to_dict("records")
    row = next(row for row in rows if row["metric"] == target.metric)
    encoder = encoders.get(predictor.encoder or "", NO_ENCODER)
    return Measured(
        value=row["value"],
        stderr=row["stderr"],
        n=row["n"],
        simulated=any(
            (
                provenance.train["simulated"],
                provenance.test["simulated"],
                encoder.simulated,
            )
        ),
        deviations=merged(
            experiments.deviations(),
            _of_sizes(provenance),
            _of_membrane(target.metric, row["n"]),
            simulated_parts(
                {
                    "training proteins": provenance.train["simulated"],
                    "test proteins": provenance.test["simulated"],
                }
            ),
            encoder.deviations,
        ),
        provenance=describe_run(predictor, provenance.train, row["seeds"], encoder),
        seeds=int(row["seeds"]),
        seed_sd=row["seed_sd"],
    )


def _of_sizes(provenance: DataProvenance) -> Deviations:
    """Whether there are other numbers of proteins than in the paper."""
    locations = provenance.test["locations"].values()
    found = sum(counts["found"] for counts in locations)
    expected = sum(counts["paper"] for counts in locations)
    sizes = {"proteins in all": found, "test proteins": provenance.test["proteins"]}
    paper = {"proteins in all": expected, "test proteins": PRINTED_TEST_PROTEINS}
    return settings_that_differ(sizes, paper)


def _of_membrane(metric: str, n: int) -> Deviations:
    """Whether other proteins are tested for the membrane than the errors suggest.

    Args:
        metric: of the table.
        n: test proteins of which it is known whether they are membrane-bound.
    """
    if MEASURES[metric].label != "membrane" or n in _MEMBRANE_TEST_PROTEINS:
        return ()
    paper = "own, about 1,030 to 1,150 by its printed errors"
    return (Deviation("test proteins for the membrane", f"{n:,}", paper),)
