"""SeqVec's perplexity of about 10.5, beside ours in the ways that it can be measured.

The paper does not report of what its number is. It held no protein out, so it is
compared with that of training proteins as bilm-tf prints it while it trains: dropout
on, sampled softmax (`protlang.pretraining.perplexity`). The others are rows of our own.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Statement
from protlang.protocol import Deviation, Deviations, merged
from protlang.tables.intext.rules import Found
from protlang.tables.intext.seqvec import SeqVecEvidence

MEASURED: Mapping[str, str] = {
    "training_perplexity_sampled": "perplexity, dropout, sampled softmax",
    "training_perplexity_full": "perplexity, dropout, full softmax",
    "held_out_perplexity": "perplexity, no dropout, full softmax",
}
"""Metrics by their keys in an encoder's `summary.json`; the first is the paper's."""

COMPARED = next(iter(MEASURED))


def training_perplexity(_: Statement, evidence: SeqVecEvidence) -> Found | NotRun:
    """That of DeepSeqVec's own encoder, or else of published weights."""
    for model in _models(evidence):
        return _found(model, COMPARED)
    return NotRun(
        "no record of the perplexity of DeepSeqVec's language model, or of a published "
        "one; weights that are published without their softmax have none"
    )


def own_rows(evidence: SeqVecEvidence) -> Iterator[tuple[Statement, Found]]:
    """All perplexities of each language model, under its own name."""
    for model in _models(evidence):
        for key, metric in MEASURED.items():
            if key in model["summary"]:
                yield _place(model, metric), _found(model, key)


def _models(evidence: SeqVecEvidence) -> list[Mapping[str, Any]]:
    own = [evidence.language_model] if evidence.language_model else []
    return [one for one in (*own, *evidence.measured) if COMPARED in one["summary"]]


def _place(model: Mapping[str, Any], metric: str) -> Statement:
    corpus = model["summary"]["measured_on"]["corpus"]
    row, nowhere = f"SeqVec LM: {model['name']}", math.nan
    return Statement("", row, corpus, metric, "", nowhere, "perplexity", "")


def _found(model: Mapping[str, Any], key: str) -> Found:
    summary = model["summary"]
    is_published = "updates" not in model["config"]["training"]
    origin = "published weights" if is_published else "after its last update"
    measuring = _of_measuring(summary, key, is_published)
    return Found(
        values=(float(summary[key]),),
        simulated=model["simulated"] or summary["measured_on"]["simulated"],
        deviations=merged(measuring, model["deviations"]),
        provenance=f"{model['name']}, {origin}",
        seeds=0 if is_published else 1,
    )


def _of_measuring(
    summary: Mapping[str, Any], key: str, is_published: bool
) -> Deviations:
    """How what was measured differs from what the paper probably measured."""
    found = []
    sources = ", ".join(summary["measured_on"]["sources"])
    if is_published:
        aspect = "proteins of the perplexity"
        found.append(Deviation(aspect, f"of {sources}", "own UniRef50"))
    elif key == "held_out_perplexity":
        found.append(
            Deviation("proteins of the perplexity", "held out", "probably trained on")
        )
    if key != COMPARED:
        ours, papers = (
            MEASURED[one].removeprefix("perplexity, ") for one in (key, COMPARED)
        )
        found.append(Deviation("perplexity", ours, f"probably {papers}"))
    if summary["words_fitted"]:
        found.append(Deviation("softmax", "its rows in the order that fits best"))
    return tuple(found)
