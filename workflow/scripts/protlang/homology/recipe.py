"""Settings of fine-tuning on homology: the published ones by architecture, and others.

Sources: PLUS, Sections 4.1 and 4.3; its released code (config/run) for settings that
the paper does not print.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from protlang.encoders.masking import TFM_MASKING, Masking
from protlang.errors import ProtlangError
from protlang.homology.batches import P_ELMO_RESAMPLED
from protlang.homology.objective import HomologyTraining
from protlang.homology.pairs import SamplerSettings
from protlang.training.loop import LoopSettings
from protlang.validation import options_of

_CLIPPED = {"gradient_norm": 1.0, "clip": "groups"}


@dataclass(frozen=True)
class PublishedHomology:
    """How the paper fine-tunes one architecture on homology.

    Attributes:
        training: batches and losses.
        epochs: of `PAIRS_PER_EPOCH` pairs.
        masking: how residues are masked; None where they never are.
        resampled: share of residues that are replaced by random letters.
        loop: settings of the training loop that differ from the defaults.
    """

    training: HomologyTraining
    epochs: int
    masking: Masking | None = None
    resampled: float = 0.0
    loop: Mapping[str, Any] = field(default_factory=lambda: dict(_CLIPPED))


PUBLISHED: Mapping[str, PublishedHomology] = {
    "plus-rnn": PublishedHomology(HomologyTraining(), 100, Masking()),
    "plus-tfm": PublishedHomology(
        HomologyTraining(learning_rate=0.00005),
        50,
        TFM_MASKING,
        loop={"gradient_norm": math.inf},
    ),
    "p-elmo": PublishedHomology(
        HomologyTraining(learning_rate=0.001, masked_lm=0.0, levels=0.1, contacts=0.9),
        100,
        resampled=P_ELMO_RESAMPLED,
    ),
    # Not in the paper.
    "embeddings": PublishedHomology(
        HomologyTraining(learning_rate=0.001, masked_lm=0.0, levels=1.0), 100
    ),
}
"""By architecture. Source: PLUS's released code, config/run/*_homology.json."""


@dataclass(frozen=True)
class HomologyRecipe:
    """Everything that determines a run besides its inputs and number of processes.

    Attributes:
        architecture: one of `PUBLISHED`.
        model: sizes that differ from the defaults or the pre-trained model's.
        sampler: how pairs are drawn.
        masking: how residues are masked; None masks none.
        resampled: share of residues that are replaced by random letters.
        training: batches, learning rate, weights of the losses.
        loop: updates, gradient norm, patience, checkpoints. Its `validate_every` is in
            updates, 0 for each epoch.
        epochs: of `PAIRS_PER_EPOCH` pairs, which then give the number of updates; None
            if that is given.
        seed: of weights, dropout, pairs and masks.
        threads: of PyTorch on the CPU.
        imitate_released_code: repeat the errors of PLUS's released code that change
            numbers: levels and pairs are drawn as there, the ordinal head's slopes may
            become negative, the second domain's masked residues and contacts do not
            count, X may replace a residue.
    """

    architecture: str
    model: Mapping[str, Any]
    sampler: SamplerSettings
    masking: Masking | None
    resampled: float
    training: HomologyTraining
    loop: LoopSettings
    epochs: int | None
    seed: int
    threads: int
    imitate_released_code: bool

    @classmethod
    def parse(cls, settings: Mapping[str, Any]) -> "HomologyRecipe":
        """Read the settings of one model that is fine-tuned on homology.

        Every part holds what differs from the architecture's published settings. The
        `seed` is that of one training.

        Raises:
            ProtlangError: if an option is unknown or out of range.
        """
        name = settings["architecture"]
        if name not in PUBLISHED:
            raise ProtlangError(
                f"there is no architecture {name!r} for homology; choose one of "
                f"{', '.join(PUBLISHED)}"
            )
        published = PUBLISHED[name]
        imitate = settings.get("imitate_released_code", False)
        seed = settings["seed"]
        with options_of("homology"):
            training = replace(published.training, **settings.get("training", {}))
            return cls(
                name,
                settings.get("model", {}),
                SamplerSettings(
                    seed,
                    **settings.get("sampler", {}),
                    imitate_released_code=imitate,
                ),
                _masking(published, training, settings.get("masking", {}), imitate),
                settings.get("resampled", published.resampled),
                training,
                _loop(published, settings),
                _epochs(published, settings),
                seed,
                settings["threads"],
                imitate,
            )


def _masking(
    published: PublishedHomology,
    training: HomologyTraining,
    options: Mapping[str, Any],
    imitate: bool,
) -> Masking | None:
    """How residues are masked: not at all if none are to be predicted."""
    if published.masking is None and (options or training.masked_lm):
        raise ProtlangError(
            "homology: the model is no masked language model; remove masking and "
            "masked_lm"
        )
    if published.masking is None or training.masked_lm == 0:
        return None
    return replace(published.masking, **options, imitate_released_code=imitate)


def _loop(published: PublishedHomology, settings: Mapping[str, Any]) -> LoopSettings:
    options = {"validate_every": 0, **published.loop, **settings.get("loop", {})}
    return LoopSettings(**{"steps": 0, **options})


def _epochs(published: PublishedHomology, settings: Mapping[str, Any]) -> int | None:
    if "steps" not in settings.get("loop", {}):
        epochs: int = settings.get("epochs", published.epochs)
        return epochs
    if "epochs" in settings:
        raise ProtlangError(
            "homology: a model has both epochs and loop.steps; give one of them"
        )
    return None
