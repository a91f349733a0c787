"""PLUS's numbers in the text: on its data, its models and the tasks that they win."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Statement
from protlang.protocol import Deviation
from protlang.tables.agreement import EXCERPTED
from protlang.tables.intext.evidence import (
    Collect,
    Evidence,
    all_or_none,
    cells_of,
    counted,
    facts_of,
    share,
)
from protlang.tables.intext.rules import Found, half_up
from protlang.tables.plus_differences import DIFFERENCE
from protlang.tables.plus_scores import HOMOLOGY, SECSTR

BASE, LARGE = "PLUS-RNN BASE", "PLUS-RNN LARGE"
TFM, P_ELMO = "PLUS-TFM", "P-ELMo (re-implementation)"
"""Rows of the tables."""

PRINTED_DIGITS = 2
"""Of Table 2, in which the paper counts tasks."""

_TASKS = {
    HOMOLOGY: "Pearson r (SCOPe 2.06)",
    "Solubility": "accuracy",
    "Localization": "accuracy",
    "Stability": "Spearman rho",
    "Fluorescence": "Spearman rho",
    SECSTR: "accuracy (8-state, CB513)",
    "Transmembrane": "per-protein topology accuracy",
}
_SCORES = {"NW-align": "nw_score", "PLUS-RNN": "plus_score"}
_LEAST_NUMBER = 1e-300
_SIGNIFICANT = 0.05


@dataclass(frozen=True)
class PlusEvidence(Evidence):
    """Further results of a run.

    Attributes:
        encoders: descriptions of models that were pre-trained (their `config.json`),
            by row of Table 1.
        test_pairs: of Pfam: the `share` of one family, in percent, how many (`n`),
            whether they are `simulated`, and their `deviations` from the paper's.
        long_pairs: of the development pairs of homology, likewise the `share` of long
            ones.
        examples: the numbers of Figure 4: `pair`, `nw_score`, `plus_score`, and
            `simulated`.
    """

    encoders: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    test_pairs: Mapping[str, Any] | None = None
    long_pairs: Mapping[str, Any] | None = None
    examples: pd.DataFrame | None = None


def training_set(count: str) -> Collect[PlusEvidence]:
    """Domains or families that PLUS-RNN is trained on, a validation set included."""

    def collect(statement: Statement, evidence: PlusEvidence) -> Found | NotRun:
        model = _trained(evidence, LARGE, BASE)
        if isinstance(model, NotRun):
            return model
        return _domains(statement, _large_families(model)[count], [model])

    return collect


def extra_domains(statement: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Domains, in millions, that only P-ELMo is trained on, not PLUS-RNN."""
    more, fewer = _trained(evidence, P_ELMO), _trained(evidence, LARGE, BASE)
    if isinstance(more, NotRun):
        return more
    if isinstance(fewer, NotRun):
        return fewer
    domains = [_large_families(one)["domains"] for one in (more, fewer)]
    return _domains(statement, (domains[0] - domains[1]) / 1e6, [more, fewer])


