"""Numbers of PLUS's text: what a run has computed of each."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from protlang.experiments.heads import NotRun
from protlang.tables.cells import EXCERPTED
from protlang.tables.intext.inputs import as_chosen
from protlang.tables.intext.results import cells_of, facts_of
from protlang.tables.intext.rules import half_up, last_digit, sided
from protlang.tables.intext.statements import Found
from protlang.tables.plus_finetuned import HOMOLOGY, SECSTR
from protlang.tables.targets import Statement

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


@dataclass(frozen=True)
class PlusEvidence:
    """What a run has computed; whatever is left out is `not run`.

    Attributes:
        table2: cells of Table 2 (`protlang.tables.cells.read_cells`).
        table3: of Table 3, with Steiger's tests.
        corpus: what the corpus of domains says of itself
            (`protlang.corpora.token_store.read_meta`).
        encoders: descriptions of models that were pre-trained (their `config.json`),
            by row of Table 1.
        selections: of the domains they were trained on, by row: `shortest` residues,
            `smallest_family`.
        architecture: sizes of the paper's networks
            (`protlang.tables.network_sizes.plus_sizes`).
        test_pairs: of Pfam: the `share` of one family, in percent, how many (`n`), and
            whether they are `simulated`.
        long_pairs: of the development pairs of homology, the `share` that is long, in
            percent, `n`, `simulated`, and `deviation` from the paper's data.
        examples: the numbers of Figure 4: `pair`, `nw_score`, `plus_score`, and
            `simulated`.
    """

    table2: pd.DataFrame | None = None
    table3: pd.DataFrame | None = None
    corpus: Mapping[str, Any] | None = None
    encoders: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    selections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    architecture: Mapping[tuple[str, str], float | str] = field(default_factory=dict)
    test_pairs: Mapping[str, Any] | None = None
    long_pairs: Mapping[str, Any] | None = None
    examples: pd.DataFrame | None = None


Collect = Callable[[Statement, PlusEvidence], Found | NotRun]


def of_corpus(*path: str) -> Collect:
    """A count that the corpus tells of itself.

    Args:
        path: keys of its `meta.json`.
    """

    def collect(statement: Statement, evidence: PlusEvidence) -> Found | NotRun:
        meta = evidence.corpus
        if meta is None:
            return NotRun("the configuration has no corpus of domains")
        value: Any = meta
        for key in path:
            value = value[key]
        told = " and ".join(
            f"{part['title']} (release {part['release']})" for part in meta["sources"]
        )
        equal = value == statement.numbers[0]
        return Found(
            values=(float(value),),
            n=meta["proteins"],
            simulated=meta["simulated"],
            deviation="" if equal else f"counted in {told}",
            provenance=told,
        )

    return collect


def held_out_share(_: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Domains to train on and to test on, in percent."""
    if evidence.corpus is None:
        return NotRun("the configuration has no corpus of domains")
    share = round(100 * evidence.corpus["held_out"]["share"])
    return Found(values=(), text=f"{100 - share}/{share}", provenance="corpus")


def selected(setting: str) -> Collect:
    """A limit of the choice of domains that PLUS-RNN is trained on."""

    def collect(statement: Statement, evidence: PlusEvidence) -> Found | NotRun:
        for row in (LARGE, BASE):
            if row in evidence.selections:
                value = float(evidence.selections[row][setting])
                return as_chosen(statement, value, row)
        return NotRun("the configuration pre-trains no PLUS-RNN")

    return collect


def training_set(count: str) -> Collect:
    """Domains or families that PLUS-RNN learns from, a development set included."""

    def collect(statement: Statement, evidence: PlusEvidence) -> Found | NotRun:
        found = _trained(evidence, LARGE, BASE)
        if isinstance(found, NotRun):
            return found
        return _counted(statement, _large_families(found)[count], 0, [found])

    return collect


