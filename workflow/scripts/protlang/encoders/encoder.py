"""One interface to language models of every architecture.

Every `Encoder` has a folder on disk and gives vectors of residues. A `PairEncoder` is
one that PLUS trains or fine-tunes: it also predicts masked residues and compares
proteins. Siamese ones encode each protein by itself and align the vectors; a cross
encoder (`joint`) encodes a pair as one sequence.

Source: PLUS, Sections 3.3 and 3.4.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from math import prod
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from protlang.encoders.masking import (
    MaskedPlaces,
    MaskedSequence,
    Masking,
    sequence_tokens,
    unmasked,
)
from protlang.encoders.settings import (
    EncoderSettings,
    chosen_device,
    computation,
    require_choice,
)
from protlang.encoders.weights import fill, write_model
from protlang.models.soft_alignment import LEVELS, PaddedVectors, similarity

SUM, ALL = "sum", "all"
"""Selections of layers besides a single one: SeqVec's sum, or all."""

NUMBER_BYTES = 4
"""Of a float32."""

_HAS_PAIR_HEAD = "pair_head"
"""In `config.json`, false where published weights lack the head."""


class Encoder(ABC):
    """A language model with the record of its training.

    Attributes:
        architecture: its name in the registry.
        network: that computes.
        training: settings and sizes of its training; empty if unknown.
        trained_on: its corpus (`encoders.provenance.trained_on`); empty if unknown.
        device: that computes, `cpu` or `cuda`, once prepared.
        facts: texts that name all that determines the vectors, once prepared.
    """

    architecture: ClassVar[str]
    device: str = "cpu"
    facts: Mapping[str, str]

    def __init__(
        self,
        network: Any,
        training: Mapping[str, Any] | None = None,
        trained_on: Mapping[str, Any] | None = None,
    ) -> None:
        self.network = network
        self.training = dict(training or {})
        self.trained_on = dict(trained_on or {})

    @classmethod
    @abstractmethod
    def described(cls, description: Mapping[str, Any]) -> Self:
        """The encoder of a `config.json`, before its weights are loaded."""

    @abstractmethod
    def load(self, tensors: Mapping[str, Tensor], path: Path) -> None:
        """Take weights, and go into evaluation mode.

        Args:
            tensors: by name.
            path: of their file, for messages.
        """

    @property
    @abstractmethod
    def sizes(self) -> dict[str, Any]:
        """What `config.json` holds of the network."""

    @property
    @abstractmethod
    def tensors(self) -> Mapping[str, Tensor]:
        """Weights by name."""

    @property
    @abstractmethod
    def layers(self) -> Mapping[str, tuple[int, ...]]:
        """Shape of a residue's vectors by selection of layers."""

    @abstractmethod
    def prepare(self, settings: EncoderSettings) -> Mapping[str, str]:
        """Move to the device; returns what the vectors depend on, by name."""

    @abstractmethod
    def embed(self, sequences: Sequence[str], layers: str) -> list[np.ndarray]:
        """Vectors of residues, which depend on nothing but the residue's protein.

        Args:
            sequences: letters of `RESIDUES`, none empty.
            layers: a key of `layers`.

        Returns:
            By sequence, float32 (length, dimension), or (layers, length, dimension) of
            all layers.
        """

    def memory(self, residues: int, layers: str) -> int:
        """Bytes that a batch of so many residues needs at least."""
        return residues * prod(self.layers[layers]) * NUMBER_BYTES

    @property
    def description(self) -> dict[str, Any]:
        """What `config.json` holds."""
        return {
            "architecture": self.architecture,
            **self.sizes,
            "training": self.training,
            "trained_on": self.trained_on,
        }

    def save(self, folder: Path | str) -> None:
        """Write `config.json` and `model.safetensors`, each atomically."""
        write_model(folder, self.description, self.tensors)


class States(NamedTuple):
    """Vectors of a batch.

    Attributes:
        r: of residues, or of all tokens of pairs that are encoded as one sequence,
            (rows, longest, dim).
        z: their projection, (rows, longest, projection); None if there is none.
        lengths: residues of each protein, int64 (rows), on the CPU.
        masked: places in `r` of residues to predict.
        firsts: rows from here on are second proteins of pairs.
        summary: vector of each row as a whole, (rows, dim); None if there is none.
    """

    r: Tensor
    z: Tensor | None
    lengths: Tensor
    masked: MaskedPlaces
    firsts: int
    summary: Tensor | None = None


