"""Provenance of models fine-tuned on single proteins: training and deviations.

Every difference from the paper's protocol that the model's own records show is
reported, so a number is compared with the paper's only if nothing differs.

Sources: PLUS, Section 4.2; its released code for settings that are not printed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from protlang.encoders.provenance import Provenance, SetFacts
from protlang.finetuning.recipes import FineTuning, fine_tuning
from protlang.protocol import (
    Deviation,
    Deviations,
    merged,
    settings_that_differ,
    simulated_parts,
)

TRAINING = "training"
"""Stands for the proteins that are learned from, beside the names of test sets."""

_TOLERANCE = 0.01
"""Relative, of training and validation sets, of which copies differ by some proteins.
Test sets have to be as large as the paper's."""

_PRECISION = "float32"
"""Of the paper's products."""


@dataclass(frozen=True)
class PaperData:
    """What the paper fine-tuned and tested on.

    Attributes:
        distributions: in which that set is published.
        proteins: it learned from.
        tests: it tested on, by test set.
        validation: it selected weights by; None if that is not known.
    """

    distributions: frozenset[str]
    proteins: int
    tests: Mapping[str, int]
    validation: int | None = None


def _tape(task: str) -> set[str]:
    return {f"tape-{kind}-{task}" for kind in ("lmdb", "json", "csv")}


PAPER_DATA: Mapping[str, PaperData] = {
    "solubility": PaperData(
        frozenset({"deepsol-zip", "plus-solubility"}),
        62_478,
        {"Solubility": 2_001},
        6_942,
    ),
    "localization": PaperData(
        frozenset({"deeploc-fasta", "plus-localization"}),
        9_977,
        {"Localization": 2_773},
    ),
    "stability": PaperData(
        frozenset({*_tape("stability"), "plus-stability"}),
        53_614,
        {"Stability": 12_851},
        2_512,
    ),
    "fluorescence": PaperData(
        frozenset({*_tape("fluorescence"), "plus-fluorescence"}),
        21_446,
        {"Fluorescence": 27_217},
        5_362,
    ),
    "secondary_structure": PaperData(
        frozenset({*_tape("secondary-structure"), "plus-secondary-structure"}),
        8_678,
        {"CB513": 513, "CASP12": 21, "TS115": 115},
        2_170,
    ),
    "transmembrane": PaperData(
        frozenset({"topcons-zip", "p-elmo-transmembrane", "plus-transmembrane"}),
        228,
        {"Transmembrane": 29},
    ),
}
"""By task. Source: PLUS, Section 4.2; TAPE; DeepSol."""


@dataclass(frozen=True)
class StartingPoint:
    """What a model was fine-tuned from.

    Attributes:
        row: of the tables that the model fills.
        encoder: provenance of its encoder, pre-trained or not.
    """

    row: str
    encoder: Provenance


@dataclass(frozen=True)
class TaskSplits:
    """Provenance of the proteins of a task.

    Attributes:
        training: to learn from.
        validation: to select weights by.
        tests: to test on, by test set.
        declared: differences from the paper's, as declared with the data, by test set;
            those of the training set under `TRAINING`.
    """

    training: Mapping[str, Any]
    validation: Mapping[str, Any]
    tests: Mapping[str, Mapping[str, Any]]
    declared: Mapping[str, Deviations] = field(default_factory=dict)


@dataclass(frozen=True)
class TaskTraining:
    """How a model was fine-tuned on a task.

    Attributes:
        settings: of the fine-tuning.
        defaults: model whose published settings those are compared with.
        updates: of each training seed.
        processes: that trained together, each with a batch of its own.
        precision: of matrix products, as used.
    """

    settings: FineTuning
    defaults: str
    updates: Sequence[int]
    processes: int
    precision: str


def task_provenance(
    start: StartingPoint, task: str, training: TaskTraining, splits: TaskSplits
) -> Provenance:
    """Provenance of a model that was fine-tuned on single proteins.

    Args:
        start: what it was fine-tuned from.
        task: its name.
        training: how.
        splits: its proteins.
    """
    data = _in_words(splits.training)
    found = fine_tuned_provenance(
        start,
        f"fine-tuned on {data}, {range_of(training.updates)} updates",
        merged(
            splits.declared.get(TRAINING, ()),
            _of_training_set(PAPER_DATA[task], splits),
            _of_settings(task, training),
        ),
        bool(splits.training["simulated"]),
    )
    tests = {name: _test_facts(task, name, splits) for name in splits.tests}
    return replace(found, test_sets=tests)


def fine_tuned_provenance(
    start: StartingPoint,
    training: str,
    deviations: Deviations,
    simulated: bool,
) -> Provenance:
    """Provenance of a model, given that of its starting point.

    Args:
        start: what it was fine-tuned from.
        training: the fine-tuning in a few words.
        deviations: differences of its data and settings from the paper's.
        simulated: whether its data were.
    """
    encoder = start.encoder
    return Provenance(
        f"{encoder.description}; {training}",
        simulated or encoder.simulated,
        merged(encoder.deviations, deviations),
    )


def _of_settings(task: str, training: TaskTraining) -> Deviations:
    batch = training.settings.batch * training.processes
    changed = {"batch": batch, "precision": training.precision}
    paper = asdict(fine_tuning(training.defaults, task)) | {"precision": _PRECISION}
    return settings_that_differ(asdict(training.settings) | changed, paper)


def _of_training_set(paper: PaperData, splits: TaskSplits) -> Deviations:
    """How proteins to learn from and to select weights by differ from the paper's."""
    training, validation = splits.training, splits.validation
    found = _of_proteins(
        "training proteins", training, paper, paper.proteins, _TOLERANCE
    )
    count = int(validation["proteins"])
    if paper.validation is not None and not _close(count, paper.validation, _TOLERANCE):
        printed = f"{count:,}", f"{paper.validation:,}"
        found += (Deviation("validation proteins", *printed),)
    return found + simulated_parts({"training proteins": training["simulated"]})


def _test_facts(task: str, name: str, splits: TaskSplits) -> SetFacts:
    """Facts of a test set; numbers are compared if the paper has such a one."""
    paper, tested_on = PAPER_DATA[task], splits.tests[name]
    found: Deviations = ()
    if name in paper.tests:
        found = _of_proteins("test proteins", tested_on, paper, paper.tests[name])
    parts = {"test proteins": bool(tested_on["simulated"])}
    declared = splits.declared.get(name, ())
    return SetFacts(
        parts["test proteins"], merged(declared, found, simulated_parts(parts))
    )


def _of_proteins(
    aspect: str,
    split: Mapping[str, Any],
    paper: PaperData,
    number: int,
    tolerance: float = 0.0,
) -> Deviations:
    """Whether a split is another one than the paper's, of so many proteins."""
    ours, papers = _in_words(split), f"{number:,}"
    if "split" in split:
        return (Deviation(aspect, f"{ours}, split anew", papers),)
    same = split["distribution"] in paper.distributions
    if same and _close(int(split["proteins"]), number, tolerance):
        return ()
    return (Deviation(aspect, ours, papers),)


def _in_words(split: Mapping[str, Any]) -> str:
    source = f"{split['source']} ({split['distribution']})"
    return f"{split['proteins']:,} proteins of {source}"


def _close(ours: int, paper: int, tolerance: float) -> bool:
    return abs(ours / paper - 1) <= tolerance


def range_of(updates: Sequence[int]) -> str:
    """Updates of several trainings: their number, or the least and the most."""
    low, high = min(updates), max(updates)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
