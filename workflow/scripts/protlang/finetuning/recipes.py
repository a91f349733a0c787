"""How models are fine-tuned on each task: the published settings, as data.

Source: the run and model configurations of PLUS's released code. The paper
reports that the head, and whether masked language modelling continues, were selected on
validation sets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from protlang.errors import ProtlangError
from protlang.training.precision import Precision


@dataclass(frozen=True)
class FineTuning:
    """How a model is fine-tuned; the defaults are PLUS-RNN's for most tasks.

    Attributes:
        vectors: which vectors of a recurrent encoder the head reads: its states `r`, or
            their projection `z`.
        head: on residues' vectors: a `hidden` layer, as in PLUS; two `convolutions`, as
            in TAPE; or `linear` without one. PLUS-TFM's is linear in any case.
        hidden_dim: of the head's hidden layer.
        pooling: of residues' vectors for a whole protein: `attention`, or their `sum`
            as the released code computes by mistake.
        order: of the training set: `shuffled` in every epoch, or that of the `file`, as
            the released code keeps it for secondary structure by mistake.
        batch: proteins per process and batch.
        epochs: passes over the training set at most.
        patience: epochs without a new lowest validation loss before it stops; None
            never stops it.
        learning_rate: of the encoder, with Adam, constant.
        head_learning_rate: of the head.
        masked_lm: weight of the masked language model's loss, lambda in the paper. The
            head is then trained on masked sequences. At 0, nothing is masked.
        task: weight of the task's loss.
        frozen: whether the encoder stays as it is.
        gradient_norm: of the encoder at most, and of the head, by itself, in tasks of
            whole proteins; None clips nothing.
        select_by: the validation loss that weights are selected by: the weighted `sum`
            of the task's and that of masked residues, as in the released code, or that
            of the `task` alone.
        precision: of matrix products in training; `auto` is `bfloat16` on GPUs and
            `float32` on CPUs. Predictions are computed in `float32`.
    """

    vectors: Literal["r", "z"] = "r"
    head: Literal["hidden", "convolutions", "linear"] = "hidden"
    hidden_dim: int = 512
    pooling: Literal["attention", "sum"] = "attention"
    order: Literal["shuffled", "file"] = "shuffled"
    batch: int = 32
    epochs: int = 20
    patience: int | None = 3
    learning_rate: float = 5e-4
    head_learning_rate: float = 5e-4
    masked_lm: float = 0.3
    task: float = 0.7
    frozen: bool = False
    gradient_norm: float | None = 1.0
    select_by: Literal["sum", "task"] = "sum"
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        if self.task <= 0:
            raise ProtlangError(
                f"fine-tuning: the weight `task` is {self.task}, so there is nothing "
                "to learn; give it one above 0"
            )
        if self.frozen and self.masked_lm > 0:
            raise ProtlangError(
                f"fine-tuning: the encoder is frozen but masked_lm is "
                f"{self.masked_lm}; set one of them to 0 or false"
            )
        for option in ("hidden_dim", "batch", "epochs"):
            if getattr(self, option) < 1:
                raise ProtlangError(
                    f"fine-tuning: {option} is {getattr(self, option)}; it has to be "
                    "at least 1"
                )


RELEASED: Mapping[str, Any] = {"pooling": "sum"}
"""The option that repeats an error of PLUS's released code."""

_ALONE: Mapping[str, Any] = {"masked_lm": 0.0, "task": 1.0}
"""Without masked language modelling."""

_FROZEN = FineTuning(frozen=True, **_ALONE)
_TAPE = FineTuning(
    head="convolutions",
    hidden_dim=128,
    epochs=100,
    patience=10,
    learning_rate=1e-4,
    head_learning_rate=1e-4,
    **_ALONE,
)
_TFM = FineTuning(learning_rate=5e-5, head_learning_rate=5e-5, gradient_norm=None)

DEFAULTS: Mapping[str, Mapping[str, FineTuning]] = {
    "plus-rnn-base": {
        "solubility": FineTuning(),
        "localization": FineTuning(),
        "stability": FineTuning(hidden_dim=128, **_ALONE),
        "fluorescence": FineTuning(vectors="z", **_ALONE),
        "secondary_structure": FineTuning(),
        "transmembrane": FineTuning(hidden_dim=128),
    },
    "plus-rnn-large": {
        "solubility": FineTuning(vectors="z"),
        "localization": FineTuning(hidden_dim=128),
        "stability": FineTuning(hidden_dim=128, **_ALONE),
        "fluorescence": FineTuning(hidden_dim=128, **_ALONE),
        "secondary_structure": FineTuning(),
        "transmembrane": FineTuning(),
    },
}
"""Of PLUS-RNN, by size and task; all other models have one setting for all tasks."""

OF_ALL_TASKS: Mapping[str, FineTuning] = {
    "plus-tfm": _TFM,
    "p-elmo": _FROZEN,
    "embeddings": _FROZEN,
    "tape": _TAPE,
    "conv-lstm": replace(_TAPE, head="linear"),
}
"""By model. Stored embeddings of another encoder have the head of P-ELMo, whose encoder
is frozen, too; PLUS has no such model. TAPE's networks have the settings of its
released code (songlab-cal/tape-neurips2019)."""

PLUS_RNN, LARGE = "plus-rnn", 1024
"""Has published settings for two sizes, of which the larger has so many states."""

MODELS = (*DEFAULTS, *OF_ALL_TASKS)
"""Those with published settings."""


def published_model(defaults: str, sizes: Mapping[str, Any]) -> str:
    """The model whose published settings an encoder of some size takes.

    Args:
        defaults: one of `MODELS`, or `PLUS_RNN`, of which the size decides.
        sizes: of the encoder; a PLUS-RNN of at least `LARGE` states has LARGE's.
    """
    if defaults != PLUS_RNN:
        return defaults
    return "plus-rnn-large" if sizes["hidden_dim"] >= LARGE else "plus-rnn-base"


def fine_tuning(
    model: str, task: str, options: Mapping[str, Any] | None = None
) -> FineTuning:
    """The settings of a model and task.

    Args:
        model: whose published settings they start from, one of `MODELS`.
        task: name of the task.
        options: what differs from the published settings.

    Raises:
        ProtlangError: if there are none of that model or task, or an option is unknown
            or impossible.
    """
    published = OF_ALL_TASKS.get(model) or DEFAULTS.get(model, {}).get(task)
    if published is None:
        raise ProtlangError(
            f"there are no settings for fine-tuning {model!r} on {task!r}; take those "
            f"of {', '.join(MODELS)} and one of {', '.join(DEFAULTS[MODELS[0]])}"
        )
    try:
        return replace(published, **(options or {}))
    except TypeError as error:
        raise ProtlangError(f"fine-tuning of {model} on {task}: {error}") from error