class MaskedPredictions(NamedTuple):
    """How well residues of a batch were predicted, one entry per residue.

    Attributes:
        losses: cross-entropy, in nats, float32 (residues).
        correct: whether the most probable class is the true one, bool (residues).
        pairs: number of the residue's pair in the batch, int64 (residues).
        in_second: whether it is in the pair's second protein, bool (residues).
    """

    losses: Tensor
    correct: Tensor
    pairs: Tensor
    in_second: Tensor


class PairEncoder(Encoder):
    """An encoder of single proteins and of pairs, siamese unless it is `joint`.

    Attributes:
        config: makes the sizes and options of plain values.
        pair_outputs: of the head that compares proteins, for same family prediction
            and for homology.
        starts_from: architecture whose weights fine-tuning starts from.
        masking: how residues are masked; None if it is no masked language model.
        joint: whether a pair is encoded, masked and cut as one sequence.
        reads: attribute of a protein that it reads in place of the sequence, if any.
        network: with the heads that it was trained with.
    """

    config: ClassVar[Callable[..., Any]]
    build: ClassVar[Callable[..., nn.Module]]
    pair_outputs: ClassVar[tuple[int | None, int]] = (1, LEVELS - 1)
    starts_from: ClassVar[str | None]
    masking: ClassVar[Masking | None] = None
    joint: ClassVar[bool] = False
    reads: ClassVar[str] = ""
    _prefix = ""

    @classmethod
    def of_config(cls, config: Any, homology: bool = False) -> Self:
        """An encoder with random weights.

        Args:
            config: its sizes and options.
            homology: whether its head predicts structural levels, not same family.
        """
        return cls(cls.build(config, cls.pair_outputs[homology]))

    @classmethod
    def new(cls, options: Mapping[str, Any], homology: bool = False) -> Self:
        """As `of_config`, with sizes and options as plain values."""
        return cls.of_config(cls.config(**options), homology)

    @classmethod
    def described(cls, description: Mapping[str, Any]) -> Self:
        """See `Encoder`; also the encoder within a model fine-tuned on homology."""
        encoder = cls.new(description["model"], "task" in description)
        if not description.get(_HAS_PAIR_HEAD, True):
            encoder.network.head = None
        encoder.training = dict(description["training"])
        encoder.trained_on = dict(description["trained_on"])
        encoder._prefix = "encoder." if "task" in description else ""
        return encoder

    def load(self, tensors: Mapping[str, Tensor], path: Path) -> None:
        """See `Encoder`; weights of a fine-tuned model's other heads are left out."""
        own = {
            name.removeprefix(self._prefix): weights
            for name, weights in tensors.items()
            if name.startswith(self._prefix)
        }
        fill(self.network, own, path)

    @property
    def options(self) -> dict[str, Any]:
        """Sizes and options of the network as plain values."""
        return asdict(self.network.config)

    @property
    def compares(self) -> bool:
        """Whether it has a head that compares proteins; published weights may not."""
        return getattr(self.network, "head", None) is not None

    @property
    def sizes(self) -> dict[str, Any]:
        """See `Encoder`; a head that is missing is recorded."""
        is_missing = self.pair_outputs[0] is not None and not self.compares
        return {"model": self.options} | ({_HAS_PAIR_HEAD: False} if is_missing else {})

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """See `Encoder`."""
        return cast("nn.Module", self.network).state_dict()

    @property
    @abstractmethod
    def channels(self) -> Mapping[str, int]:
        """Numbers per residue of `r` and, if there is one, `z`."""

    @property
    def max_residues(self) -> int | None:
        """Of one protein in one input; longer ones are encoded in parts."""
        return None

    @property
    def max_pair_residues(self) -> int | None:
        """Of a pair; longer ones have to be cut."""
        return None

    @abstractmethod
    def encode(self, sequences: Sequence[MaskedSequence]) -> States:
        """Encode proteins, at least one, each by itself."""

    def encode_pairs(
        self, first: Sequence[MaskedSequence], second: Sequence[MaskedSequence]
    ) -> States:
        """Encode pairs of proteins: rows are all first and then all second ones."""
        return self.encode([*first, *second])._replace(firsts=len(first))

    @abstractmethod
    def residue_scores(self, states: Tensor) -> Tensor:
        """Scores (residues, classes) of tokens from `r`, (residues, dim)."""

    def predict_masked(self, states: States) -> MaskedPredictions:
        """Predict the masked residues of a batch."""
        rows, positions, targets = states.masked
        scores = self.residue_scores(states.r[rows, positions])
        return assess(scores, targets, rows, states.firsts)

    def pair_logits(self, states: States) -> Tensor:
        """Scores of pairs by the head that compares proteins, (pairs, outputs)."""
        assert states.z is not None
        halves = zip(states.z.chunk(2), states.lengths.chunk(2), strict=True)
        return self.compare(*(PaddedVectors(*half) for half in halves))

    def compare(self, first: PaddedVectors, second: PaddedVectors) -> Tensor:
        """Scores of pairs, as `pair_logits`, from vectors z of their proteins."""
        logits: Tensor = self.network.head(similarity(first, second))
        return logits

    def family_logits(self, states: States) -> Tensor:
        """Logits of the pairs' being of one family, (pairs)."""
        return self.pair_logits(states)[:, 0]

    def shorten(
        self, first: np.ndarray, second: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Cut the tokens of a pair to what can be encoded, before masking."""
        return first, second

    @property
    def layers(self) -> Mapping[str, tuple[int, ...]]:
        """See `Encoder`: one layer, `r`, and its projection `z` by name."""
        dims = self.channels
        projections = {"z": (dims["z"],)} if "z" in dims else {}
        return numbered_layers(1, dims["r"]) | projections

    def prepare(self, settings: EncoderSettings) -> Mapping[str, str]:
        """See `Encoder`: it always computes in float32, from zero states."""
        require_choice("precision", settings.precision, ("float32",))
        self.device = chosen_device(settings.device)
        self.network.to(self.device)
        return {
            "start_state": "none",
            "precision": settings.precision,
            **computation(self.device, "one protein at a time"),
        }

    def embed(self, sequences: Sequence[str], layers: str) -> list[np.ndarray]:
        """See `Encoder`: proteins one by one, each by one thread of a CPU.

        Batches and further threads would change the last digits.
        """
        threads = torch.get_num_threads()

        def work(sequence: str) -> np.ndarray:
            torch.set_num_threads(1)
            with torch.inference_mode():
                return self._vectors(sequence, layers)

        with ThreadPoolExecutor(threads if self.device == "cpu" else 1) as pool:
            found = list(pool.map(work, sequences))
        torch.set_num_threads(threads)
        return found

    def _vectors(self, sequence: str, layers: str) -> np.ndarray:
        states = self.encode([unmasked(sequence_tokens(sequence))])
        found = states.z if layers == "z" else states.r
        assert found is not None
        return on_host(found if layers == ALL else found[0])

    @property
    def _where(self) -> torch.device:
        device: torch.device = next(self.network.parameters()).device
        return device


def assess(
    scores: Tensor, targets: np.ndarray, rows: np.ndarray, firsts: int
) -> MaskedPredictions:
    """Compare predicted residues with the true ones.

    Args:
        scores: of the classes, (residues, classes).
        targets: true classes, int64 (residues).
        rows: numbers of the residues' sequences, or of their pairs, int64 (residues).
        firsts: sequences from this number on are second in their pairs.
    """
    truth = torch.from_numpy(targets).to(scores.device)
    row = torch.from_numpy(rows).to(scores.device)
    return MaskedPredictions(
        cross_entropy(scores.float(), truth, reduction="none"),
        scores.argmax(dim=1) == truth,
        row % firsts,
        row >= firsts,
    )


def numbered_layers(count: int, dimension: int) -> dict[str, tuple[int, ...]]:
    """`Encoder.layers` of layers of one size: their sum, all, or one by its number."""
    every = {SUM: (dimension,), ALL: (count, dimension)}
    return every | {str(number): (dimension,) for number in range(count)}


def on_host(vectors: Tensor) -> np.ndarray:
    """Vectors as float32 in memory of their own, in the order of their axes."""
    return np.ascontiguousarray(vectors.float().cpu().numpy())
