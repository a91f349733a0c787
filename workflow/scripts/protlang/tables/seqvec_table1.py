"""SeqVec, Table 1: per-residue predictions (secondary structure and disorder).

Predictors that the paper does not print, e.g. on an encoder of four layers, become rows
of ours below its own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from protlang.datasets.splits import read_provenance
from protlang.encoders.provenance import Provenance
from protlang.evaluation.per_residue import (
    AS_ZERO,
    EVALUATED,
    MEASURES,
    MISSED_AS_ZERO,
    PER_PROTEIN,
    POOLED,
    RESOLVED,
)
from protlang.evaluation.statistics import Difference
from protlang.experiments.heads import Network, NotRun, PerResidueExperiments
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
from protlang.tables.cells import (
    VERSUS,
    Cell,
    as_frame,
    excerpted,
    measured,
    not_run,
)
from protlang.tables.comparisons import Place, read_comparisons, versus
from protlang.tables.inputs import Inputs
from protlang.tables.runs import NO_ENCODER, describe_run

PRINTED_PROTEINS = {"CASP12": 20, "TS115": 115, "CB513": 511}
"""Proteins of each test set (SeqVec, Methods, "Per-residue level")."""

PRINTED_TRAINING_PROTEINS = {
    "training proteins": 10_256,
    "validation proteins": 536,
}
"""NetSurfP-2.0's, of which some are to stop early by. Source: SeqVec, Methods."""

_SAME_PROTEINS = {"netsurfp-npz", "prottrans-csv", "q8-json-lines"}
"""Distributions that hold the proteins of the test sets as they are."""

COUNTINGS = {
    "pooled": POOLED,
    "missed_as_zero": MISSED_AS_ZERO,
    "as_zero": AS_ZERO,
    "resolved": f"{PER_PROTEIN}, {RESOLVED}",
    "pooled_resolved": f"{POOLED}, {RESOLVED}",
    "evaluated": f"{PER_PROTEIN}, {EVALUATED}",
    "pooled_evaluated": f"{POOLED}, {EVALUATED}",
}
"""Further columns of the CSV: the same predictions counted in other ways."""

Versus = Mapping[Place, Difference]
Scores = Callable[[Network, str], pd.DataFrame]
Provenances = Callable[[str], Mapping[str, Any]]


def compute(inputs: Inputs) -> pd.DataFrame:
    """The rows of the table's CSV.

    Args:
        inputs: files `scores` (`.../<predictor>/<training set>/scores/<test set>.csv`),
            `comparisons`, `datasets` (`.../<data set>/<split>.parquet`), `validation`
            (`.../<data set>/validation.parquet`), `encoders`
            (`.../<encoder>/config.json`).
    """
    files = {
        (path.parents[2].name, path.parents[1].name, path.stem): path
        for path in inputs.paths("scores")
    }
    provenance = {
        path.parent.name: read_provenance(path) for path in inputs.paths("datasets")
    }
    for path in inputs.paths("validation"):
        number = read_provenance(path)["proteins"]
        provenance[path.parent.name]["validation_proteins"] = number
    experiments = PerResidueExperiments(
        inputs.config, load_sources(inputs.config["sources"])
    )

    def scores(network: Network, dataset: str) -> pd.DataFrame:
        """Scores of a network on a data set."""
        place = network.predictor.name, network.training_set.dataset, dataset
        return pd.read_csv(files[place])

    comparisons = read_comparisons(inputs.path("comparisons"))
    cells, others = fill(
        experiments,
        scores,
        provenance.__getitem__,
        inputs.encoders(),
        versus(comparisons, experiments.reference),
    )
    return as_frame(cells, others)


def printed_columns() -> list[tuple[str, str]]:
    """The table's columns: test set and metric, in printed order."""
    targets = load_targets("SeqVec", "Table 1")
    return list(dict.fromkeys((target.dataset, target.metric) for target in targets))


