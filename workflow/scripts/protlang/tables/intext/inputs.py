"""Numbers of the text on data, models and settings."""

from collections.abc import Callable, Mapping
from typing import Any

from protlang.experiments.heads import NotRun
from protlang.tables.cells import (
    REPRODUCED,
)
from protlang.tables.intext.rules import (
    last_digit,
    sided,
)
from protlang.tables.intext.statements import Collect, Evidence, Found
from protlang.tables.targets import Statement

SECONDS_PER_WEEK = 7 * 24 * 3600


def of_language_model(
    values: Callable[[Mapping[str, Any]], float | NotRun], remark: str = ""
) -> Collect:
    """A number that the language model's files tell.

    Args:
        values: reads it.
        remark: how it differs from the paper's in any case.
    """

    def collect(_: Statement, evidence: Evidence) -> Found | NotRun:
        model = evidence.language_model
        if model is None:
            return NotRun("the configuration names no language model for DeepSeqVec")
        value = values(model)
        if isinstance(value, NotRun):
            return value
        return Found(
            values=(value,),
            simulated=model["simulated"],
            deviation="; ".join(filter(None, (remark, model["deviation"]))),
            provenance=model["name"],
        )

    return collect


def held_out_perplexity(model: Mapping[str, Any]) -> float | NotRun:
    """Per token, of proteins that the model was not trained on."""
    perplexity = model["summary"].get("held_out_perplexity")
    if perplexity is None:
        return NotRun(f"{model['name']} has no record of a held-out perplexity")
    return float(perplexity)


def training_weeks(model: Mapping[str, Any]) -> float | NotRun:
    """From the tokens read between two reports, and the speed in between."""
    seconds, before = 0.0, 0
    for row in model["metrics"]:
        seconds += (row["tokens"] - before) / row["tokens_per_second"]
        before = row["tokens"]
    if not seconds:
        return NotRun(f"{model['name']} has no record of its training")
    return seconds / SECONDS_PER_WEEK


def model_setting(*path: str, scale: float = 1) -> Collect:
    """A setting of the language model, from its `config.json`; a choice, no result."""

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        model = evidence.language_model
        if model is None:
            return NotRun("the configuration names no language model for DeepSeqVec")
        value: Any = model["config"]
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None:
            return NotRun(f"{model['name']} was trained without any, or does not tell")
        return as_chosen(statement, scale * float(value), model["name"])

    return collect


def as_chosen(statement: Statement, value: float, provenance: str) -> Found:
    """A setting: whatever the data, it is equal or another."""
    other = value != statement.numbers[0]
    deviation = f"{provenance} has another setting" if other else ""
    return Found(values=(value,), deviation=deviation, provenance=provenance)


def own_setting(statement: Statement, evidence: Evidence) -> Found | NotRun:
    """A setting of the configuration."""
    value = evidence.settings.get((statement.row, statement.metric))
    if value is None:
        return NotRun("the configuration has no such step")
    if isinstance(value, str):
        return Found(values=(), text=value, provenance="configuration")
    return as_chosen(statement, value, "the configuration")


def of_architecture(statement: Statement, evidence: Evidence) -> Found | NotRun:
    """A size of the paper's network, counted in the network itself."""
    value = evidence.architecture.get((statement.row, statement.metric))
    if value is None:
        return NotRun("the network was not built to count it")
    origin = "counted in the paper's network as built here"
    if isinstance(value, str):
        return Found(values=(), text=value, provenance=origin)
    return Found(values=(float(value),), provenance=origin)


def of_corpus(source: str, count: str, scale: float = 1) -> Collect:
    """A count of a corpus made of one source, divided by `scale`."""

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        for name, meta in evidence.corpora.items():
            sources = meta["sources"]
            if all(part["name"].startswith(source) for part in sources):
                told = " and ".join(
                    f"{part['title']} (release {part['release']})" for part in sources
                )
                value = meta[count] / scale
                paper = statement.numbers[0]
                equal = sided(value, paper, last_digit(statement.printed), "")
                return Found(
                    values=(value,),
                    n=meta["proteins"],
                    simulated=meta["simulated"],
                    deviation="" if equal[0] == REPRODUCED else f"counted in {told}",
                    provenance=f"corpus {name}: {told}",
                )
        return NotRun(f"the configuration has no corpus of {source} alone")

    return collect


