"""SeqVec, Table 1: per-residue predictions (secondary structure and disorder)."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from protlang.evaluation import (
    DEFINED_ONLY,
    EVALUATED,
    MEASURES,
    PER_PROTEIN,
    POOLED,
    RESOLVED,
)
from protlang.experiments import Network, NotRun, PerResidueExperiments
from protlang.tables.cells import (
    Cell,
    Measured,
    Target,
    excerpted,
    load_targets,
    measured,
    not_run,
)

PRINTED_PROTEINS = {"CASP12": 20, "TS115": 115, "CB513": 511}
"""Proteins of each test set (SeqVec, Methods, "Per-residue level")."""

COUNTINGS = {
    "pooled": POOLED,
    "defined_only": DEFINED_ONLY,
    "resolved": f"{PER_PROTEIN}, {RESOLVED}",
    "pooled_resolved": f"{POOLED}, {RESOLVED}",
    "evaluated": f"{PER_PROTEIN}, {EVALUATED}",
    "pooled_evaluated": f"{POOLED}, {EVALUATED}",
}
"""Further columns of the CSV: the same predictions counted in other ways."""

Scores = Callable[[Network, str], pd.DataFrame]
Provenance = Callable[[str], Mapping[str, Any]]


def fill(
    experiments: PerResidueExperiments, scores: Scores, provenance: Provenance
) -> tuple[list[Cell], pd.DataFrame]:
    """Fill all 93 cells.

    Args:
        experiments: which networks there are.
        scores: the scores of a network on a data set (`protlang.evaluation.score`).
        provenance: of the training split, or of the test split, of a data set.

    Returns:
        The cells in printed order, and the columns `COUNTINGS` for each of them.
    """
    cells, others = [], []
    for target in load_targets("SeqVec", "Table 1"):
        cell, other = _fill_cell(target, experiments, scores, provenance)
        cells.append(cell)
        others.append(other)
    return cells, pd.DataFrame(others, columns=list(COUNTINGS))


def _fill_cell(
    target: Target,
    experiments: PerResidueExperiments,
    scores: Scores,
    provenance: Provenance,
) -> tuple[Cell, dict[str, float]]:
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
    ours = Measured(
        value=primary["value"],
        stderr=primary["stderr"],
        n=primary["n"],
        simulated=trained_on["simulated"] or tested_on["simulated"],
        deviation=_deviation(experiments, network, target.dataset, tested_on),
        provenance=_describe(network, trained_on, primary["seeds"]),
    )
    return measured(target, ours), {
        column: by_counting[counting]["value"]
        for column, counting in COUNTINGS.items()
        if counting in by_counting
    }


def _deviation(
    experiments: PerResidueExperiments,
    network: Network,
    test_set: str,
    tested_on: Mapping[str, Any],
) -> str:
    """What the configuration says, and whether the test set has the paper's size."""
    told = experiments.deviation(network, experiments.test_sets[test_set])
    expected, found = PRINTED_PROTEINS[test_set], tested_on["proteins"]
    if found == expected:
        return told
    size = f"tested on {found} proteins of {test_set}, the paper on {expected}"
    return f"{told}; {size}" if told else size


def _describe(network: Network, trained_on: Mapping[str, Any], seeds: int) -> str:
    features = " + ".join(network.predictor.features)
    return (
        f"{features}; trained on {trained_on['proteins']:,} proteins of "
        f"{trained_on['source']} ({trained_on['distribution']}); "
        f"{seeds} seed{'s' if seeds > 1 else ''}"
    )
