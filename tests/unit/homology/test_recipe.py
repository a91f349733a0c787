"""Settings of fine-tuning on homology: published, other and impossible ones."""

import math

import pytest

from protlang.encoders.masking import RNN_MASK, TFM_MASK
from protlang.errors import ProtlangError
from protlang.homology.recipe import HomologyRecipe
from support.pairs import settings_of


def test_the_paper_s_settings_are_the_defaults() -> None:
    base = {"seed": 2020, "threads": 1}
    rnn = HomologyRecipe.parse({"architecture": "plus-rnn", **base})
    tfm = HomologyRecipe.parse({"architecture": "plus-tfm", **base})
    p_elmo = HomologyRecipe.parse({"architecture": "p-elmo", **base})
    for recipe, rate, weights, epochs, resampled in (
        (rnn, 5e-4, (0.3, 0.7, 0), 100, 0),
        (tfm, 5e-5, (0.3, 0.7, 0), 50, 0),
        (p_elmo, 1e-3, (0, 0.1, 0.9), 100, 0.05),
    ):
        training = recipe.training
        assert (training.masked_lm, training.levels, training.contacts) == weights
        assert (training.batch, training.contact_pairs) == (64, 10)
        assert training.learning_rate == rate
        assert (recipe.epochs, recipe.resampled, recipe.sampler.tau) == (
            epochs,
            resampled,
            0.5,
        )
        assert recipe.loop.patience is None
    assert (rnn.loop.gradient_norm, p_elmo.loop.gradient_norm) == (1, 1)
    assert (rnn.loop.clip, p_elmo.loop.clip) == ("groups", "groups")
    assert (rnn.training.select_by, tfm.training.select_by) == ("sum", "sum")
    assert tfm.loop.gradient_norm == math.inf
    assert rnn.masking is not None
    assert tfm.masking is not None
    assert (rnn.masking.mask, rnn.masking.most) == (RNN_MASK, 50)
    assert (tfm.masking.mask, tfm.masking.most) == (TFM_MASK, 76)
    assert p_elmo.masking is None


@pytest.mark.parametrize(
    ("masked_lm", "levels", "contacts"),
    [
        *((0.3, 0.7, 0.0), (0.0, 1.0, 0.0), (0.5, 0.5, 0.0)),
        *((0.0, 0.7, 0.3), (0.0, 0.5, 0.5), (0.33, 0.33, 0.33)),
    ],
)
def test_the_rows_of_table_6_are_settings(
    masked_lm: float, levels: float, contacts: float
) -> None:
    weights = {"masked_lm": masked_lm, "levels": levels, "contacts": contacts}
    recipe = HomologyRecipe.parse(settings_of("plus-rnn", training=weights))
    assert (recipe.masking is None) == (masked_lm == 0)
    assert recipe.training.contacts == contacts


def test_impossible_settings_raise() -> None:
    for wrong, message in (
        ({"training": {"masking": 1}}, "masking"),
        ({"training": {"masked_lm": 0, "levels": 0}}, "above 0"),
        ({"epochs": 3}, "both epochs and loop.steps"),
        ({"architecture": "bert"}, "no architecture 'bert'"),
    ):
        with pytest.raises(ProtlangError, match=message):
            HomologyRecipe.parse({**settings_of("plus-rnn"), **wrong})
    for architecture in ("p-elmo", "embeddings"):
        wrong = {"training": {"masked_lm": 0.3}}
        with pytest.raises(ProtlangError, match="no masked language model"):
            HomologyRecipe.parse({**settings_of(architecture), **wrong})