def count_proteins(*splits: str, left_out: bool = False, kept: bool = True) -> Collect:
    """Proteins in splits of a data set.

    Args:
        splits: that are counted.
        left_out: whether those left out of the set are counted.
        kept: whether the others are.
    """

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        parts = evidence.splits.get(statement.dataset, {})
        if not set(splits) <= parts.keys():
            return NotRun(f"the configuration has no data set for {statement.dataset}")
        chosen = [parts[name] for name in splits]
        number = sum(part["proteins"] for part in chosen) if kept else 0
        if left_out:
            number += len(chosen[0]["left_out"])
        return _counted(statement, number, chosen[0])

    return collect


def _counted(statement: Statement, number: int, provenance: Mapping[str, Any]) -> Found:
    """A count of proteins; if it is another, the source is."""
    told = f"{provenance['title']} (release {provenance['release']})"
    equal = number == statement.numbers[0]
    return Found(
        values=(number,),
        n=number,
        simulated=provenance["simulated"],
        deviation="" if equal else f"counted in {told}",
        provenance=told,
    )


def located_proteins(statement: Statement, evidence: Evidence) -> Found | NotRun:
    """Proteins of DeepLoc in one of its ten locations, test proteins included."""
    parts = evidence.splits.get("DeepLoc", {})
    if not parts:
        return NotRun("the configuration has no data set for DeepLoc")
    provenance = next(iter(parts.values()))
    found = sum(counts["found"] for counts in provenance["locations"].values())
    return _counted(statement, found, provenance)


def split_shares(_: Statement, evidence: Evidence) -> Found | NotRun:
    """Proteins to train on and to stop early on, in percent."""
    parts = evidence.splits.get("DeepLoc", {})
    if not {"train", "validation"} <= parts.keys():
        return NotRun("the configuration has no data set for DeepLoc")
    train, held_out = (parts[name]["proteins"] for name in ("train", "validation"))
    share = round(100 * train / (train + held_out))
    text = f"{share}/{100 - share}"
    return Found(values=(), text=text, n=train + held_out, provenance="splits")


def count_domains(statement: Statement, evidence: Evidence) -> Found | NotRun:
    """SCOPe's domains, before any is left out."""
    if evidence.scope is None:
        return NotRun("SCOPe's domains were not annotated in this run")
    return _counted(statement, evidence.scope["proteins"], evidence.scope)


def most_layers(statement: Statement, evidence: Evidence) -> Found | NotRun:
    """LSTM layers of the deepest language model that is pre-trained."""
    if not evidence.layers:
        return NotRun("the configuration pre-trains no language model")
    name, layers = max(evidence.layers.items(), key=lambda item: item[1])
    if layers < statement.numbers[0]:
        return NotRun(f"the deepest language model pre-trained has {layers} layers")
    return as_chosen(statement, layers, name)


def training_time(unit_seconds: float) -> Collect:
    """Time that a predictor's training took; machines differ."""

    def collect(statement: Statement, evidence: Evidence) -> Found | NotRun:
        seconds = evidence.training_seconds.get(statement.row)
        if seconds is None:
            return NotRun(f"no training of {statement.row} was timed in this run")
        parts = [part for named in evidence.splits.values() for part in named.values()]
        return Found(
            values=(seconds / unit_seconds,),
            simulated=any(part["simulated"] for part in parts),
            deviation="measured on another machine than the paper's, which it does "
            "not tell",
            provenance="benchmark of its training, the first seed's",
        )

    return collect


def share_better(_: Statement, evidence: Evidence) -> Found | NotRun:
    """Percentage of proteins that DeepSeqVec predicts better than another method."""
    facts = evidence.better
    lacking = "NetSurfP-2.0's predictions of single proteins are not available"
    if facts is None:
        return NotRun(lacking)
    other = facts["reference"] != "NetSurfP-2.0"
    return Found(
        values=(float(facts["share"]),),
        n=int(facts["n"]),
        simulated=bool(facts["simulated"]),
        deviation=f"{lacking}; better than {facts['reference']}" if other else "",
        provenance=f"Q3 of each protein, beside {facts['reference']}",
    )


def bootstrap_samples(statement: Statement, evidence: Evidence) -> Found | NotRun:
    """Test sets that are drawn for a standard error."""
    if evidence.bootstrap_samples is None:
        return NotRun("no standard error was drawn in this run")
    return as_chosen(statement, evidence.bootstrap_samples, "the bootstrap")


def never_computed(reason: str) -> Collect:
    """What the project does not compute."""

    def collect(_statement: Statement, _evidence: Evidence) -> NotRun:
        return NotRun(reason)

    return collect
