"""Provenance of models of tasks: all differences from the paper, and no others."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from protlang.encoders.plus_protocol import PUBLISHED
from protlang.encoders.provenance import (
    Provenance,
    SetFacts,
    read_provenance,
    write_provenance,
)
from protlang.errors import ProtlangError
from protlang.finetuning.provenance import (
    PAPER_DATA,
    TRAINING,
    StartingPoint,
    TaskSplits,
    TaskTraining,
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


def split_of(task: str, number: int, **changes: Any) -> dict[str, Any]:
    """Provenance of a split of the paper's distribution with so many proteins."""
    return {
        "source": "known",
        "distribution": min(PAPER_DATA[task].distributions),
        "proteins": number,
        "simulated": False,
        **changes,
    }


def splits_of(task: str, declared: dict[str, Deviations] | None = None) -> TaskSplits:
    """As many proteins as the paper's."""
    paper = PAPER_DATA[task]
    return TaskSplits(
        split_of(task, paper.proteins),
        split_of(task, paper.validation or 1),
        {name: split_of(task, number) for name, number in paper.tests.items()},
        declared or {},
    )


def of_task(
    task: str = "stability",
    start: StartingPoint = START,
    options: dict[str, Any] | None = None,
    splits: TaskSplits | None = None,
    defaults: str = BASE,
    **changes: Any,
) -> Provenance:
    settings = fine_tuning(defaults, task, options)
    facts = {"updates": [30, 20], "processes": 1, "precision": "float32", **changes}
    training = TaskTraining(settings, defaults, **facts)
    return task_provenance(start, task, training, splits or splits_of(task))


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
    assert found.test_sets.keys() == PAPER_DATA[task].tests.keys()
    for name in found.test_sets:
        assert found.on(name) == replace(found, test_sets={})


def test_equal_updates_of_all_seeds_are_reported_once() -> None:
    found = of_task(updates=[1200, 1200])
    assert found.description.endswith(", 1,200 updates")


@pytest.mark.parametrize(
    "name", sorted(FineTuning.__dataclass_fields__.keys() - {"precision"})
)
def test_every_changed_setting_is_reported(name: str) -> None:
    other = {
        "vectors": "z",
        "hidden_dim": 99,
        "pooling": "sum",
        "frozen": True,
        "gradient_norm": None,
        "select_by": "task",
    }
    value = other.get(name, 77)
    found = of_task(options={name: value}).deviations
    paper = getattr(fine_tuning(BASE, "stability"), name)
    text = "none" if value is None else str(value)
    assert found == (Deviation(name.replace("_", " "), text, f"{paper}"),)


def test_the_precision_that_was_used_is_compared() -> None:
    assert of_task(options={"precision": "auto"}).deviations == ()
    found = of_task(precision="bfloat16").deviations
    assert found == (Deviation("precision", "bfloat16", "float32"),)


def test_batches_of_all_processes_count_together() -> None:
    assert of_task(processes=4).deviations == (Deviation("batch", "128", "32"),)
    assert of_task(processes=4, options={"batch": 8}).deviations == ()


@pytest.mark.parametrize("defaults", MODELS)
def test_settings_are_compared_with_those_of_the_models_own_kind(defaults: str) -> None:
    assert of_task("fluorescence", defaults=defaults).deviations == ()


OTHER_PROTEINS = [
    ({"split": {"seed": 1}}, "{:,} proteins of known (plus-stability), split anew", 1),
    (
        {"distribution": "tape-csv-fluorescence"},
        "{:,} proteins of known (tape-csv-fluorescence)",
        1,
    ),
    ({}, "{:,} proteins of known (plus-stability)", 1.0101),
    ({}, "", 1.0099),
    ({}, "", 0.9901),
    ({}, "{:,} proteins of known (plus-stability)", 0.9899),
]


@pytest.mark.parametrize(("changes", "expected", "share"), OTHER_PROTEINS)
def test_other_training_proteins_are_reported(
    changes: dict[str, Any], expected: str, share: float
) -> None:
    number = round(53_614 * share)
    changes = {"distribution": "plus-stability", **changes}
    training = split_of("stability", number, **changes)
    found = of_task(splits=replace(splits_of("stability"), training=training))
    other = Deviation("training proteins", expected.format(number), "53,614")
    assert found.deviations == ((other,) if expected else ())


