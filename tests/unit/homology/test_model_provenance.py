"""Provenance of models of homology: all differences from the paper, and no others."""

import math
from dataclasses import replace
from typing import Any

import pytest

from protlang.encoders.provenance import Provenance
from protlang.finetuning.provenance import StartingPoint
from protlang.homology.model_provenance import (
    LOSS_WEIGHTS,
    HomologyFacts,
    homology_provenance,
)
from protlang.homology.provenance import PAPER_LISTS
from protlang.homology.recipe import PUBLISHED as PUBLISHED_HOMOLOGY
from protlang.homology.recipe import HomologyRecipe
from protlang.protocol import Deviation, in_words
from support.finetuning import printed_weights

ENCODER = Provenance("rnn: PLUS-RNN", False)
LEARNED = {"source": PAPER_LISTS, "simulated": False, "longest": None, "longer": 0}
UPDATES = 10_000_000 // 64


def recipe_of(architecture: str = "plus-rnn", **options: Any) -> HomologyRecipe:
    base = {"architecture": architecture, "seed": 1, "threads": 1}
    return HomologyRecipe.parse({**base, **options})


def of_model(
    recipe: HomologyRecipe | None = None,
    row: str = "PLUS-RNN BASE",
    updates: int = UPDATES,
    processes: int = 1,
    learned: dict[str, Any] = LEARNED,
    encoder: Provenance = ENCODER,
    precision: str = "float32",
) -> Provenance:
    facts = HomologyFacts(
        recipe or recipe_of(), learned, 9876, [updates], processes, precision
    )
    return homology_provenance(StartingPoint(row, encoder), facts)


@pytest.mark.parametrize("architecture", PUBLISHED_HOMOLOGY)
def test_a_model_of_homology_like_the_papers_does_not_deviate(
    architecture: str,
) -> None:
    updates = math.ceil(PUBLISHED_HOMOLOGY[architecture].epochs * 100_000 / 64)
    found = of_model(recipe_of(architecture), updates=updates)
    assert found.deviations == ()
    assert found.description == (
        f"rnn: PLUS-RNN; fine-tuned on pairs of 9,876 domains, {updates:,} updates"
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"training": {"learning_rate": 0.1}},
            "learning rate: 0.1, the paper's 0.0005",
        ),
        ({"training": {"contacts": 0.3}}, "contacts: 0.3, the paper's 0.0"),
        ({"sampler": {"tau": 0.25}}, "tau: 0.25, the paper's 0.5"),
        ({"masking": {"share": 0.3}}, "share: 0.3, the paper's 0.15"),
        ({"masking": {"masked": 0.7}}, "masked: 0.7, the paper's 0.8"),
        ({"masking": {"replaced": 0.2}}, "replaced: 0.2, the paper's 0.1"),
        ({"resampled": 0.05}, "resampled: 0.05, the paper's 0.0"),
        ({"loop": {"gradient_norm": 5}}, "gradient norm: 5, the paper's 1.0"),
        ({"loop": {"clip": "together"}}, "clip: together, the paper's groups"),
        ({"loop": {"patience": 3}}, "patience: 3, the paper's none"),
        ({"training": {"select_by": "task"}}, "select by: task, the paper's sum"),
        ({"imitate_released_code": True}, "released code's errors: imitated"),
    ],
)
def test_every_changed_setting_is_reported(
    options: dict[str, Any], expected: str
) -> None:
    recipe = recipe_of(**options)
    assert in_words(of_model(recipe).deviations) == expected


def test_a_limit_that_goes_with_the_length_of_pairs_is_no_difference() -> None:
    recipe = recipe_of("plus-tfm", masking={"most": 750})
    assert of_model(recipe, updates=UPDATES // 2).deviations == ()


@pytest.mark.parametrize(
    ("option", "paper"), [("hidden_dim", 512), ("input_dim", 512), ("projection", 100)]
)
def test_other_sizes_of_p_elmos_own_encoder_are_reported(
    option: str, paper: int
) -> None:
    recipe = recipe_of("p-elmo", model={option: 32})
    expected = Deviation(option.replace("_", " "), "32", str(paper))
    assert of_model(recipe).deviations == (expected,)


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
    recipe = recipe_of(training={"batch": batch}, loop=loop)
    assert of_model(recipe, updates=updates, processes=processes).deviations == ()


def test_fewer_or_larger_batches_are_reported() -> None:
    fewer = Deviation("training pairs", "64,000", "10,000,000")
    assert of_model(updates=1000).deviations == (fewer,)
    larger = Deviation("batch", "128", "64")
    assert of_model(processes=2, updates=UPDATES // 2).deviations == (larger,)


@pytest.mark.parametrize("row", LOSS_WEIGHTS)
def test_the_weights_of_an_ablation_are_those_of_its_row_alone(row: str) -> None:
    recipe = recipe_of(training=dict(LOSS_WEIGHTS[row]))
    assert of_model(recipe, row).deviations == ()
    names = {"masked lm", "levels", "contacts"}
    for other in (of_model(recipe), of_model(row=row)):
        assert {one.aspect for one in other.deviations} & names


def test_deviations_of_domains_and_encoder_are_reported() -> None:
    small = Deviation("rnn layers", "1", "3")
    encoder = replace(ENCODER, deviations=(small,))
    learned = {**LEARNED, "split": {"domains": {}}}
    found = of_model(learned=learned, encoder=encoder, updates=1)
    papers = "22,408 of scope-2.06-95 with a development set"
    drawn = Deviation("training domains", "9,876 of p-elmo-scope, split anew", papers)
    fewer = Deviation("training pairs", "64", "10,000,000")
    assert found.deviations == (small, drawn, fewer)


def test_the_precision_that_was_used_is_compared() -> None:
    assert of_model(recipe_of(training={"precision": "auto"})).deviations == ()
    found = of_model(precision="bfloat16").deviations
    assert found == (Deviation("precision", "bfloat16", "float32"),)


@pytest.mark.parametrize(
    ("encoder", "domains"), [(False, False), (True, False), (False, True)]
)
def test_simulated_domains_or_encoders_are_reported(
    encoder: bool, domains: bool
) -> None:
    found = of_model(
        encoder=replace(ENCODER, simulated=encoder),
        learned={**LEARNED, "simulated": domains},
    )
    assert found.simulated == (encoder or domains)
    named = (Deviation("training domains", "simulated"),)
    assert found.deviations == (named if domains else ())


# Weights that the paper prints


def test_weights_of_fine_tuning_are_those_of_table_6() -> None:
    names = {"MLM": "masked_lm", "SL": "levels", "CMP": "contacts"}
    rows = printed_weights("Table 6")
    ours = {
        **LOSS_WEIGHTS,
        "PLUS-RNN BASE": {
            name: getattr(PUBLISHED_HOMOLOGY["plus-rnn"].training, name)
            for name in names.values()
        },
    }
    assert set(rows) == set(ours)
    for row, weights in rows.items():
        assert {names[loss]: weight for loss, weight in weights.items()} == ours[row]
