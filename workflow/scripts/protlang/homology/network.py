"""Networks that tell the structural level of two domains: made, saved, loaded.

Each is an encoder with a head for the level and, if it is to learn them, one for
contact maps. The encoder begins as it was pre-trained, or with random weights.

Sources: PLUS, Sections 3.4 and 4.3; Bepler and Berger 2019.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from protlang.encoders.folder import read_config
from protlang.encoders.plus_folders import PlusEncoder
from protlang.encoders.weights import read_weights, write_model
from protlang.errors import ProtlangError
from protlang.models.heads import ContactHead
from protlang.models.p_elmo import PElmo, PElmoConfig, PElmoLmConfig
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import PlusTfm, PlusTfmConfig
from protlang.models.projected_embeddings import (
    ProjectedEmbeddings,
    ProjectedEmbeddingsConfig,
)
from protlang.models.soft_alignment import LEVELS

TASK = "homology"
"""What `config.json` says that the network was fine-tuned for."""

_IMITATE = "imitate_released_code"

Encoder = PlusRnn | PlusTfm | PElmo | ProjectedEmbeddings


@dataclass(frozen=True)
class Kind:
    """One architecture.

    Attributes:
        config: makes its sizes and options of plain values.
        build: makes the encoder of them, with a head for the level.
        pretrained: architecture of the folder whose weights it begins with; None if
            nothing of it is pre-trained.
    """

    config: Callable[..., Any]
    build: Callable[[Any], Encoder]
    pretrained: str | None


def _p_elmo_config(
    language_model: Mapping[str, Any] | None = None, **options: Any
) -> PElmoConfig:
    return PElmoConfig(PElmoLmConfig(**(language_model or {})), **options)


KINDS: Mapping[str, Kind] = {
    "plus-rnn": Kind(PlusRnnConfig, lambda c: PlusRnn(c, LEVELS - 1), "plus-rnn"),
    "plus-tfm": Kind(PlusTfmConfig, lambda c: PlusTfm(c, LEVELS), "plus-tfm"),
    "p-elmo": Kind(_p_elmo_config, lambda c: PElmo(c, LEVELS - 1), "p-elmo-lm"),
    "embeddings": Kind(
        ProjectedEmbeddingsConfig, lambda c: ProjectedEmbeddings(c, LEVELS - 1), None
    ),
}
"""Architectures by name."""


class HomologyNetwork(nn.Module):
    """An encoder with its heads.

    Attributes:
        encoder: with a head for the level.
        contacts: predicts contact maps from z; None if they are not to be learned.

    Args:
        encoder: one that `KINDS` build.
        contacts: whether contact maps are to be learned.
    """

    def __init__(self, encoder: Encoder, contacts: bool) -> None:
        super().__init__()
        self.encoder = encoder
        self.contacts = None
        if contacts:
            # PLUS-TFM has no vectors z; `new_network` refuses to learn contacts by it.
            assert not isinstance(encoder, PlusTfm)
            self.contacts = ContactHead(encoder.config.projection)


@dataclass(frozen=True)
class HomologyModel:
    """A network and what it was trained on.

    Attributes:
        architecture: one of `KINDS`.
        network: see there.
        training: settings and sizes of its training.
        trained_on: domains it was fine-tuned on, and what its encoder was pre-trained
            on.
    """

    architecture: str
    network: HomologyNetwork
    training: Mapping[str, Any]
    trained_on: Mapping[str, Any]


def homology_kind(name: str) -> Kind:
    """One of `KINDS`.

    Raises:
        ProtlangError: if there is no such architecture.
    """
    if name not in KINDS:
        raise ProtlangError(
            f"there is no architecture {name!r} for homology; choose one of "
            f"{', '.join(KINDS)}"
        )
    return KINDS[name]


def new_network(
    architecture: str,
    options: Mapping[str, Any],
    pretrained: PlusEncoder | None,
    contacts: bool,
    imitate_released_code: bool = False,
) -> HomologyNetwork:
    """A network to fine-tune; weights that are not pre-trained are random.

    Args:
        architecture: one of `KINDS`.
        options: sizes that differ from the defaults or, with a pre-trained model, from
            its own: PLUS-TFM's `max_tokens`, those of P-ELMo's encoder.
        pretrained: what it begins with: the model itself or, for P-ELMo, its language
            model. Its head for another task is left out.
        contacts: whether contact maps are to be learned.
        imitate_released_code: let the slopes of the head become negative. PLUS-TFM has
            none, and a new one normalises as the released; a pre-trained one as it did.

    Raises:
        ProtlangError: if the pre-trained model is of another architecture or size, or
            the network cannot learn contact maps.
    """
    kind = homology_kind(architecture)
    if contacts and architecture == "plus-tfm":
        raise ProtlangError(
            "plus-tfm has no vectors z to predict contact maps from; set the weight of "
            "contacts to 0"
        )
    if pretrained is not None and pretrained.architecture != kind.pretrained:
        raise ProtlangError(
            f"an encoder of the architecture {pretrained.architecture} cannot begin "
            f"{architecture}; give one of {kind.pretrained or 'nothing'}"
        )
    if pretrained is None or architecture != "plus-tfm":
        options = {**options, _IMITATE: imitate_released_code}
    if pretrained is not None:
        options = _with_own_sizes(architecture, options, pretrained)
    network = kind.build(kind.config(**options))
    if pretrained is not None:
        _begin(network, pretrained)
    return HomologyNetwork(network, contacts)


def save_homology(model: HomologyModel, folder: Path | str) -> None:
    """Write `config.json` and `model.safetensors`, each atomically."""
    network = model.network
    description = {
        "architecture": model.architecture,
        "task": TASK,
        "model": asdict(network.encoder.config),
        "contacts": network.contacts is not None,
        "training": dict(model.training),
        "trained_on": dict(model.trained_on),
    }
    write_model(folder, description, network.state_dict())


def load_homology(folder: Path | str) -> HomologyModel:
    """Read what `save_homology` wrote, in evaluation mode, on the CPU.

    Raises:
        ProtlangError: if a file is missing, damaged or does not fit the other.
    """
    model = read_config(folder, "model of homology", _described)
    read_weights(folder, model.network)
    return model


def _described(description: Mapping[str, Any]) -> HomologyModel:
    if description["task"] != TASK:
        raise ValueError(f"it is for the task {description['task']!r}")
    architecture = description["architecture"]
    kind = homology_kind(architecture)
    encoder = kind.build(kind.config(**description["model"]))
    return HomologyModel(
        architecture,
        HomologyNetwork(encoder, description["contacts"]),
        description["training"],
        description["trained_on"],
    )


def p_elmo_encoder(model: HomologyModel) -> PlusEncoder:
    """The encoder of a fine-tuned P-ELMo, which other tasks take as it is.

    `protlang.encoders.plus_folders` saves it.

    Raises:
        ProtlangError: if the model is another one.
    """
    encoder = model.network.encoder
    if not isinstance(encoder, PElmo):
        raise ProtlangError(
            f"a fine-tuned {model.architecture} is no encoder for other tasks; take "
            "the pre-trained one"
        )
    return PlusEncoder(model.architecture, encoder, model.training, model.trained_on)


def _with_own_sizes(
    architecture: str, options: Mapping[str, Any], pretrained: PlusEncoder
) -> dict[str, Any]:
    sizes = asdict(pretrained.network.config)  # type: ignore[call-overload]
    if architecture == "p-elmo":
        return {"language_model": sizes, **options}
    return {**sizes, **options}


def _begin(network: Encoder, pretrained: PlusEncoder) -> None:
    """Give a network pre-trained weights, but for the head of another task."""
    weights = {
        name: tensor
        for name, tensor in pretrained.network.state_dict().items()
        if not name.startswith("head.")
    }
    target: nn.Module = network
    if isinstance(network, PElmo):
        target = network.language_model
    own = {k: v for k, v in target.state_dict().items() if k.startswith("head.")}
    try:
        target.load_state_dict({**own, **weights})
    except RuntimeError as error:
        raise ProtlangError(
            f"the pre-trained {pretrained.architecture} does not fit the sizes that "
            f"are asked for ({error}); remove the sizes"
        ) from error
