"""Settings of pre-training on Pfam: published ones, others, and impossible ones."""

from dataclasses import replace
from typing import Any

import pytest

from protlang.encoders.masking import TFM_MASKING, Masking
from protlang.errors import ProtlangError
from protlang.models.p_elmo import PElmoLmConfig
from protlang.models.plus_rnn import PlusRnnConfig
from protlang.models.plus_tfm import PlusTfmConfig
from protlang.pretraining.pfam_domains import P_ELMO, PLUS_RNN, PLUS_TFM
from protlang.pretraining.plus_recipe import (
    PUBLISHED,
    PfamPairSettings,
    PlusRecipe,
    PlusTraining,
)
from protlang.training.run import hashed_fields, run_name
from support.plus_runs import MODELS, tiny

SMALLEST: dict[str, Any] = {
    "architecture": "plus-rnn",
    "model": {"hidden_dim": 8},
    "loop": {"steps": 3},
    "seed": 1,
    "threads": 1,
}


@pytest.mark.parametrize(
    ("name", "config", "selection", "masking"),
    [
        ("plus-rnn", PlusRnnConfig(8), PLUS_RNN, Masking()),
        ("plus-tfm", PlusTfmConfig(8, heads=2), PLUS_TFM, TFM_MASKING),
        ("p-elmo-lm", PElmoLmConfig(8), P_ELMO, None),
    ],
)
def test_what_is_not_set_is_as_published(
    name: str, config: object, selection: object, masking: object
) -> None:
    model = {"hidden_dim": 8, **({"heads": 2} if name == "plus-tfm" else {})}
    recipe = PlusRecipe.parse({**SMALLEST, "architecture": name, "model": model})
    assert (recipe.model, recipe.selection, recipe.masking) == (
        config,
        selection,
        masking,
    )
    assert recipe.pairs == PfamPairSettings()
    assert recipe.training == PUBLISHED[name].training
    assert recipe.loop.gradient_norm == 1
    assert recipe.loop.clip == ("each" if name == "plus-tfm" else "together")
    assert not recipe.imitate_released_code


def test_defaults_are_those_of_the_papers_training() -> None:
    rnn, tfm, lm = (PUBLISHED[name].training for name in MODELS)
    for training in (rnn, lm):
        assert (training.batch, training.optimizer) == (64, "adam")
        assert training.learning_rate == 1e-3
    assert (tfm.batch, tfm.optimizer, tfm.learning_rate) == (128, "bert_adam", 1e-4)
    assert (tfm.warm_up, tfm.weight_decay) == (0.01, 0.01)
    assert (rnn.masked_lm, rnn.same_family) == (tfm.masked_lm, tfm.same_family)
    assert (rnn.masked_lm, rnn.same_family) == (0.7, 0.3)


def test_every_part_can_be_set() -> None:
    recipe = PlusRecipe.parse(
        {
            **SMALLEST,
            "selection": {"shortest": 30},
            "pairs": {"test": 7},
            "masking": {"share": 0.3},
            "training": {"same_family": 0.0},
            "loop": {"steps": 9, "gradient_norm": 2.0, "patience": 3},
        }
    )
    assert recipe.selection == replace(PLUS_RNN, shortest=30)
    assert recipe.pairs == PfamPairSettings(test=7)
    assert recipe.masking == Masking(share=0.3)
    assert recipe.training == PlusTraining(same_family=0.0)
    assert (recipe.loop.steps, recipe.loop.gradient_norm, recipe.loop.patience) == (
        9,
        2,
        3,
    )
    assert (recipe.seed, recipe.threads, recipe.epochs) == (1, 1, None)


@pytest.mark.parametrize("part", ["model", "selection", "pairs", "masking", "training"])
def test_an_unknown_option_is_one_sentence(part: str) -> None:
    settings = {**SMALLEST, part: {**SMALLEST.get(part, {}), "depth": 3}}
    with pytest.raises(ProtlangError, match=r"encoders: .*'depth'"):
        PlusRecipe.parse(settings)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"architecture": "plus-cnn"},
            "no architecture 'plus-cnn' to pre-train; choose one",
        ),
        ({"model": {}}, "hidden_dim"),
        ({"model": {"hidden_dim": 0}}, "hidden_dim is 0"),
        ({"loop": {}}, "either epochs or loop.steps"),
        ({"epochs": 2}, "either epochs or loop.steps"),
        ({"loop": {"steps": 1, "speed": 3}}, "'speed'"),
        ({"training": {"masked_lm": 0, "same_family": 0}}, "nothing to learn"),
        ({"architecture": "p-elmo-lm", "masking": {"share": 0.1}}, "masking is given"),
    ],
)
def test_impossible_settings_are_one_sentence(
    changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ProtlangError, match=sentence) as caught:
        PlusRecipe.parse({**SMALLEST, **changes})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", MODELS)
def test_imitation_reaches_every_part(name: str) -> None:
    settings = tiny(name, imitate_released_code=True)
    recipe = PlusRecipe.parse(settings)
    assert recipe.imitate_released_code
    assert recipe.selection.development == 0
    if name != "p-elmo-lm":
        assert recipe.model.imitate_released_code
        assert recipe.masking is not None
        assert recipe.masking.imitate_released_code


def test_all_settings_but_intervals_of_reports_are_hashed() -> None:
    def name(**changes: Any) -> str:
        recipe = PlusRecipe.parse({**tiny(), **changes})
        return run_name(hashed_fields(recipe))

    loop = tiny()["loop"]
    assert name() == name()
    assert name(loop={**loop, "report_every": 1, "checkpoint_every": 1}) == name()
    others = [
        name(seed=2),
        name(threads=2),
        name(loop={**loop, "steps": 13}),
        name(loop={**loop, "validate_every": 6}),
        name(model={**MODELS["plus-rnn"], "layers": 2}),
        name(selection={"smallest_family": 3, "development": 0.2}),
        name(pairs={"development": 13}),
        name(masking={"share": 0.2}),
        name(training={"batch": 5}),
        name(imitate_released_code=True),
    ]
    del loop["steps"]
    others += [name(loop=loop, epochs=2), name(loop=loop, epochs=3)]
    assert len({name(loop={**loop, "steps": 12}), *others}) == 1 + len(others)
