"""One fact of a record that is otherwise the paper's gives one difference."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from protlang.encoders.plus_protocol import (
    ABLATED,
    PUBLISHED,
    pretraining_deviations,
    size_deviations,
)
from protlang.pretraining.plus_recipe import PlusRecipe, PlusTraining
from protlang.protocol import Deviation, Deviations, in_words
from support.finetuning import plus_record

BASE, TFM, LM = "PLUS-RNN BASE", "PLUS-TFM", "P-ELMo (re-implementation)"
PAPERS = 14_670_860


def of_training(row: str = BASE, **changes: Any) -> Deviations:
    return pretraining_deviations("mine", row, plus_record(row, **changes))


@pytest.mark.parametrize("row", PUBLISHED)
def test_a_model_as_the_papers_has_no_difference(row: str) -> None:
    config = plus_record(row)
    assert pretraining_deviations("mine", row, config) == ()
    assert size_deviations("mine", row, config) == ()


@pytest.mark.parametrize("row", PUBLISHED)
def test_every_size_is_compared(row: str) -> None:
    for name, paper in PUBLISHED[row].model.items():
        config = plus_record(row, model={**PUBLISHED[row].model, name: 3.5})
        expected = Deviation(f"mine {name.replace('_', ' ')}", "3.5", f"{paper:,}")
        assert size_deviations("mine", row, config) == (expected,)


def selection(**changes: Any) -> dict[str, Any]:
    return {"selection": {**PUBLISHED[TFM].selection, "development": 0.0, **changes}}


def masking(**changes: Any) -> dict[str, Any]:
    return {"masking": {**PUBLISHED[TFM].masking, **changes}}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"optimizer": "adam"}, "optimizer: adam, the paper's bert_adam"),
        ({"learning_rate": 0.005}, "learning rate: 0.005, the paper's 0.0001"),
        ({"warm_up": 0.1}, "warm up: 0.1, the paper's 0.01"),
        ({"weight_decay": 0.0}, "weight decay: 0.0, the paper's 0.01"),
        ({"masked_lm": 1.0}, "masked lm: 1.0, the paper's 0.7"),
        ({"same_family": 1.0}, "same family: 1.0, the paper's 0.3"),
        ({"entries_per_update": 64}, "entries per update: 64, the paper's 128"),
        ({"gradient_norm": 10.0}, "gradient norm: 10.0, the paper's 1.0"),
        ({"clip": "together"}, "clip: together, the paper's each"),
        ({"precision": "bfloat16"}, "precision: bfloat16, the paper's float32"),
        (masking(share=0.4), "masking share: 0.4, the paper's 0.15"),
        (masking(masked=0.1), "masking masked: 0.1, the paper's 0.8"),
        (masking(replaced=0.2), "masking replaced: 0.2, the paper's 0.1"),
        (masking(most=None), "masking most: none, the paper's 76"),
        (selection(shortest=1), "domains shortest: 1, the paper's 20"),
        (selection(longest=60), "domains longest: 60, the paper's 256"),
        (selection(longest=None), "domains longest: none, the paper's 256"),
        (
            selection(smallest_family=5),
            "domains smallest family: 5, the paper's 1,000",
        ),
        (selection(development=0.3), "domains held out: 0.3, the paper's none"),
        ({"passes": 0.5}, "epochs: 0.5, the paper's 10"),
        (
            {"selected_by": "development pairs"},
            "selected by: development pairs, the paper's test pairs",
        ),
        ({"imitate_released_code": True}, "released code's errors: imitated"),
        (
            {"sources": ("mine",)},
            "training domains: 10,000,000 of mine, the paper's Pfam 27.0",
        ),
    ],
)
def test_every_fact_of_the_training_is_compared(
    changes: dict[str, Any], sentence: str
) -> None:
    assert in_words(of_training(TFM, **changes)) == f"mine {sentence}"


FEWER, MORE = round(PAPERS * 0.98), round(PAPERS * 1.02)


@pytest.mark.parametrize("domains", [FEWER, MORE])
def test_fewer_or_more_domains_are_reported(domains: int) -> None:
    paper = "14,670,860 of Pfam 27.0"
    expected = Deviation("mine training domains", f"{domains:,} of pfam-27", paper)
    assert of_training(domains=domains) == (expected,)


@pytest.mark.parametrize(
    "changes", [{"domains": round(PAPERS * 0.995)}, {"passes": 4.99}]
)
def test_a_validation_set_and_a_last_batch_are_no_difference(
    changes: dict[str, Any],
) -> None:
    assert of_training(**changes) == ()


def test_settings_that_an_optimizer_does_not_read_are_not_compared() -> None:
    assert of_training(warm_up=0.5, weight_decay=0.5) == ()


def test_nothing_is_masked_where_that_loss_has_no_weight() -> None:
    assert of_training("PT-A", masking={"share": 0.4}) == ()
    assert of_training(LM, masking=None) == ()
    assert in_words(of_training("PT-B", masking=None)).startswith("mine masking share")


def test_a_record_that_lacks_facts_differs() -> None:
    facts = ("clip", "precision", "selection", "selected_by")
    config = plus_record(TFM)
    for name in facts:
        del config["training"][name]
    found = pretraining_deviations("mine", TFM, config)
    assert {one.ours for one in found} == {"not recorded"}
    assert len(found) == 6


def test_sizes_and_numbers_are_those_of_the_papers_networks() -> None:
    """Of PLUS-RNN they follow from the number of weights (tested there)."""
    sizes = {"hidden_dim": 512, "layers": 3, "projection": 100}
    assert PUBLISHED[BASE].model == sizes
    assert PUBLISHED["PLUS-RNN LARGE"].model == {**sizes, "hidden_dim": 1024}
    assert PUBLISHED[BASE].domains == PAPERS
    assert PUBLISHED[TFM].domains is None
    assert PUBLISHED[LM].domains == round(0.8 * 21_827_419)


@pytest.mark.parametrize("row", ABLATED)
def test_ablated_models_are_the_base_model_but_for_the_losses(row: str) -> None:
    base = PUBLISHED[BASE]
    assert replace(PUBLISHED[row], training=base.training) == base


@pytest.mark.parametrize("row", [BASE, TFM, LM])
def test_the_defaults_of_pre_training_are_the_papers(row: str) -> None:
    """Our own choices are reported: a validation set, and half precision on GPUs."""
    paper = plus_record(row)
    architecture = paper["architecture"]
    sizes = {"hidden_dim": 512} if row == BASE else {}
    settings = {"architecture": architecture, "model": sizes, "epochs": 1}
    recipe = PlusRecipe.parse({**settings, "seed": 1, "threads": 1})
    record = {
        **asdict(recipe.training),
        "precision": "float32",
        "gradient_norm": recipe.loop.gradient_norm,
        "clip": recipe.loop.clip,
        "masking": asdict(recipe.masking) if recipe.masking else None,
        "selection": asdict(recipe.selection),
        "entries_per_update": recipe.training.batch,
    }
    config = plus_record(row, asdict(recipe.model), **record)
    assert size_deviations("mine", row, config) == ()
    assert pretraining_deviations("mine", row, config) == ()


def test_every_setting_of_a_training_is_compared() -> None:
    batch = "entries_per_update"
    for name in PlusTraining.__dataclass_fields__:
        changed = {batch if name == "batch" else name: 0.123}
        (found,) = of_training(TFM, **changed)
        assert found.ours == "0.123"