def same_family(_: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Pairs of one family among those that are drawn, in percent."""
    if evidence.test_pairs is None:
        return NotRun("no pairs of domains were drawn in this run")
    return share(evidence.test_pairs, "test pairs, drawn as those to train on")


def long_pairs(_: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Development pairs of more than 512 residues, in percent."""
    if evidence.long_pairs is None:
        return NotRun("the configuration has no development pairs of homology")
    return share(evidence.long_pairs, "development pairs of homology")


def steiger(_: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """P-value, one-tailed, that PLUS-RNN LARGE is no better than P-ELMo (2.06).

    The test takes pairs for independent, so any difference that can be seen is
    significant; it says something only if the paired difference over drawn domains
    (`protlang.homology.domain_resampling`) leaves no doubt either.
    """
    table = evidence.tables.get("table3")
    rows = (P_ELMO, LARGE)
    used = all_or_none(
        [cells_of(table, row, "Pearson r", ["SCOPe 2.06"]) for row in rows]
    )
    if isinstance(used, NotRun):
        return used
    statistic = float(used[0].get(f"Steiger_t_{LARGE}", math.nan))
    tail = float(used[0].get(f"Steiger_p_{LARGE}", math.nan))
    if math.isnan(statistic):
        return NotRun("the predictions of both models are not available")
    p_value = tail if statistic < 0 else 1 - tail
    text = f"{p_value:.2g}" if p_value > _LEAST_NUMBER else f"<{_LEAST_NUMBER:g}"
    beside = float(used[0].get(f"{DIFFERENCE[-1]}_{LARGE}", math.nan))
    facts = replace(facts_of(used), n=int(used[0]["n"]))
    return replace(
        facts, values=(p_value,), text=text, is_indistinct=not beside < _SIGNIFICANT
    )


def tasks_won(_: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Tasks on which PLUS-RNN LARGE is better than earlier pre-training, as printed."""
    return _count_tasks(
        evidence,
        lambda row: row == "Pre-training SOTA",
        lambda ours, other: ours > other,
    )


def tasks_best(_: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Tasks on which no method that the paper quotes is better, as printed."""
    return _count_tasks(evidence, lambda _: True, lambda ours, other: ours >= other)


def example_score(statement: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """A score of one of the three pairs of Figure 4."""
    if evidence.examples is None:
        return NotRun("Figure 4 is not part of this run")
    number = int(statement.dataset.split()[1])
    chosen = evidence.examples[evidence.examples["pair"] == number]
    row = chosen.to_dict("records")[0]
    return Found(
        values=(float(row[_SCORES[statement.row]]),),
        n=1,
        simulated=bool(row["simulated"]),
        deviations=(Deviation("test pair", "another one", "not named"),),
        provenance=f"{row['id_a']}, {row['id_b']}",
    )


def _trained(evidence: PlusEvidence, *rows: str) -> Mapping[str, Any] | NotRun:
    """The first of some models with a record of its training."""
    for row in rows:
        model = evidence.encoders.get(row)
        if model is not None and model["training"]:
            return model
    return NotRun(f"the configuration pre-trains no {rows[0]}")


def _large_families(model: Mapping[str, Any]) -> Mapping[str, Any]:
    """Counts of the training set before the validation set is taken out."""
    counts: Sequence[Mapping[str, Any]] = model["training"]["counts"]
    return next(
        row
        for row in counts
        if (row["set"], row["step"]) == ("training", "family size")
    )


def _domains(
    statement: Statement, value: float, models: Sequence[Mapping[str, Any]]
) -> Found:
    """A count of the domains that models were trained on."""
    origins = [model["trained_on"] for model in models]
    sources = dict.fromkeys(name for one in origins for name in one["sources"])
    found = counted(statement, value, f"domains of {', '.join(sources)}")
    return replace(found, simulated=any(one["simulated"] for one in origins))


def _count_tasks(
    evidence: PlusEvidence,
    among: Callable[[str], bool],
    wins: Callable[[float, float], bool],
) -> Found | NotRun:
    """Tasks on which PLUS-RNN LARGE wins against all of some quoted rows."""
    table = evidence.tables.get("table2")
    won, used = 0, []
    for task, metric in _TASKS.items():
        cells = cells_of(table, LARGE, metric, [task])
        if isinstance(cells, NotRun):
            return NotRun(f"{task}: {cells.reason}")
        assert table is not None
        quoted_cells = table[(table["dataset"] == task) & (table["kind"] == EXCERPTED)]
        others = [
            half_up(value, PRINTED_DIGITS)
            for row, value in zip(
                quoted_cells["row"], quoted_cells["paper_value"], strict=True
            )
            if among(row)
        ]
        ours = half_up(float(cells[0]["value"]), PRINTED_DIGITS)
        won += all(wins(ours, other) for other in others)
        used += cells
    return replace(facts_of(used), values=(float(won),), n=len(_TASKS))
