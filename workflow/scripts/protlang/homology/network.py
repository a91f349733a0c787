"""Networks that predict the structural level of two domains: an encoder with its heads.

The encoder has a head for the level; a second head predicts contact maps if they are to
be learned. The encoder starts from pre-trained or from random weights.

Sources: PLUS, Sections 3.3, 3.4 and 4.3; Bepler and Berger 2019.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from protlang.encoders.encoder import MaskedPredictions, PairEncoder, States
from protlang.encoders.folder import MODEL_FILE, read_config
from protlang.encoders.masking import MaskedSequence
from protlang.encoders.plus import PElmoEncoder, PlusTfmEncoder
from protlang.encoders.registry import pair_encoder
from protlang.encoders.stored import StoredEncoder
from protlang.encoders.weights import fill, read_tensors, write_model
from protlang.errors import ProtlangError
from protlang.models.heads import ContactHead
from protlang.models.soft_alignment import (
    PaddedVectors,
    level_probabilities,
    level_targets,
)

TASK = "homology"
"""The task in `config.json`."""

_IMITATE = "imitate_released_code"

Vectors = Mapping[str, np.ndarray]
"""Stored vectors of an encoder, (length, dim), by domain."""


class DomainPairs(NamedTuple):
    """Pairs of domains as networks read them.

    Attributes:
        ids: of both domains of each pair.
        first: their first domains, with masked residues.
        second: likewise.
    """

    ids: Sequence[tuple[str, str]]
    first: Sequence[MaskedSequence]
    second: Sequence[MaskedSequence]


class PairOutputs(NamedTuple):
    """Outputs for a batch of pairs.

    Attributes:
        masked: predictions of masked residues, if requested.
        logits: of levels, float32: (pairs, 4) of at least class, fold, superfamily and
            family, or (pairs, 5) of each level by itself; None if not requested.
        states: of the pairs.
    """

    masked: MaskedPredictions | None
    logits: Tensor | None
    states: States


class HomologyNetwork(nn.Module):
    """An encoder with its heads.

    Attributes:
        start: the encoder.
        encoder: its network, with a head for the level.
        contacts: predicts contact maps from z; None if they are not to be learned.
        vectors: of the domains, for an encoder of stored vectors.

    Args:
        start: with a head for the level.
        contacts: whether contact maps are to be learned.
    """

    vectors: Vectors | None = None

    def __init__(self, start: PairEncoder, contacts: bool) -> None:
        super().__init__()
        self.start = start
        self.encoder = start.network
        self.contacts = ContactHead(start.channels["z"]) if contacts else None

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return next(self.parameters()).device

    def with_vectors(self, vectors: Vectors | None) -> "HomologyNetwork":
        """The same network, which reads these stored vectors.

        Raises:
            ProtlangError: if it needs vectors and there are none, or the reverse.
        """
        needs = isinstance(self.start, StoredEncoder)
        if needs != (vectors is not None):
            raise ProtlangError(
                "a network on embeddings needs the file of embeddings"
                if needs
                else "embeddings are given to a network that reads sequences; remove "
                "them"
            )
        self.vectors = vectors
        return self

    def read(
        self, pairs: DomainPairs, predict_masked: bool, predict_levels: bool
    ) -> PairOutputs:
        """Encode pairs once, and predict what is requested of them."""
        first, second = zip(*pairs.ids, strict=True)
        states = self.start.encode_pairs(
            self._with_stored(first, pairs.first),
            self._with_stored(second, pairs.second),
        )
        masked = self.start.predict_masked(states) if predict_masked else None
        logits = None
        if predict_levels:
            logits = self.start.pair_logits(states).float()
        return PairOutputs(masked, logits, states)

    def encode(
        self, ids: Sequence[str], sequences: Sequence[MaskedSequence]
    ) -> PaddedVectors:
        """Vectors z of domains, which a siamese encoder compares."""
        states = self.start.encode(self._with_stored(ids, sequences))
        assert states.z is not None
        return PaddedVectors(states.z, states.lengths)

    def compare(self, first: PaddedVectors, second: PaddedVectors) -> Tensor:
        """Logits (pairs, 4), float32, of the levels of encoded domains."""
        return self.start.compare(first, second).float()

    def loss(self, logits: Tensor, levels: Tensor) -> Tensor:
        """Mean cross-entropy of levels, in nats.

        A cross encoder has one of five classes; a siamese one a mean over pairs and
        their four bits.

        Args:
            logits: as of `PairOutputs`.
            levels: 0 to 4, int64 (pairs).
        """
        if self.start.joint:
            return cross_entropy(logits, levels)
        return binary_cross_entropy_with_logits(logits, level_targets(levels))

    def probabilities(self, logits: Tensor) -> Tensor:
        """Of the five levels, (pairs, 5)."""
        return (
            logits.softmax(dim=1) if self.start.joint else level_probabilities(logits)
        )

    def save(self, folder: Path | str) -> None:
        """Write `config.json` and `model.safetensors`, each atomically."""
        description = {
            "architecture": self.start.architecture,
            "task": TASK,
            "model": self.start.options,
            "contacts": self.contacts is not None,
            "training": self.start.training,
            "trained_on": self.start.trained_on,
        }
        write_model(folder, description, self.state_dict())

    def _with_stored(
        self, ids: Sequence[str], sequences: Sequence[MaskedSequence]
    ) -> Sequence[MaskedSequence]:
        if self.vectors is None:
            return sequences
        missing = [name for name in ids if name not in self.vectors]
        if missing:
            raise ProtlangError(
                f"there are no embeddings of domain {missing[0]}; embed all domains "
                "first"
            )
        return [
            sequence._replace(stored=self.vectors[name][()])
            for name, sequence in zip(ids, sequences, strict=True)
        ]


def new_network(
    architecture: str,
    options: Mapping[str, Any],
    pretrained: PairEncoder | None,
    contacts: bool,
    imitate_released_code: bool = False,
) -> HomologyNetwork:
    """A network to fine-tune; weights that are not pre-trained are random.

    Args:
        architecture: one of `encoders.registry.PAIR_ENCODERS`.
        options: sizes that differ from the defaults or, with a pre-trained model, from
            its own: PLUS-TFM's `max_tokens`, those of P-ELMo's encoder.
        pretrained: the model to start from or, for P-ELMo, its language model. Its
            head for another task is left out.
        contacts: whether contact maps are to be learned.
        imitate_released_code: let the slopes of the head become negative. PLUS-TFM has
            none, and a new one normalises as the released; a pre-trained one as it did.

    Raises:
        ProtlangError: if the pre-trained model is of another architecture or size, or
            the network cannot learn contact maps.
    """
    kind = pair_encoder(architecture)
    if contacts and kind.joint:
        raise ProtlangError(
            f"{architecture} has no vectors z to predict contact maps from; set the "
            "weight of contacts to 0"
        )
    if pretrained is not None and pretrained.architecture != kind.starts_from:
        raise ProtlangError(
            f"{architecture} cannot start from an encoder of the architecture "
            f"{pretrained.architecture}; give one of {kind.starts_from or 'nothing'}"
        )
    if pretrained is None or kind is not PlusTfmEncoder:
        options = {**options, _IMITATE: imitate_released_code}
    if pretrained is not None:
        options = {**sizes_from(architecture, pretrained), **options}
    start = kind.new(options, homology=True)
    if pretrained is not None:
        _take_weights(start, pretrained)
    return HomologyNetwork(start, contacts)


def sizes_from(architecture: str, pretrained: PairEncoder) -> dict[str, Any]:
    """Options of a network that has, or contains, a pre-trained one."""
    if architecture == PElmoEncoder.architecture:
        return {"language_model": pretrained.options}
    return pretrained.options


def load_homology(folder: Path | str, max_tokens: int | None = None) -> HomologyNetwork:
    """Read a saved network, in evaluation mode, on the CPU.

    Args:
        folder: of the network.
        max_tokens: longest input of a PLUS-TFM, whose positions are no weights; None is
            that of its training.

    Raises:
        ProtlangError: if a file is missing, damaged or does not fit the other.
    """
    sizes = {} if max_tokens is None else {"max_tokens": max_tokens}
    network = read_config(folder, "model of homology", partial(_described, sizes))
    fill(network, read_tensors(folder), Path(folder) / MODEL_FILE)
    return network


def _described(
    sizes: Mapping[str, Any], description: Mapping[str, Any]
) -> HomologyNetwork:
    """The network of a description, but for sizes that no weight depends on."""
    description = {**description, "model": {**description["model"], **sizes}}
    if description["task"] != TASK:
        raise ValueError(f"it is for the task {description['task']!r}")
    start = pair_encoder(description["architecture"]).described(description)
    return HomologyNetwork(start, description["contacts"])


def _take_weights(start: PairEncoder, pretrained: PairEncoder) -> None:
    """Give an encoder pre-trained weights, but for the head of another task."""
    network: nn.Module = start.network
    if isinstance(start, PElmoEncoder):
        network = start.network.language_model
    weights = {
        name: tensor
        for name, tensor in pretrained.tensors.items()
        if not name.startswith("head.")
    }
    own = {k: v for k, v in network.state_dict().items() if k.startswith("head.")}
    try:
        network.load_state_dict({**own, **weights})
    except RuntimeError as error:
        raise ProtlangError(
            f"the pre-trained {pretrained.architecture} does not fit the requested "
            f"sizes ({error}); remove the sizes"
        ) from error
