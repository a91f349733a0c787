"""Numbers printed in the papers, from `resources/paper_targets.csv`.

Nothing heavy is imported, as the rules read printed rows, too.
"""

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from protlang.validation import REPOSITORY

NO_DATASET = "not stated"
"""In place of the data set of a number for which the paper names none."""

IN_TEXT = "in-text"
"""Kind of the numbers in a paper's text."""

ELSEWHERE = ("Results: time",)
"""Parts of the text whose numbers have their own table."""

_BASE = "PLUS-RNN BASE"
_WEIGHTS = re.compile(r" \((MLM .*)\)$")
_ABLATION = re.compile(r"[PF]T-[A-E]")

WITHOUT_PRETRAINING = " [w/o PT]"
"""Ends the rows of models initialised with random weights."""


@dataclass(frozen=True)
class Target:
    """A number in one of a paper's tables.

    Attributes:
        row: method.
        dataset: test set.
        metric: measure, in `unit`.
        value: as printed.
        stderr: as printed; NaN if there is none.
        kind: `reproduced` (the authors' own), `excerpted` (from other papers),
            `recomputed` (a row of ours beside an excerpted one, with its value) or
            `added` (a row of ours that the paper does not have; then `value` is NaN).
        note: remarks.
        step: unit of the last printed digit.
        recomputes: the excerpted row that a recomputed one repeats.
    """

    row: str
    dataset: str
    metric: str
    unit: str
    value: float
    stderr: float
    kind: str
    note: str
    step: float = 0
    recomputes: str = ""

    @property
    def uses_profiles(self) -> bool:
        """Whether the method uses evolutionary profiles."""
        return "uses evolutionary" in self.note


@dataclass(frozen=True)
class Statement:
    """A number, range or word in a paper's text.

    Attributes:
        element: part of the text.
        row: its subject.
        dataset: data set.
        metric: what is counted or measured, in `unit`.
        printed: the number, range or words.
        stderr: as printed; NaN without.
        note: remarks.
    """

    element: str
    row: str
    dataset: str
    metric: str
    printed: str
    stderr: float
    unit: str
    note: str

    @property
    def numbers(self) -> list[float]:
        """The numbers among what is printed, in order."""
        number = r"\d+(?:\.\d+)?(?:e-\d+)?"
        return [float(text) for text in re.findall(number, self.printed)]


def load_targets(paper: str, element: str) -> list[Target]:
    """The printed numbers of one table, e.g. `SeqVec`, `Table 1`, in printed order."""
    lines = [line for line in _lines(paper) if line["element"] == element]
    return [
        Target(
            line["row"],
            line["dataset"] or NO_DATASET,
            line["metric"],
            line["unit"],
            _number(line["value"]),
            _number(line["stderr"]),
            line["kind"],
            line["note"],
            _step(line["value"]),
        )
        for line in lines
    ]


def statements(paper: str) -> list[Statement]:
    """The numbers in the text of a paper, `SeqVec` or `PLUS`, in printed order."""
    return [
        Statement(
            line["element"],
            line["row"],
            line["dataset"] or NO_DATASET,
            line["metric"],
            line["value"],
            _number(line["stderr"]),
            line["unit"],
            line["note"],
        )
        for line in _lines(paper)
        if line["kind"] == IN_TEXT and line["element"] not in ELSEWHERE
    ]


def added_target(row: str, dataset: str, metric: str, unit: str) -> Target:
    """The place of a number of ours that the paper does not have."""
    return Target(row, dataset, metric, unit, math.nan, math.nan, "added", "")


def recomputed_target(row: str, excerpted: Target) -> Target:
    """The place of a number of ours that the paper quotes from another publication."""
    return replace(excerpted, row=row, kind="recomputed", recomputes=excerpted.row)


def model_of(row: str) -> str:
    """The row of the model behind a row of PLUS's Tables 2 to 6.

    Rows of Tables 5 and 6 state the weights of losses; their first one is the model of
    the other tables, and `(w/o PT)` that model without pre-training.
    """
    name = _WEIGHTS.sub("", row).removesuffix(" [w/ PT]")
    if name.startswith("("):
        name = name[1:-1]
    return _BASE + WITHOUT_PRETRAINING if name == "w/o PT" else name


def is_ablation(row: str) -> bool:
    """Whether a model has other weights of losses and so a row in Table 5 or 6 only."""
    return _ABLATION.fullmatch(row) is not None


def loss_weights(row: str) -> dict[str, str]:
    """Weights of losses in a row of Tables 5 and 6, as printed, by loss."""
    found = _WEIGHTS.search(row)
    parts = found[1].split(", ") if found else []
    pairs = (part.partition(" ") for part in parts)
    return {loss: weight for loss, _, weight in pairs}


def _lines(paper: str) -> Iterator[dict[str, str]]:
    path = REPOSITORY / "resources" / "paper_targets.csv"
    with open(path, newline="", encoding="utf-8") as stream:
        yield from (line for line in csv.DictReader(stream) if line["paper"] == paper)


def _step(printed: str) -> float:
    """Unit of the last digit of a number; all of a table's column have as many."""
    return float(10.0 ** -len(printed.partition(".")[2]))


def _number(text: str) -> float:
    return float(text) if text else math.nan
