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

P_ELMO_ENCODER = "p-elmo"
"""Name of the one architecture that folders hold and no pre-training makes."""


@dataclass(frozen=True)
class Architecture:
    """One architecture.

    Attributes:
        config: class of its sizes and options.
        build: makes the network of them.
        masking: how residues are masked; None if it is no masked language model.
    """

    config: Callable[..., Any]
    build: Callable[[Any], nn.Module]
    masking: Masking | None


ARCHITECTURES: Mapping[str, Architecture] = {
    "plus-rnn": Architecture(PlusRnnConfig, PlusRnn, Masking()),
    "plus-tfm": Architecture(PlusTfmConfig, PlusTfm, TFM_MASKING),
    "p-elmo-lm": Architecture(PElmoLmConfig, PElmoLm, None),
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
