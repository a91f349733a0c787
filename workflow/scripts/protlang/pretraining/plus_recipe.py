"""Settings of a pre-training on Pfam: the published ones by architecture, and others.

Source: PLUS, Sections 3.2, 3.3 and 4.1; its released code for what the paper does not
print.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from protlang.encoders.encoder import PairEncoder
from protlang.encoders.masking import Masking
from protlang.encoders.registry import pair_encoder
from protlang.errors import ProtlangError
from protlang.pretraining.pfam_domains import P_ELMO, PLUS_RNN, PLUS_TFM, PfamSelection
from protlang.pretraining.pfam_pairs import PfamPairSettings
from protlang.training.loop import LoopSettings
from protlang.training.precision import Precision
from protlang.validation import options_of

_IMITATE = "imitate_released_code"
_CLIPPED = {"gradient_norm": 1.0}


@dataclass(frozen=True)
class PlusTraining:
    """How a model is trained; the defaults are PLUS-RNN's.

    Attributes:
        batch: pairs per process and batch; single domains for P-ELMo's language model.
        optimizer: `adam` at a constant rate, or `bert_adam` as PLUS-TFM's.
        learning_rate: at most.
        warm_up: share of the updates in which the rate of `bert_adam` rises.
        weight_decay: of `bert_adam`.
        masked_lm: weight of the masked language model's loss, lambda in the paper; at
            0, nothing is masked.
        same_family: weight of same family prediction's loss.
        precision: of matrix products; `auto` is `bfloat16` on GPUs, `float32` on CPUs.
    """

    batch: int = 64
    optimizer: Literal["adam", "bert_adam"] = "adam"
    learning_rate: float = 0.001
    warm_up: float = 0.01
    weight_decay: float = 0.01
    masked_lm: float = 0.7
    same_family: float = 0.3
    precision: Precision = "auto"


@dataclass(frozen=True)
class PublishedTraining:
    """How the paper pre-trains one architecture.

    Attributes:
        selection: domains it was trained on.
        training: batches, optimizer and losses.
        loop: settings of the training loop that differ from the defaults.
    """

    selection: PfamSelection
    training: PlusTraining
    loop: Mapping[str, Any]


PUBLISHED: Mapping[str, PublishedTraining] = {
    "plus-rnn": PublishedTraining(PLUS_RNN, PlusTraining(), _CLIPPED),
    "plus-tfm": PublishedTraining(
        PLUS_TFM,
        PlusTraining(batch=128, optimizer="bert_adam", learning_rate=0.0001),
        {**_CLIPPED, "clip": "each"},
    ),
    "p-elmo-lm": PublishedTraining(P_ELMO, PlusTraining(), _CLIPPED),
}
"""By architecture."""


@dataclass(frozen=True)
class PlusRecipe:
    """Everything that determines a run besides corpus and number of processes.

    Attributes:
        architecture: one of `PUBLISHED`.
        model: its sizes and options.
        selection: of the domains.
        pairs: to validate with.
        masking: how residues are masked; None for P-ELMo's language model.
        training: batches, optimizer, losses.
        loop: updates, gradient norm, checkpoints, validations.
        epochs: passes over the anchors or domains, which then give the number of
            updates; None if that is given.
        seed: of weights, dropout, pairs and masks.
        threads: of PyTorch on the CPU.
        imitate_released_code: repeat the errors of PLUS's released code that change
            numbers: the pair head's slopes may become negative, the second domain's
            masked residues do not count, a logit has to exceed 0.5, X may replace a
            residue, a domain may be its own partner, weights are selected by the test
            pairs.
    """

    architecture: str
    model: Any
    selection: PfamSelection
    pairs: PfamPairSettings
    masking: Masking | None
    training: PlusTraining
    loop: LoopSettings
    epochs: int | None
    seed: int
    threads: int
    imitate_released_code: bool

    @classmethod
    def parse(cls, settings: Mapping[str, Any]) -> "PlusRecipe":
        """Read the settings of one entry of `encoders` in the configuration.

        Every part holds what differs from the architecture's own defaults.

        Raises:
            ProtlangError: if an option is unknown or out of range.
        """
        imitate = settings.get("imitate_released_code", False)
        name = settings["architecture"]
        published, kind = published_training(name), pair_encoder(name)
        with options_of("encoders"):
            return cls(
                name,
                _model(kind, settings.get("model", {}), imitate),
                _selection(published, settings.get("selection", {}), imitate),
                PfamPairSettings(**settings.get("pairs", {})),
                _masking(kind, settings.get("masking", {}), imitate),
                _training(published, settings.get("training", {})),
                _loop(published, settings),
                settings.get("epochs"),
                settings["seed"],
                settings["threads"],
                imitate,
            )


def published_training(architecture: str) -> PublishedTraining:
    """One of `PUBLISHED`.

    Raises:
        ProtlangError: if there is no such architecture.
    """
    if architecture not in PUBLISHED:
        raise ProtlangError(
            f"there is no architecture {architecture!r} to pre-train; choose one of "
            f"{', '.join(PUBLISHED)}"
        )
    return PUBLISHED[architecture]


def _model(kind: type[PairEncoder], options: Mapping[str, Any], imitate: bool) -> Any:
    if hasattr(kind.config, _IMITATE):
        return kind.config(**options, **{_IMITATE: imitate})
    return kind.config(**options)


def _selection(
    published: PublishedTraining, options: Mapping[str, Any], imitate: bool
) -> PfamSelection:
    selection = replace(published.selection, **options)
    # There, weights are selected by the test pairs, and all else is learned from.
    return replace(selection, development=0.0) if imitate else selection


def _masking(
    kind: type[PairEncoder], options: Mapping[str, Any], imitate: bool
) -> Masking | None:
    if kind.masking is None:
        if options:
            raise ProtlangError(
                "encoders: masking is given to a model that predicts residues "
                "without masking them; remove it"
            )
        return None
    return replace(kind.masking, **options, imitate_released_code=imitate)


def _training(published: PublishedTraining, options: Mapping[str, Any]) -> PlusTraining:
    training = replace(published.training, **options)
    if training.masked_lm <= 0 and training.same_family <= 0:
        raise ProtlangError(
            "encoders: masked_lm and same_family are both 0, so there is "
            "nothing to learn; give one of them a weight"
        )
    return training


def _loop(published: PublishedTraining, settings: Mapping[str, Any]) -> LoopSettings:
    options = {**published.loop, **settings.get("loop", {})}
    if ("steps" in options) == ("epochs" in settings):
        raise ProtlangError(
            "encoders: a model needs either epochs or loop.steps; give one of them"
        )
    return LoopSettings(**{"steps": 0, **options})
