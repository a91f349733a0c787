"""SeqVec's numbers in the text on its language model, its data and its predictors."""

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Statement
from protlang.protocol import Deviation, merged
from protlang.tables.intext.evidence import (
    Collect,
    Evidence,
    cells_of,
    counted,
    facts_of,
    share,
)
from protlang.tables.intext.rules import Found
from protlang.tables.seqvec_timings import TimedSet

SECONDS_PER_WEEK = 7 * 24 * 3600

_NO_DEEPLOC = NotRun("the configuration has no data set for DeepLoc")


@dataclass(frozen=True)
class SeqVecEvidence(Evidence):
    """Further results of a run.

    Attributes:
        language_model: of DeepSeqVec: `name`, `config` and `summary` (its files),
            `metrics` (rows of its training), `simulated` and `deviations`.
        measured: the same of published ones whose perplexity was measured.
        proteome: times of a whole one's embeddings, on each device.
        prediction_seconds: of DeepSeqVec per protein, embedding not counted.
        splits: provenance of each split by the paper's name of the data set.
        scope: provenance of SCOPe's domains.
        training_seconds: of each seed, by the row of a predictor.
        better: percentage of CB513's proteins that DeepSeqVec predicts better than
            another method: `share`, `n`, `simulated`, `deviations`, `reference`.
    """

    language_model: Mapping[str, Any] | None = None
    measured: Sequence[Mapping[str, Any]] = ()
    proteome: Sequence[TimedSet] = ()
    prediction_seconds: float = math.nan
    splits: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    scope: Mapping[str, Any] | None = None
    training_seconds: Mapping[str, Sequence[float]] = field(default_factory=dict)
    better: Mapping[str, Any] | None = None


def of_language_model(
    values: Callable[[Mapping[str, Any]], float | NotRun], remark: Deviation
) -> Collect[SeqVecEvidence]:
    """A number from the language model's files.

    Args:
        values: reads it.
        remark: how it differs from the paper's in any case.
    """

    def collect(_: Statement, evidence: SeqVecEvidence) -> Found | NotRun:
        model = evidence.language_model
        if model is None:
            return NotRun("the configuration names no language model for DeepSeqVec")
        value = values(model)
        if isinstance(value, NotRun):
            return value
        return Found(
            values=(value,),
            simulated=model["simulated"],
            deviations=merged([remark], model["deviations"]),
            provenance=model["name"],
            seeds=1,
        )

    return collect


def seconds_of(metrics: Iterable[Mapping[str, Any]]) -> float:
    """Time of a training: tokens read between two reports, by the speed in between."""
    seconds, before = 0.0, 0
    for row in metrics:
        seconds += (row["tokens"] - before) / row["tokens_per_second"]
        before = row["tokens"]
    return seconds


def training_weeks(model: Mapping[str, Any]) -> float | NotRun:
    """How long the language model was trained."""
    seconds = seconds_of(model["metrics"])
    if not seconds:
        return NotRun(f"{model['name']} has no record of its training")
    return seconds / SECONDS_PER_WEEK


def count_proteins(
    *splits: str, left_out: bool = False, included: bool = True
) -> Collect[SeqVecEvidence]:
    """Proteins in splits of a data set.

    Args:
        splits: that are counted.
        left_out: whether those left out of the set are counted.
        included: whether the others are.
    """

    def collect(statement: Statement, evidence: SeqVecEvidence) -> Found | NotRun:
        parts = evidence.splits.get(statement.dataset, {})
        if not set(splits) <= parts.keys():
            return NotRun(f"the configuration has no data set for {statement.dataset}")
        chosen = [parts[name] for name in splits]
        number = sum(part["proteins"] for part in chosen) if included else 0
        if left_out:
            number += len(chosen[0]["left_out"])
        return _proteins(statement, number, chosen[0])

    return collect


def located_proteins(statement: Statement, evidence: SeqVecEvidence) -> Found | NotRun:
    """Proteins of DeepLoc in one of its ten locations, test proteins included."""
    parts = evidence.splits.get("DeepLoc", {})
    if not parts:
        return _NO_DEEPLOC
    provenance = next(iter(parts.values()))
    found = sum(counts["found"] for counts in provenance["locations"].values())
    return _proteins(statement, found, provenance)


def split_shares(_: Statement, evidence: SeqVecEvidence) -> Found | NotRun:
    """Proteins to train on and to stop early on, in percent."""
    parts = evidence.splits.get("DeepLoc", {})
    if not {"train", "validation"} <= parts.keys():
        return _NO_DEEPLOC
    train, validation = (parts[name]["proteins"] for name in ("train", "validation"))
    percent = round(100 * train / (train + validation))
    text = f"{percent}/{100 - percent}"
    return Found(
        values=(), text=text, n=train + validation, provenance="splits", setting=True
    )


def count_domains(statement: Statement, evidence: SeqVecEvidence) -> Found | NotRun:
    """SCOPe's domains, before any is left out."""
    if evidence.scope is None:
        return NotRun("SCOPe's domains were not annotated in this run")
    return _proteins(statement, evidence.scope["proteins"], evidence.scope)


def training_time(unit_seconds: float) -> Collect[SeqVecEvidence]:
    """Time that a predictor's training took; machines differ."""

    def collect(statement: Statement, evidence: SeqVecEvidence) -> Found | NotRun:
        seconds = evidence.training_seconds.get(statement.row)
        if seconds is None:
            return NotRun(f"no training of {statement.row} was timed in this run")
        parts = [part for named in evidence.splits.values() for part in named.values()]
        times = [one / unit_seconds for one in seconds]
        return Found(
            values=(statistics.fmean(times),),
            simulated=any(part["simulated"] for part in parts),
            deviations=(Deviation("hardware", "this run's", "own, not stated"),),
            provenance="speed of its training, mean over seeds",
            seeds=len(times),
            seed_sd=statistics.stdev(times) if len(times) > 1 else math.nan,
        )

    return collect


def share_better(statement: Statement, evidence: SeqVecEvidence) -> Found | NotRun:
    """Percentage of proteins that DeepSeqVec predicts better than another method.

    Predictions are those of Table 1, whose cell has the number of seeds.
    """
    facts = evidence.better
    lacking = "NetSurfP-2.0's predictions of single proteins are not available"
    if facts is None:
        return NotRun(lacking)
    reference = facts["reference"]
    other = reference != "NetSurfP-2.0"
    deviations = (Deviation("compared with", reference, lacking),) if other else ()
    provenance = f"Q3 of each protein, beside {reference}"
    cells = cells_of(
        evidence.tables.get("table1"), "DeepSeqVec", "Q3", [statement.dataset]
    )
    seeds = 1 if isinstance(cells, NotRun) else facts_of(cells).seeds
    found = share({**facts, "deviations": deviations}, provenance)
    return replace(found, seeds=seeds)


def _proteins(
    statement: Statement, number: int, provenance: Mapping[str, Any]
) -> Found:
    origin = f"{provenance['title']} (release {provenance['release']})"
    found = counted(statement, number, origin)
    return replace(found, n=number, simulated=provenance["simulated"])