def extra_domains(statement: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Domains, in millions, that P-ELMo learns from and PLUS-RNN does not."""
    more, fewer = _trained(evidence, P_ELMO), _trained(evidence, LARGE, BASE)
    if isinstance(more, NotRun):
        return more
    if isinstance(fewer, NotRun):
        return fewer
    domains = [_large_families(one)["domains"] for one in (more, fewer)]
    unit = last_digit(statement.printed)
    return _counted(statement, (domains[0] - domains[1]) / 1e6, unit, [more, fewer])


def masked_share(statement: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Residues to predict, in percent."""
    masking = _masking(evidence)
    if isinstance(masking, NotRun):
        return masking
    return as_chosen(statement, round(100 * masking["share"], 9), "PLUS-RNN")


def masked_how(_: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Of these, hidden, replaced and kept, in percent."""
    masking = _masking(evidence)
    if isinstance(masking, NotRun):
        return masking
    hidden, other = (round(100 * masking[name]) for name in ("masked", "replaced"))
    text = f"{hidden}/{other}/{100 - hidden - other}"
    return Found(values=(), text=text, provenance="PLUS-RNN")


def same_family(_: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Pairs of one family among those that are drawn, in percent."""
    if evidence.test_pairs is None:
        return NotRun("no pairs of domains were drawn in this run")
    return _share(evidence.test_pairs, "test pairs, drawn as those to train on")


def longest_input(statement: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Tokens that PLUS-TFM reads at most."""
    model = evidence.encoders.get(TFM)
    if model is None:
        return NotRun("the configuration has no PLUS-TFM")
    return as_chosen(statement, float(model["model"]["max_tokens"]), TFM)


def of_network(statement: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """A size of the paper's network, counted in the network itself."""
    value = evidence.architecture.get((statement.row, statement.metric))
    if value is None:
        return NotRun("the network was not built to count it")
    origin = "counted in the paper's network as built here"
    if isinstance(value, str):
        return Found(values=(), text=value, provenance=origin)
    return Found(values=(float(value),), provenance=origin)


def quoted(statement: Statement, _: PlusEvidence) -> Found | NotRun:
    """What the paper takes from elsewhere."""
    return Found(values=tuple(statement.numbers), quoted=True, provenance="the paper")


def long_pairs(_: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """Development pairs of more than 512 residues, in percent."""
    if evidence.long_pairs is None:
        return NotRun("the configuration has no development pairs of homology")
    return _share(evidence.long_pairs, "development pairs of homology")


def steiger(_: Statement, evidence: PlusEvidence) -> Found | NotRun:
    """P-value, one-tailed, that PLUS-RNN LARGE is no better than P-ELMo (2.06)."""
    cells = [
        cells_of(evidence.table3, row, "Pearson r", ["SCOPe 2.06"])
        for row in (P_ELMO, LARGE)
    ]
    missing = next((found for found in cells if isinstance(found, NotRun)), None)
    if missing is not None:
        return missing
    used = [cell for found in cells if not isinstance(found, NotRun) for cell in found]
    statistic = float(used[0].get(f"Steiger_t_{LARGE}", math.nan))
    tail = float(used[0].get(f"Steiger_p_{LARGE}", math.nan))
    if math.isnan(statistic):
        return NotRun("the predictions of both models are not at hand")
    p_value = tail if statistic < 0 else 1 - tail
    text = f"{p_value:.2g}" if p_value > _LEAST_NUMBER else f"<{_LEAST_NUMBER:g}"
    facts = replace(facts_of(used), n=int(used[0]["n"]))
    return replace(facts, values=(p_value,), text=text)


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
        deviation="another pair: the paper does not tell which ones it shows",
        provenance=f"{row['id_a']}, {row['id_b']}",
    )


def _trained(evidence: PlusEvidence, *rows: str) -> Mapping[str, Any] | NotRun:
    """The first of some models that tells how it was trained."""
    for row in rows:
        model = evidence.encoders.get(row)
        if model is not None and model["training"]:
            return model
    return NotRun(f"the configuration pre-trains no {rows[0]}")


def _masking(evidence: PlusEvidence) -> Mapping[str, Any] | NotRun:
    model = _trained(evidence, LARGE, BASE)
    if isinstance(model, NotRun):
        return model
    masking: Mapping[str, Any] | None = model["training"]["masking"]
    return masking or NotRun("PLUS-RNN is trained without masks")


def _large_families(model: Mapping[str, Any]) -> Mapping[str, Any]:
    """Counts of the training set before development domains leave it."""
    counts: Sequence[Mapping[str, Any]] = model["training"]["counts"]
    return next(
        row
        for row in counts
        if (row["set"], row["step"]) == ("training", "family size")
    )


def _counted(
    statement: Statement, value: float, unit: float, models: Sequence[Mapping[str, Any]]
) -> Found:
    sources = ", ".join(
        dict.fromkeys(
            name for model in models for name in model["trained_on"]["sources"]
        )
    )
    paper = statement.numbers[0]
    equal = sided(value, paper, unit, "")[0] == sided(paper, paper, unit, "")[0]
    return Found(
        values=(value,),
        simulated=any(model["trained_on"]["simulated"] for model in models),
        deviation="" if equal else f"counted in {sources}",
        provenance=f"domains of {sources}",
    )


def _share(facts: Mapping[str, Any], provenance: str) -> Found:
    return Found(
        values=(float(facts["share"]),),
        n=int(facts["n"]),
        simulated=bool(facts["simulated"]),
        deviation=str(facts.get("deviation", "")),
        provenance=provenance,
    )


def _count_tasks(
    evidence: PlusEvidence,
    among: Callable[[str], bool],
    wins: Callable[[float, float], bool],
) -> Found | NotRun:
    """Tasks on which PLUS-RNN LARGE wins against all of some quoted rows."""
    table = evidence.table2
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