@pytest.mark.parametrize(
    ("changes", "expected", "fewer"),
    [
        *((changes, expected, 0) for changes, expected, _ in OTHER_PROTEINS[:2]),
        ({}, "", 0),
        ({}, "{:,} proteins of known (plus-stability)", 1),
        ({}, "{:,} proteins of known (plus-stability)", -1),
    ],
)
def test_other_test_proteins_are_reported_with_their_test_set(
    changes: dict[str, Any], expected: str, fewer: int
) -> None:
    number = 12_851 - fewer
    changes = {"distribution": "plus-stability", **changes}
    tests = {"Stability": split_of("stability", number, **changes)}
    found = of_task(splits=replace(splits_of("stability"), tests=tests))
    other = Deviation("test proteins", expected.format(number), "12,851")
    assert found.deviations == ()
    assert found.on("Stability").deviations == ((other,) if expected else ())


def test_each_test_set_has_facts_of_its_own() -> None:
    splits = splits_of("secondary_structure")
    fewer = split_of("secondary_structure", 20)
    found = of_task(
        "secondary_structure",
        splits=replace(splits, tests={**splits.tests, "CASP12": fewer, "Mine": fewer}),
    )
    (other,) = found.on("CASP12").deviations
    assert (other.aspect, other.paper) == ("test proteins", "21")
    for name in ("CB513", "TS115", "Mine"):
        assert found.on(name).deviations == ()
    assert found.on("CASP12, a part").deviations == (other,)


def test_fewer_validation_proteins_are_reported_where_the_papers_are_known() -> None:
    def found(task: str) -> Deviations:
        splits = replace(splits_of(task), validation=split_of(task, 1_080))
        return of_task(task, splits=splits).deviations

    expected = (Deviation("validation proteins", "1,080", "2,170"),)
    assert found("secondary_structure") == expected
    assert found("transmembrane") == ()


def test_declared_differences_stand_beside_the_facts() -> None:
    third = (Deviation("training set mine", "a third of it"),)
    cut = (Deviation("test set mine", "cut"),)
    splits = splits_of("stability", {TRAINING: third, "Stability": cut})
    splits = replace(splits, training=split_of("stability", 3))
    found = of_task(splits=splits, options={"epochs": 1})
    aspects = [one.aspect for one in found.deviations]
    assert aspects == ["training set mine", "training proteins", "epochs"]
    assert found.on("Stability").deviations == found.deviations + cut


@pytest.mark.parametrize("part", ["encoder", "training", "test"])
def test_encoder_training_and_test_proteins_are_simulated_each_by_itself(
    part: str,
) -> None:
    start = StartingPoint("mine", replace(ENCODER, simulated=part == "encoder"))
    splits = splits_of("stability")
    made = {"simulated": True}
    if part == "training":
        splits = replace(splits, training={**splits.training, **made})
    if part == "test":
        tests = {"Stability": {**splits.tests["Stability"], **made}}
        splits = replace(splits, tests=tests)
    found = of_task(start=start, splits=splits)
    assert found.simulated == (part != "test")
    scored = found.on("Stability")
    assert scored.simulated
    named = {"training": "training proteins", "test": "test proteins"}.get(part)
    expected = (Deviation(named, "simulated"),) if named else ()
    assert scored.deviations == expected


def test_deviations_of_the_encoder_come_first() -> None:
    small = Deviation("rnn layers", "1", "3")
    start = StartingPoint("mine", replace(ENCODER, deviations=(small,)))
    found = of_task(start=start, options={"epochs": 1}).deviations
    assert found == (small, Deviation("epochs", "1", "20"))


def test_test_sets_of_a_model_that_it_starts_from_do_not_matter() -> None:
    """P-ELMo's encoder was scored on pairs of domains before."""
    scored = SetFacts(True, (Deviation("test pairs", "drawn"),))
    start = StartingPoint("mine", replace(ENCODER, test_sets={"Stability": scored}))
    found = of_task(start=start).on("Stability")
    assert (found.simulated, found.deviations) == (False, ())


def test_the_papers_data_are_those_of_readable_distributions() -> None:
    assert list(PAPER_DATA) == list(TASKS)
    for task, paper in PAPER_DATA.items():
        assert paper.distributions <= set(DISTRIBUTIONS)
        assert TASKS[task].title in paper.tests or task == "secondary_structure"


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
    tests = {"One": SetFacts(True, (Deviation("test proteins", "simulated"),))}
    found = Provenance("mine", True, (Deviation("encoder", "small"),), tests)
    write_provenance(tmp_path / "facts.json", found)
    assert read_provenance(tmp_path / "facts.json") == found
    with pytest.raises(ProtlangError, match="score it first"):
        read_provenance(tmp_path / "none.json")
