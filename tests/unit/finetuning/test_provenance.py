"""What tables say of fine-tuned models: all that differs from the paper, no more."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from protlang.encoders.provenance import (
    PUBLISHED,
    Provenance,
    read_written_facts,
    untrained_provenance,
    write_facts,
)
from protlang.errors import ProtlangError
from protlang.finetuning.provenance import (
    LOSS_WEIGHTS,
    PAPER_DATA,
    Begun,
    homology_facts,
    task_facts,
)
from protlang.finetuning.recipes import MODELS, FineTuning, fine_tuning
from protlang.formats.registry import DISTRIBUTIONS
from protlang.homology.finetune import RECIPES, HomologyPlan
from protlang.tables.targets import load_targets, loss_weights, model_of
from protlang.tasks.registry import TASKS

BASE = "plus-rnn-base"
ENCODER = Provenance("rnn: PLUS-RNN", False, "")
BEGUN = Begun("PLUS-RNN BASE", ENCODER)
PAIRS = Provenance("100 pairs", False, "")
PAPERS_PAIRS = 10_000_000
UPDATES = PAPERS_PAIRS // 64


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
    begun: Begun = BEGUN,
    options: dict[str, Any] | None = None,
    processes: int = 1,
    deviation: str = "",
    **changes: Any,
) -> Provenance:
    settings = fine_tuning(BASE, task, options)
    data = trained_on(task, **changes)
    return task_facts(begun, task, settings, BASE, data, [30, 20], processes, deviation)


# Single proteins


@pytest.mark.parametrize("task", TASKS)
def test_a_model_like_the_papers_does_not_deviate(task: str) -> None:
    facts = of_task(task)
    assert facts.deviation == ""
    assert not facts.simulated
    proteins = PAPER_DATA[task].proteins
    assert facts.description == (
        f"rnn: PLUS-RNN; fine-tuned on {proteins:,} proteins of known "
        f"({min(PAPER_DATA[task].distributions)}), 20 to 30 updates"
    )


def test_equal_updates_of_all_seeds_are_told_once() -> None:
    settings = fine_tuning(BASE, "stability")
    data = trained_on("stability")
    facts = task_facts(BEGUN, "stability", settings, BASE, data, [1200, 1200], 1)
    assert facts.description.endswith(", 1,200 updates")


@pytest.mark.parametrize("name", FineTuning.__dataclass_fields__)
def test_every_other_setting_is_told(name: str) -> None:
    other = {
        "vectors": "z",
        "hidden_dim": 99,
        "pooling": "sum",
        "frozen": True,
        "gradient_norm": None,
        "select_by": "masked_lm",
        "precision": "float32",
    }
    value = other.get(name, 77)
    told = of_task(options={name: value}).deviation
    paper = getattr(fine_tuning(BASE, "stability"), name)
    assert told == f"fine-tuned with {name} {value} instead of {paper}"


def test_batches_of_all_processes_count_together() -> None:
    told = of_task(processes=4).deviation
    assert told == "fine-tuned with batch 128 instead of 32"
    assert of_task(processes=4, options={"batch": 8}).deviation == ""


@pytest.mark.parametrize("defaults", MODELS)
def test_settings_are_compared_with_those_of_the_models_own_kind(defaults: str) -> None:
    settings = fine_tuning(defaults, "fluorescence")
    data = trained_on("fluorescence")
    facts = task_facts(BEGUN, "fluorescence", settings, defaults, data, [1], 1)
    assert facts.deviation == ""


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"split": {"seed": 1}},
            "learned from 53,614 proteins of known (plus-stability), which were split "
            "anew",
        ),
        (
            {"distribution": "tape-csv-fluorescence"},
            "learned from 53,614 proteins of known (tape-csv-fluorescence), another "
            "set than the paper's",
        ),
        (
            {"proteins": 54_151},
            "learned from 54,151 proteins of known (plus-stability), the paper's from "
            "53,614",
        ),
        ({"proteins": 54_149}, ""),
        ({"proteins": 53_078}, ""),
        (
            {"proteins": 53_077},
            "learned from 53,077 proteins of known (plus-stability), the paper's from "
            "53,614",
        ),
    ],
)
def test_other_training_proteins_are_told(changes: dict[str, Any], told: str) -> None:
    assert of_task(**{"distribution": "plus-stability", **changes}).deviation == told


def test_a_declared_deviation_replaces_our_words_for_the_data() -> None:
    told = of_task(proteins=3, deviation="a third of it", options={"epochs": 1})
    assert told.deviation == "a third of it; fine-tuned with epochs 1 instead of 20"


@pytest.mark.parametrize(
    ("encoder", "data"), [(False, False), (True, False), (False, True)]
)
def test_simulated_is_what_begins_or_learns_so(encoder: bool, data: bool) -> None:
    begun = Begun("mine", replace(ENCODER, simulated=encoder))
    assert of_task(begun=begun, simulated=data).simulated == (encoder or data)


def test_what_the_encoder_has_otherwise_comes_first() -> None:
    begun = Begun("mine", replace(ENCODER, deviation="rnn is small"))
    told = of_task(begun=begun, deviation="fewer").deviation
    assert told == "rnn is small; fewer"


def test_the_papers_data_are_those_of_readable_distributions() -> None:
    assert list(PAPER_DATA) == list(TASKS)
    for paper in PAPER_DATA.values():
        assert paper.distributions <= set(DISTRIBUTIONS)


# Pairs


def plan_of(architecture: str = "plus-rnn", **options: Any) -> HomologyPlan:
    base = {"architecture": architecture, "seed": 1, "threads": 1}
    return HomologyPlan.parse({**base, **options})


def of_pairs(
    plan: HomologyPlan | None = None,
    row: str = "PLUS-RNN BASE",
    updates: int = UPDATES,
    processes: int = 1,
    pairs: Provenance = PAIRS,
    encoder: Provenance = ENCODER,
) -> Provenance:
    begun = Begun(row, encoder)
    return homology_facts(begun, plan or plan_of(), pairs, 9876, updates, processes)


@pytest.mark.parametrize("architecture", RECIPES)
def test_a_model_of_homology_like_the_papers_does_not_deviate(
    architecture: str,
) -> None:
    updates = math.ceil(RECIPES[architecture].epochs * 100_000 / 64)
    facts = of_pairs(plan_of(architecture), updates=updates)
    assert facts.deviation == ""
    assert facts.description == (
        f"rnn: PLUS-RNN; fine-tuned on pairs of 9,876 domains, {updates:,} updates"
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"training": {"learning_rate": 0.1}}, "learning_rate 0.1 instead of 0.0005"),
        ({"training": {"contacts": 0.3}}, "contacts 0.3 instead of 0.0"),
        ({"sampler": {"tau": 0.25}}, "tau 0.25 instead of 0.5"),
        ({"masking": {"share": 0.3}}, "share 0.3 instead of 0.15"),
        ({"masking": {"masked": 0.7}}, "masked 0.7 instead of 0.8"),
        ({"masking": {"replaced": 0.2}}, "replaced 0.2 instead of 0.1"),
        ({"resampled": 0.05}, "resampled 0.05 instead of 0.0"),
        ({"loop": {"gradient_norm": 5}}, "gradient_norm 5 instead of 1.0"),
        ({"imitate_released_code": True}, "the released code's errors"),
    ],
)
def test_everything_else_that_differs_is_told(
    options: dict[str, Any], told: str
) -> None:
    plan = plan_of(**options)
    assert of_pairs(plan).deviation == f"fine-tuned with {told}"


def test_a_limit_that_goes_with_the_length_of_pairs_is_no_difference() -> None:
    """PLUS-TFM-EXT has it higher, as its pairs are longer."""
    plan = plan_of("plus-tfm", masking={"most": 750})
    assert of_pairs(plan, updates=UPDATES // 2).deviation == ""


@pytest.mark.parametrize(
    ("option", "paper"), [("hidden_dim", 512), ("input_dim", 512), ("projection", 100)]
)
def test_other_sizes_of_p_elmos_own_encoder_are_told(option: str, paper: int) -> None:
    plan = plan_of("p-elmo", model={option: 32})
    told = f"fine-tuned with {option} 32 instead of {paper}"
    assert of_pairs(plan).deviation == told


@pytest.mark.parametrize(
    ("updates", "batch", "accumulate", "processes"),
    [
        (UPDATES, 64, 1, 1),
        (UPDATES, 16, 4, 1),
        (UPDATES, 16, 1, 4),
        (UPDATES, 16, 2, 2),
        (round(UPDATES * 0.995), 64, 1, 1),
    ],
)
def test_what_is_read_together_counts_together(
    updates: int, batch: int, accumulate: int, processes: int
) -> None:
    loop = {"accumulate": accumulate}
    plan = plan_of(training={"batch": batch}, loop=loop)
    assert of_pairs(plan, updates=updates, processes=processes).deviation == ""


def test_fewer_or_larger_batches_are_told() -> None:
    assert of_pairs(updates=1000).deviation == (
        "fine-tuned with 64,000 pairs instead of 10,000,000"
    )
    assert of_pairs(processes=2, updates=UPDATES // 2).deviation == (
        "fine-tuned with batch 128 instead of 64"
    )


@pytest.mark.parametrize("row", LOSS_WEIGHTS)
def test_the_weights_of_an_ablation_are_those_of_its_row_alone(row: str) -> None:
    plan = plan_of(training=dict(LOSS_WEIGHTS[row]))
    assert of_pairs(plan, row).deviation == ""
    assert of_pairs(plan).deviation.startswith("fine-tuned with ")
    assert of_pairs(row=row).deviation.startswith("fine-tuned with ")


def test_what_pairs_and_encoder_have_otherwise_is_told() -> None:
    pairs = replace(PAIRS, deviation="drawn anew")
    encoder = replace(ENCODER, deviation="rnn is small")
    facts = of_pairs(pairs=pairs, encoder=encoder, updates=1)
    assert facts.deviation == (
        "rnn is small; drawn anew; fine-tuned with 64 pairs instead of 10,000,000"
    )


@pytest.mark.parametrize(
    ("encoder", "pairs"), [(False, False), (True, False), (False, True)]
)
def test_simulated_pairs_or_encoders_are_told(encoder: bool, pairs: bool) -> None:
    facts = of_pairs(
        encoder=replace(ENCODER, simulated=encoder),
        pairs=replace(PAIRS, simulated=pairs),
    )
    assert facts.simulated == (encoder or pairs)


# Weights that the paper prints


def printed(element: str) -> dict[str, dict[str, float]]:
    """Weights of losses by row of our models."""
    found = {}
    for target in load_targets("PLUS", element):
        weights = loss_weights(target.row)
        if weights:
            found[model_of(target.row)] = {
                loss: 0.0 if weight == "-" else float(weight)
                for loss, weight in weights.items()
            }
    return found


def test_weights_of_fine_tuning_are_those_of_table_6() -> None:
    names = {"MLM": "masked_lm", "SL": "levels", "CMP": "contacts"}
    rows = printed("Table 6")
    ours = {
        **LOSS_WEIGHTS,
        "PLUS-RNN BASE": {
            name: getattr(RECIPES["plus-rnn"].training, name) for name in names.values()
        },
    }
    assert set(rows) == set(ours)
    for row, weights in rows.items():
        assert {names[loss]: weight for loss, weight in weights.items()} == ours[row]


def test_weights_of_pretraining_are_those_of_table_5() -> None:
    names = {"MLM": "masked_lm", "SFP": "same_family"}
    rows = printed("Table 5")
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


# Without pre-training


def test_random_weights_of_the_papers_sizes_do_not_deviate() -> None:
    sizes = {"hidden_dim": 512, "layers": 3, "projection": 100}
    described = {"architecture": "plus-rnn", "model": sizes, "trained_on": {"a": 1}}
    assert untrained_provenance("mine", "PLUS-RNN BASE", described) == Provenance(
        "PLUS-RNN, 3 layers of 512, random weights", False, ""
    )
    small = {**described, "model": {**sizes, "layers": 1}}
    told = untrained_provenance("mine", "PLUS-RNN BASE", small).deviation
    assert told == "mine has layers 1 instead of 3"
    assert untrained_provenance("mine", "a row of ours", small).deviation == ""


# Files


def test_facts_are_read_as_they_were_written(tmp_path: Path) -> None:
    facts = Provenance("mine", True, "small")
    write_facts(tmp_path / "facts.json", facts)
    assert read_written_facts(tmp_path / "facts.json") == facts
    with pytest.raises(ProtlangError, match="score it first"):
        read_written_facts(tmp_path / "none.json")
