"""A number in a paper's text, what a run has computed, and what that says of it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from protlang.experiments.heads import NotRun
from protlang.tables.targets import Statement


@dataclass(frozen=True)
class Evidence:
    """What a run has computed; whatever is left out is `not run`.

    Attributes:
        table1: cells of Table 1 (`protlang.tables.cells.read_cells`).
        table2: of Table 2.
        timings: of the table of timed embeddings.
        corpora: what each says of itself (`corpora.token_store.read_meta`), by name.
        language_model: of DeepSeqVec: `name`, `config` and `summary` (its files),
            `metrics` (rows of its training), `simulated` and `deviation`.
        layers: LSTM layers of each language model that is pre-trained, by name.
        splits: provenance of each split by the paper's name of the data set.
        scope: provenance of SCOPe's domains.
        architecture: sizes of the paper's networks (`network_sizes.seqvec_sizes`).
        settings: of this run, by row and metric.
        training_seconds: by the row of a predictor.
        better: of which percentage of CB513's proteins DeepSeqVec is better than
            another method: `share`, `n`, `simulated`, `reference`.
        bootstrap_samples: drawn for a standard error.
    """

    table1: pd.DataFrame | None = None
    table2: pd.DataFrame | None = None
    timings: pd.DataFrame | None = None
    corpora: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    language_model: Mapping[str, Any] | None = None
    layers: Mapping[str, int] = field(default_factory=dict)
    splits: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    scope: Mapping[str, Any] | None = None
    architecture: Mapping[tuple[str, str], float | str] = field(default_factory=dict)
    settings: Mapping[tuple[str, str], float | str] = field(default_factory=dict)
    training_seconds: Mapping[str, float] = field(default_factory=dict)
    better: Mapping[str, Any] | None = None
    bootstrap_samples: int | None = None


@dataclass(frozen=True)
class Found:
    """Our number, or numbers, for a statement.

    Attributes:
        values: one, or those that a range or a pair is of.
        text: in the paper's form; empty for a single number.
        stderr: of a single number.
        n: proteins behind it; 0 if there are none.
        simulated: whether any input was simulated.
        deviation: how the inputs differ from the paper's; empty if not.
        provenance: where it comes from.
        quoted: whether the paper takes the number from elsewhere.
    """

    values: tuple[float, ...]
    text: str = ""
    stderr: float = math.nan
    n: int = 0
    simulated: bool = False
    deviation: str = ""
    provenance: str = ""
    quoted: bool = False


Collect = Callable[[Statement, Evidence], Found | NotRun]
