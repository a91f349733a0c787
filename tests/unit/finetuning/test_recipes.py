"""Published settings, as PLUS's released configurations have them."""

import pytest

from protlang.errors import ProtlangError
from protlang.finetuning.recipes import (
    MODELS,
    RELEASED,
    FineTuning,
    fine_tuning,
    published_model,
)
from protlang.tasks.plus import TASKS


def head(model: str, task: str) -> tuple[str, int, float, float]:
    found = fine_tuning(model, task)
    return found.vectors, found.hidden_dim, found.masked_lm, found.task


def test_heads_and_weights_of_plus_rnn_are_the_published_ones() -> None:
    assert [head("plus-rnn-base", task) for task in TASKS] == [
        ("r", 512, 0.3, 0.7),
        ("r", 512, 0.3, 0.7),
        ("r", 128, 0, 1),
        ("z", 512, 0, 1),
        ("r", 512, 0.3, 0.7),
        ("r", 128, 0.3, 0.7),
    ]
    assert [head("plus-rnn-large", task) for task in TASKS] == [
        ("z", 512, 0.3, 0.7),
        ("r", 128, 0.3, 0.7),
        ("r", 128, 0, 1),
        ("r", 128, 0, 1),
        ("r", 512, 0.3, 0.7),
        ("r", 512, 0.3, 0.7),
    ]


OF_TAPE = {"tape": "convolutions", "conv-lstm": "linear"}


@pytest.mark.parametrize(("model", "head"), OF_TAPE.items())
def test_networks_of_tape_have_the_settings_of_its_code(model: str, head: str) -> None:
    found = fine_tuning(model, "secondary_structure")
    assert (found.head, found.hidden_dim, found.patience) == (head, 128, 10)
    assert found.learning_rate == found.head_learning_rate == 1e-4
    assert (found.masked_lm, found.frozen) == (0, False)


def test_all_models_have_settings_for_all_tasks() -> None:
    for model in [name for name in MODELS if name not in OF_TAPE]:
        for task in TASKS:
            found = fine_tuning(model, task)
            assert (found.batch, found.epochs, found.patience) == (32, 20, 3)
            rate = 5e-5 if model == "plus-tfm" else 5e-4
            assert found.learning_rate == found.head_learning_rate == rate
            assert found.frozen == (model in ("p-elmo", "embeddings"))
            assert (found.gradient_norm is None) == (model == "plus-tfm")


def test_options_replace_published_settings() -> None:
    found = fine_tuning("plus-rnn-base", "stability", {"epochs": 2, **RELEASED})
    assert (found.epochs, found.hidden_dim) == (2, 128)
    assert (found.pooling, found.select_by) == ("sum", "sum")


@pytest.mark.parametrize(
    ("states", "model"),
    [(64, "plus-rnn-base"), (512, "plus-rnn-base"), (1024, "plus-rnn-large")],
)
def test_the_size_of_a_plus_rnn_decides_its_published_settings(
    states: int, model: str
) -> None:
    assert published_model("plus-rnn", {"hidden_dim": states}) == model
    assert published_model("p-elmo", {}) == "p-elmo"


def test_impossible_settings_raise() -> None:
    with pytest.raises(ProtlangError, match="no settings for fine-tuning 'elmo'"):
        fine_tuning("elmo", "stability")
    with pytest.raises(ProtlangError, match="and one of solubility"):
        fine_tuning("plus-rnn-base", "homology")
    with pytest.raises(ProtlangError, match="unexpected keyword argument 'epoch'"):
        fine_tuning("p-elmo", "stability", {"epoch": 1})
    with pytest.raises(ProtlangError, match="frozen but masked_lm"):
        FineTuning(frozen=True)
    with pytest.raises(ProtlangError, match="nothing to learn"):
        FineTuning(task=0)
    with pytest.raises(ProtlangError, match="batch is 0"):
        FineTuning(batch=0)
