"""PLUS, Table 1: (masked) language modelling and same family prediction.

PLUS-TFM is tested on the pairs whose domains have at most 256 residues each, as in the
released code; its value on all pairs, longer ones cut, stands beside it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from protlang.encoders.provenance import plus_provenance
from protlang.evaluation.statistics import Interval, bootstrap_share
from protlang.experiments.encoders import Encoders
from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Target, added_target, load_targets
from protlang.pretraining.pair_results import (
    RELEASED_THRESHOLD,
    PairResults,
    read_results,
)
from protlang.pretraining.pfam_domains import PLUS_TFM
from protlang.protocol import Deviation, Deviations, merged, simulated_parts
from protlang.sources.catalogue import load_sources
from protlang.tables.agreement import Measured
from protlang.tables.cells import Cell, as_frame, fill_cells
from protlang.tables.inputs import Inputs

PAPERS_SOURCES = ["pfam-27"]
"""Of the domains that the paper's models are tested on, as `sources.yaml` names it."""

LM, SFP = "(M)LM accuracy", "SFP accuracy"

_RNN, _TFM = "plus-rnn", "plus-tfm"
_BESIDE = ["95_%_from", "95_%_to", "logit_above_0.5", "all_pairs"]

Results = Mapping[str, tuple[PairResults, Mapping[str, Any]]]
"""By encoder: its predictions for the test pairs, and their provenance."""


def compute(inputs: Inputs) -> pd.DataFrame:
    """The rows of the table's CSV.

    Args:
        inputs: files `results` (`.../<encoder>.parquet`).
    """
    experiments = Encoders(inputs.config, load_sources(inputs.config["sources"]))
    results = {path.stem: read_results(path) for path in inputs.paths("results")}
    cells = fill(experiments, results)
    return as_frame(cells, columns(cells, experiments, results))


def fill(experiments: Encoders, results: Results) -> list[Cell]:
    """Fill all 12 cells, and one or two for each model that the paper lacks.

    Args:
        experiments: which models there are.
        results: of all of them.

    Returns:
        The cells in printed order, then the added ones.
    """
    printed = load_targets("PLUS", "Table 1")
    rows = {target.row for target in printed}
    added = [
        added_target(
            model.row,
            _test_set(results[model.name][1]["tested_on"]),
            metric,
            "fraction",
        )
        for model in experiments.tested.values()
        if model.row not in rows
        for metric in _MEASURES
        if _MEASURES[metric](results[model.name][0]) is not None
    ]
    return fill_cells(
        [*printed, *added], lambda target: _measure(target, experiments, results)
    )


def columns(
    cells: Sequence[Cell], experiments: Encoders, results: Results
) -> pd.DataFrame:
    """Numbers beside each cell of ours.

    In the released code, PLUS-RNN predicts the same family if its logit exceeds 0.5.

    Returns:
        The 95 % interval, the value by the released threshold and, of PLUS-TFM, the
        value on all pairs.
    """
    rows = []
    for cell in cells:
        model = experiments.find(cell.target.row)
        if isinstance(model, NotRun) or cell.target.kind == "excerpted":
            rows.append((math.nan,) * len(_BESIDE))
            continue
        rows.append(_beside(cell.target.metric, *results[model.name]))
    return pd.DataFrame(rows, columns=_BESIDE)


def _beside(
    metric: str, results: PairResults, provenance: Mapping[str, Any]
) -> tuple[float, ...]:
    architecture = provenance["encoder"]["architecture"]
    found = _tested(results, architecture)
    interval = _MEASURES[metric](found) if len(found.longest) else None
    if interval is None:
        return (math.nan,) * len(_BESIDE)
    released = every = math.nan
    if metric == SFP and architecture == _RNN:
        released = float(found.right(RELEASED_THRESHOLD).mean())
    whole = _MEASURES[metric](results) if architecture == _TFM else None
    if whole is not None:
        every = whole.value
    return interval.low, interval.high, released, every


def _tested(results: PairResults, architecture: str) -> PairResults:
    """What a model of this architecture is tested on."""
    if architecture != _TFM or PLUS_TFM.longest is None:
        return results
    return results.up_to(PLUS_TFM.longest)


def lm_accuracy(results: PairResults) -> Interval | None:
    """Share of masked residues predicted correctly; pairs are resampled."""
    if not results.guessed.any():
        return None
    return bootstrap_share(results.correct, results.guessed)


def sfp_accuracy(results: PairResults) -> Interval | None:
    """Share of pairs predicted correctly; None if the model predicts none."""
    if results.logits is None:
        return None
    right = results.right().astype(np.int64)
    return bootstrap_share(right, np.ones_like(right))


_MEASURES: Mapping[str, Callable[[PairResults], Interval | None]] = {
    LM: lm_accuracy,
    SFP: sfp_accuracy,
}


def _measure(
    target: Target, experiments: Encoders, results: Results
) -> Measured | NotRun:
    model = experiments.find(target.row)
    if isinstance(model, NotRun):
        return model
    whole, provenance = results[model.name]
    found = _tested(whole, provenance["encoder"]["architecture"])
    if not len(found.longest):
        return NotRun(
            f"no test pair has domains of at most {PLUS_TFM.longest} residues"
        )
    interval = _MEASURES[target.metric](found)
    if interval is None:
        return NotRun(f"{model.name} does not predict it")
    facts = plus_provenance(model.name, target.row, provenance["encoder"])
    pairs = len(found.same_family)
    tested_on = provenance["tested_on"]
    number = (
        f"{2 * pairs:,} domains" if tested_on.get("alone") else f"{pairs:,} test pairs"
    )
    described = f"{facts.description}; {number}"
    if found.shortened.any():
        described += f", {found.shortened.sum():,} of them shortened"
    return Measured(
        value=interval.value,
        stderr=interval.stderr,
        n=pairs,
        simulated=tested_on["simulated"] or facts.simulated,
        deviations=merged(
            facts.deviations,
            _other_domains(target, tested_on),
            _drawn(target, tested_on, number),
            simulated_parts({"test pairs": tested_on["simulated"]}),
        ),
        provenance=described,
        seeds=1,
    )


def _test_set(tested_on: Mapping[str, Any]) -> str:
    """What the rows of ours call the test pairs."""
    longest = tested_on["longest_domain"]
    limit = "" if longest is None else f", up to {longest} residues"
    return f"{', '.join(tested_on['sources'])} test{limit}"


def _other_domains(target: Target, tested_on: Mapping[str, Any]) -> Deviations:
    """Whether a printed row is tested on domains of another source than the paper's."""
    papers = tested_on["sources"] == PAPERS_SOURCES
    if target.kind == "added" or (papers and tested_on["longest_domain"] is None):
        return ()
    return (Deviation("test domains", _test_set(tested_on), target.dataset),)


def _drawn(target: Target, tested_on: Mapping[str, Any], number: str) -> Deviations:
    """The paper split Pfam otherwise, and its pairs are not stated; of a printed row.

    Args:
        target: the printed number.
        tested_on: provenance of our pairs.
        number: of our pairs or domains, in words.
    """
    if target.kind == "added":
        return ()
    papers = "all of its own" if tested_on.get("alone") else "a list of its own"
    return (Deviation("test set drawn anew", number, papers),)
