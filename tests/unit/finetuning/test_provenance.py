"""Provenance of models of tasks: all differences from the paper, and no others."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from protlang.encoders.plus_protocol import PUBLISHED
from protlang.encoders.provenance import (
    Provenance,
    read_provenance,
    write_provenance,
)
from protlang.errors import ProtlangError
from protlang.finetuning.provenance import (
    PAPER_DATA,
    StartingPoint,
    task_provenance,
)
from protlang.finetuning.recipes import MODELS, FineTuning, fine_tuning
from protlang.formats.registry import DISTRIBUTIONS
from protlang.protocol import Deviation, Deviations
from protlang.tasks.plus import TASKS
from support.finetuning import printed_weights

BASE = "plus-rnn-base"
ENCODER = Provenance("rnn: PLUS-RNN", False)
START = StartingPoint("PLUS-RNN BASE", ENCODER)


def trained_on(task: str, **changes: Any) -> dict[str, Any]:
    paper = PAPER_DATA[task]
    return {
        "source": "known",
        "distribution": min(paper.distributions),
        "proteins": paper.proteins,
        "simulated": False,
        **changes,
    }


def of_task(
    task: str = "stability",
    start: StartingPoint = START,
    options: dict[str, Any] | None = None,
    processes: int = 1,
    declared: Deviations = (),
    **changes: Any,
) -> Provenance:
    settings = fine_tuning(BASE, task, options)
    data = trained_on(task, **changes)
    return task_provenance(
        start, task, settings, BASE, data, [30, 20], processes, declared
    )


# Single proteins


@pytest.mark.parametrize("task", TASKS)
def test_a_model_like_the_papers_does_not_deviate(task: str) -> None:
    found = of_task(task)
    assert found.deviations == ()
    assert not found.simulated
    proteins = PAPER_DATA[task].proteins
    assert found.description == (
        f"rnn: PLUS-RNN; fine-tuned on {proteins:,} proteins of known "
        f"({min(PAPER_DATA[task].distributions)}), 20 to 30 updates"
    )


def test_equal_updates_of_all_seeds_are_reported_once() -> None:
    settings = fine_tuning(BASE, "stability")
    data = trained_on("stability")
    found = task_provenance(START, "stability", settings, BASE, data, [1200, 1200], 1)
    assert found.description.endswith(", 1,200 updates")


@pytest.mark.parametrize("name", FineTuning.__dataclass_fields__)
def test_every_changed_setting_is_reported(name: str) -> None:
    other = {
        "vectors": "z",
        "hidden_dim": 99,
        "pooling": "sum",
        "frozen": True,
        "gradient_norm": None,
        "select_by": "task",
        "precision": "float32",
    }
    value = other.get(name, 77)
    found = of_task(options={name: value}).deviations
    paper = getattr(fine_tuning(BASE, "stability"), name)
    text = "none" if value is None else str(value)
    assert found == (Deviation(name.replace("_", " "), text, f"{paper}"),)


def test_batches_of_all_processes_count_together() -> None:
    assert of_task(processes=4).deviations == (Deviation("batch", "128", "32"),)
    assert of_task(processes=4, options={"batch": 8}).deviations == ()


@pytest.mark.parametrize("defaults", MODELS)
def test_settings_are_compared_with_those_of_the_models_own_kind(defaults: str) -> None:
    settings = fine_tuning(defaults, "fluorescence")
    data = trained_on("fluorescence")
    found = task_provenance(START, "fluorescence", settings, defaults, data, [1], 1)
    assert found.deviations == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"split": {"seed": 1}},
            "53,614 proteins of known (plus-stability), split anew",
        ),
        (
            {"distribution": "tape-csv-fluorescence"},
            "53,614 proteins of known (tape-csv-fluorescence)",
        ),
        (
            {"proteins": 54_151},
            "54,151 proteins of known (plus-stability)",
        ),
        ({"proteins": 54_149}, ""),
        ({"proteins": 53_078}, ""),
        (
            {"proteins": 53_077},
            "53,077 proteins of known (plus-stability)",
        ),
    ],
)
def test_other_training_proteins_are_reported(
    changes: dict[str, Any], expected: str
) -> None:
    found = of_task(**{"distribution": "plus-stability", **changes}).deviations
    other = Deviation("training proteins", expected, "53,614")
    assert found == ((other,) if expected else ())


def test_a_declared_deviation_replaces_our_words_for_the_data() -> None:
    declared = (Deviation("training proteins", "a third of it"),)
    found = of_task(proteins=3, declared=declared, options={"epochs": 1})
    assert found.deviations == (*declared, Deviation("epochs", "1", "20"))


@pytest.mark.parametrize(
    ("encoder", "data"), [(False, False), (True, False), (False, True)]
)
def test_simulated_encoders_or_proteins_are_reported(encoder: bool, data: bool) -> None:
    start = StartingPoint("mine", replace(ENCODER, simulated=encoder))
    assert of_task(start=start, simulated=data).simulated == (encoder or data)


def test_deviations_of_the_encoder_come_first() -> None:
    small, fewer = Deviation("rnn layers", "1", "3"), Deviation("proteins", "fewer")
    start = StartingPoint("mine", replace(ENCODER, deviations=(small,)))
    assert of_task(start=start, declared=(fewer,)).deviations == (small, fewer)


def test_the_papers_data_are_those_of_readable_distributions() -> None:
    assert list(PAPER_DATA) == list(TASKS)
    for paper in PAPER_DATA.values():
        assert paper.distributions <= set(DISTRIBUTIONS)


# Weights that the paper prints


def test_weights_of_pretraining_are_those_of_table_5() -> None:
    names = {"MLM": "masked_lm", "SFP": "same_family"}
    rows = printed_weights("Table 5")
    assert rows.pop("PLUS-RNN BASE [w/o PT]") == {"MLM": 0, "SFP": 0}
    assert set(rows) == {"PLUS-RNN BASE", "PT-A", "PT-B", "PT-C", "PT-D"}
    for row, weights in rows.items():
        training = PUBLISHED[row].training
        assert {loss: training[name] for loss, name in names.items()} == weights


@pytest.mark.parametrize("row", ["PT-A", "PT-D"])
def test_models_of_table_5_are_the_base_model_but_for_the_losses(row: str) -> None:
    base, ablated = PUBLISHED["PLUS-RNN BASE"], PUBLISHED[row]
    assert replace(ablated, training=base.training) == base
    other = {"masked_lm", "same_family"}
    for name, value in base.training.items():
        assert (ablated.training[name] == value) == (name not in other)


# Files


def test_provenance_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = Provenance("mine", True, (Deviation("encoder", "small"),))
    write_provenance(tmp_path / "facts.json", found)
    assert read_provenance(tmp_path / "facts.json") == found
    with pytest.raises(ProtlangError, match="score it first"):
        read_provenance(tmp_path / "none.json")