def fill(
    experiments: PerResidueExperiments,
    scores: Scores,
    provenance: Provenances,
    encoders: Mapping[str, Provenance],
    versus: Versus | None = None,
) -> tuple[list[Cell], pd.DataFrame]:
    """Fill all 93 cells, and ten more for each predictor that the paper lacks.

    Args:
        experiments: which networks there are.
        scores: the scores of a network on a data set (`evaluation.per_residue.score`).
        provenance: of the training split, or of the test split, of a data set.
        encoders: provenance of each predictor's encoder, by name.
        versus: each number minus that of the row of reference, where there are both.

    Returns:
        The cells in printed order, then the added ones; and for each of them the
        columns `COUNTINGS` and `VERSUS`.
    """
    cells, others = [], []
    for target in [*load_targets("SeqVec", "Table 1"), *_added(experiments)]:
        cell, other = _fill_cell(target, experiments, scores, provenance, encoders)
        if other:
            other |= _versus(target, experiments.reference, versus or {})
        cells.append(cell)
        others.append(other)
    return cells, pd.DataFrame(others, columns=[*COUNTINGS, *VERSUS])


def _added(experiments: PerResidueExperiments) -> list[Target]:
    """Places for the predictors that the paper does not print, test set by test set."""
    printed = {target.row for target in load_targets("SeqVec", "Table 1")}
    added = [row for row in experiments.rows if row not in printed]
    columns = printed_columns()
    return [
        added_target(row, dataset, metric, MEASURES[metric].unit)
        for dataset in PRINTED_PROTEINS
        for row in added
        for where, metric in columns
        if where == dataset
    ]


def _fill_cell(
    target: Target,
    experiments: PerResidueExperiments,
    scores: Scores,
    provenance: Provenances,
    encoders: Mapping[str, Provenance],
) -> tuple[Cell, dict[str, Any]]:
    """The cell, and our number counted in other ways; empty without a number."""
    if target.kind == "excerpted":
        return excerpted(target), {}
    label = MEASURES[target.metric].label
    network = experiments.find(target.row, target.dataset, label)
    if isinstance(network, NotRun):
        return not_run(target, network.reason), {}
    dataset = experiments.test_sets[target.dataset]
    table = scores(network, dataset)
    by_counting = {
        row["counting"]: row
        for row in table.to_dict("records")
        if row["metric"] == target.metric
    }
    primary = by_counting[PER_PROTEIN]
    trained_on = provenance(network.training_set.dataset)
    tested_on = provenance(dataset)
    encoder = encoders.get(network.predictor.encoder or "", NO_ENCODER)
    ours = Measured(
        value=primary["value"],
        stderr=primary["stderr"],
        n=primary["n"],
        simulated=any(
            (trained_on["simulated"], tested_on["simulated"], encoder.simulated)
        ),
        deviations=merged(
            experiments.deviations(network, dataset),
            _of_training_proteins(trained_on),
            _of_test_proteins(target.dataset, tested_on),
            simulated_parts(
                {
                    "training proteins": trained_on["simulated"],
                    "test proteins": tested_on["simulated"],
                }
            ),
            encoder.deviations,
        ),
        provenance=describe_run(
            network.predictor, trained_on, primary["seeds"], encoder
        ),
        seeds=int(primary["seeds"]),
        seed_sd=primary["seed_sd"],
    )
    countings = {
        column: by_counting[counting]["value"]
        for column, counting in COUNTINGS.items()
        if counting in by_counting
    }
    return measured(target, ours, load_targets("SeqVec", "Table 1")), countings


def _versus(target: Target, reference: str, versus: Versus) -> dict[str, Any]:
    """The columns `VERSUS` of a cell; none for the row of reference itself."""
    place = Place(target.row, target.dataset, target.metric)
    if place not in versus:
        return {}
    return dict(zip(VERSUS, (reference, *versus[place]), strict=True))


def _of_training_proteins(trained_on: Mapping[str, Any]) -> Deviations:
    """Whether others are learned from, or others stopped early by, than the paper's."""
    own = {
        "training proteins": trained_on["proteins"],
        "validation proteins": trained_on["validation_proteins"],
    }
    return settings_that_differ(own, PRINTED_TRAINING_PROTEINS)


def _of_test_proteins(test_set: str, tested_on: Mapping[str, Any]) -> Deviations:
    """Whether a test set has other proteins than the paper's."""
    paper, ours = PRINTED_PROTEINS[test_set], tested_on["proteins"]
    origin = f"{tested_on['source']} ({tested_on['distribution']})"
    if ours != paper:
        return (Deviation(f"test proteins of {test_set}", str(ours), str(paper)),)
    if tested_on["distribution"] in _SAME_PROTEINS:
        return ()
    return (Deviation(f"test proteins of {test_set}", origin, "NetSurfP-2.0's"),)
