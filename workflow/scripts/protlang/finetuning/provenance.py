"""Provenance of models fine-tuned on single proteins: training and deviations.

Every difference from the paper's protocol that the model's own records show is
reported, so a number is compared with the paper's only if nothing differs.

Sources: PLUS, Section 4.2; its released code for settings that are not printed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from protlang.encoders.provenance import Provenance
from protlang.finetuning.recipes import FineTuning, fine_tuning
from protlang.protocol import (
    Deviation,
    Deviations,
    merged,
    settings_that_differ,
)

_TOLERANCE = 0.01
"""Copies of the paper's sets differ by some proteins."""


@dataclass(frozen=True)
class PaperData:
    """What the paper fine-tuned on.

    Attributes:
        distributions: in which that set is published.
        proteins: it learned from.
    """

    distributions: frozenset[str]
    proteins: int


def _tape(task: str) -> set[str]:
    return {f"tape-{kind}-{task}" for kind in ("lmdb", "json", "csv")}


PAPER_DATA: Mapping[str, PaperData] = {
    "solubility": PaperData(frozenset({"deepsol-zip", "plus-solubility"}), 62_478),
    "localization": PaperData(frozenset({"deeploc-fasta", "plus-localization"}), 9_977),
    "stability": PaperData(frozenset({*_tape("stability"), "plus-stability"}), 53_614),
    "fluorescence": PaperData(
        frozenset({*_tape("fluorescence"), "plus-fluorescence"}), 21_446
    ),
    "secondary_structure": PaperData(
        frozenset({*_tape("secondary-structure"), "plus-secondary-structure"}), 8_678
    ),
    "transmembrane": PaperData(
        frozenset({"topcons-zip", "p-elmo-transmembrane", "plus-transmembrane"}), 228
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


def task_provenance(
    start: StartingPoint,
    task: str,
    settings: FineTuning,
    defaults: str,
    trained_on: Mapping[str, Any],
    updates: Sequence[int],
    processes: int,
    declared: Deviations = (),
) -> Provenance:
    """Provenance of a model that was fine-tuned on single proteins.

    Args:
        start: what it was fine-tuned from.
        task: its name.
        settings: of the fine-tuning.
        defaults: model whose published settings those are compared with.
        trained_on: provenance of the training split.
        updates: of each training seed.
        processes: that trained together, each with a batch of its own.
        declared: differences of the data from the paper's, as declared.
    """
    data = (
        f"{trained_on['proteins']:,} proteins of {trained_on['source']} "
        f"({trained_on['distribution']})"
    )
    own = {**asdict(settings), "batch": settings.batch * processes}
    return fine_tuned_provenance(
        start,
        f"fine-tuned on {data}, {range_of(updates)} updates",
        merged(
            declared or _of_data(PAPER_DATA[task], trained_on, data),
            settings_that_differ(own, asdict(fine_tuning(defaults, task))),
        ),
        bool(trained_on["simulated"]),
    )


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


def _of_data(paper: PaperData, trained_on: Mapping[str, Any], data: str) -> Deviations:
    """How training proteins differ from the paper's."""
    papers = f"{paper.proteins:,}"
    if "split" in trained_on:
        return (Deviation("training proteins", f"{data}, split anew", papers),)
    same = trained_on["distribution"] in paper.distributions
    close = abs(int(trained_on["proteins"]) / paper.proteins - 1) <= _TOLERANCE
    return () if same and close else (Deviation("training proteins", data, papers),)


def range_of(updates: Sequence[int]) -> str:
    """Updates of several trainings: their number, or the least and the most."""
    low, high = min(updates), max(updates)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
