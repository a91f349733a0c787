"""The architectures that are pre-trained on Pfam, and how each reads pairs of domains.

P-ELMo's encoder is not: it learns from homologous pairs, upon a language model that is.

Sources: PLUS, Sections 3.2, 3.3 and 4.1; its released code for settings that the paper
does not print.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from protlang.encoders.masking import TFM_MASKING, Masking
from protlang.errors import ProtlangError
from protlang.models.p_elmo import PElmo, PElmoConfig, PElmoLm, PElmoLmConfig
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import PlusTfm, PlusTfmConfig
from protlang.pretraining.pfam_domains import P_ELMO, PLUS_RNN, PLUS_TFM, PfamSelection
from protlang.pretraining.plus_training import PlusTraining

P_ELMO_ENCODER = "p-elmo"
"""Name of the one architecture that folders hold and no pre-training makes."""

_CLIPPED = {"gradient_norm": 1.0}


@dataclass(frozen=True)
class Architecture:
    """What distinguishes one architecture's pre-training from another's.

    Attributes:
        config: class of its sizes and options.
        build: makes the network of them.
        selection: which domains it was trained on.
        masking: how residues are hidden; None if it is no masked language model.
        training: batches, optimizer and losses of the paper's training.
        loop: of the settings of the training loop, those that differ from the defaults.
    """

    config: Callable[..., Any]
    build: Callable[[Any], nn.Module]
    selection: PfamSelection
    masking: Masking | None
    training: PlusTraining
    loop: Mapping[str, Any]


ARCHITECTURES: Mapping[str, Architecture] = {
    "plus-rnn": Architecture(
        PlusRnnConfig, PlusRnn, PLUS_RNN, Masking(), PlusTraining(), _CLIPPED
    ),
    "plus-tfm": Architecture(
        PlusTfmConfig,
        PlusTfm,
        PLUS_TFM,
        TFM_MASKING,
        PlusTraining(batch=128, optimizer="bert_adam", learning_rate=0.0001),
        {**_CLIPPED, "clip": "each"},
    ),
    "p-elmo-lm": Architecture(
        PElmoLmConfig, PElmoLm, P_ELMO, None, PlusTraining(), _CLIPPED
    ),
}


def architecture(name: str) -> Architecture:
    """One of `ARCHITECTURES`.

    Raises:
        ProtlangError: if there is no such architecture.
    """
    if name not in ARCHITECTURES:
        raise ProtlangError(
            f"there is no architecture {name!r}; choose one of "
            f"{', '.join(ARCHITECTURES)}"
        )
    return ARCHITECTURES[name]


def build_network(name: str, options: Mapping[str, Any]) -> nn.Module:
    """A network of any architecture with random weights.

    Args:
        name: one of `ARCHITECTURES`, or `P_ELMO_ENCODER`.
        options: of its configuration; a nested one's stand in a mapping.

    Raises:
        ProtlangError: if there is no such architecture, or a size is impossible.
        TypeError: if there is no such option.
    """
    if name == P_ELMO_ENCODER:
        below = PElmoLmConfig(**options.get("language_model", {}))
        return PElmo(PElmoConfig(**{**options, "language_model": below}))
    kind = architecture(name)
    return kind.build(kind.config(**options))
