"""Networks of an encoder and a head that answer a task's question about proteins.

Each reader here turns proteins into the input of its encoder and brings vectors into
one form, so that training and prediction are the same code for all.

Source: PLUS, Sections 3.2 and 3.4; its released code for sizes.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from protlang.encoders.masking import (
    TFM_MASKING,
    Masked,
    Masking,
    mask_alone,
    predictions,
    unmasked,
)
from protlang.encoders.pair_models import Guesses, judge, residue_batch
from protlang.encoders.plus import build_network
from protlang.encoders.plus_folders import PlusEncoder
from protlang.errors import ProtlangError
from protlang.finetuning.recipes import FineTuning
from protlang.models import plus_tfm
from protlang.models.heads import ProteinHead, ResidueHead
from protlang.models.p_elmo import PElmo
from protlang.models.plus_rnn import PlusRnn
from protlang.models.plus_tfm import PlusTfm, TfmBatch
from protlang.models.tokens import residue_tokens, within
from protlang.proteins import Protein, StoredArray
from protlang.tasks.task import Level, SupervisedTask

_MARKS_OF_ONE = 2
"""`BEGIN` and `SEPARATOR` of a single protein."""


class Example(NamedTuple):
    """A protein as a network reads it.

    Attributes:
        id: the protein's.
        sequence: PLUS's tokens of the residues that are read, some perhaps hidden.
        residues: their places in the protein, int64 (residues,).
        stored: vectors of all its residues on disk, if there are any.
    """

    id: str
    sequence: Masked
    residues: np.ndarray
    stored: StoredArray | None


class Reading(NamedTuple):
    """What an encoder makes of proteins.

    Attributes:
        vectors: of residues, (proteins, longest, channels), or of proteins, (proteins,
            channels).
        lengths: residues of each protein, int64 (proteins), on the CPU.
        guesses: of hidden residues, if they were asked for.
    """

    vectors: Tensor
    lengths: Tensor
    guesses: Guesses | None = None


class Answer(NamedTuple):
    """What a network says of proteins.

    Attributes:
        scores: of proteins, (proteins, outputs), or of residues of all proteins end to
            end, (residues, outputs).
        guesses: of hidden residues, if they were asked for.
    """

    scores: Tensor
    guesses: Guesses | None


@dataclass(frozen=True)
class StoredVectors:
    """An encoder that has done its work: its vectors of residues are on disk.

    Attributes:
        channels: numbers per residue.
        facts: what made the vectors, as their file tells.
    """

    channels: int
    facts: Mapping[str, Any]

    def description(self) -> dict[str, Any]:
        """What `config.json` holds."""
        facts = {name: _plain(value) for name, value in self.facts.items()}
        return {"architecture": "embeddings", "channels": self.channels, "facts": facts}


Start = PlusEncoder | StoredVectors
"""What fine-tuning starts from."""


class Reader(nn.Module, ABC):
    """Reads proteins with an encoder.

    Attributes:
        channels: numbers per vector.
        longest: residues of one input; None sets no limit.
        masking: how residues are hidden; None if none can be.
    """

    channels: int
    longest: int | None = None
    masking: Masking | None = None

    @abstractmethod
    def forward(self, examples: Sequence[Example], guess: bool) -> Reading:
        """Read proteins once.

        Args:
            examples: at least one.
            guess: whether to guess hidden residues.
        """


class RecurrentReader(Reader):
    """PLUS-RNN and P-ELMo: vectors r or z of every residue."""

    def __init__(self, network: PlusRnn | PElmo, vectors: str) -> None:
        super().__init__()
        self.network = network
        self.masking = Masking() if isinstance(network, PlusRnn) else None
        self._vectors = vectors
        layer = network.projection
        self.channels = layer.in_features if vectors == "r" else layer.out_features

    def forward(self, examples: Sequence[Example], guess: bool) -> Reading:
        """See `Reader`."""
        sequences = [example.sequence for example in examples]
        batch = residue_batch(sequences, self.network.projection.weight.device)
        r, z = self.network(batch)
        guesses = None
        if guess:
            hidden = predictions(sequences)
            scores = self.network.residue_scores(r[hidden.rows, hidden.positions])
            guesses = judge(scores, hidden.targets, hidden.rows, len(sequences))
        return Reading(r if self._vectors == "r" else z, batch.lengths, guesses)


class TransformerReader(Reader):
    """PLUS-TFM: states of residues, or that of `BEGIN` for a whole protein.

    What is too long for one input is read in parts, which do not see each other.
    """

    def __init__(self, network: PlusTfm, level: Level) -> None:
        super().__init__()
        self.network = network
        self.masking = TFM_MASKING
        self.channels = network.config.hidden_dim
        self.longest = network.config.max_tokens - _MARKS_OF_ONE
        self._level = level

    def forward(self, examples: Sequence[Example], guess: bool) -> Reading:
        """See `Reader`."""
        sequences = [example.sequence for example in examples]
        parts = [part for one in sequences for part in self._parts(one)]
        tokens = [torch.from_numpy(part.tokens).long() for part in parts]
        device = self.network.token_embedding.weight.device
        batch = plus_tfm.collate([plus_tfm.join(part) for part in tokens])
        states = self.network(TfmBatch(*(column.to(device) for column in batch)))
        guesses = None
        if guess:
            hidden = predictions(parts)
            found = states[hidden.rows, hidden.positions + 1]
            scores = self.network.token_scores(found)
            guesses = judge(scores, hidden.targets, hidden.rows, len(parts))
        lengths = torch.tensor([len(one.tokens) for one in sequences])
        if self._level == "protein":
            return Reading(states[:, 0], lengths, guesses)
        return Reading(self._joined(states, tokens, lengths), lengths, guesses)

    def _parts(self, sequence: Masked) -> list[Masked]:
        assert self.longest is not None
        starts = range(0, len(sequence.tokens), self.longest)
        return [_part(sequence, start, self.longest) for start in starts]

    def _joined(
        self, states: Tensor, parts: Sequence[Tensor], lengths: Tensor
    ) -> Tensor:
        """States of residues, (proteins, longest, dim), from those of parts."""
        residues = [
            state[1 : len(part) + 1] for state, part in zip(states, parts, strict=True)
        ]
        proteins = torch.split(torch.cat(residues), lengths.tolist())
        return nn.utils.rnn.pad_sequence(list(proteins), batch_first=True)


class StoredReader(Reader):
    """Vectors that another encoder has made of residues."""

    place: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        # Follows the network to where it computes.
        self.register_buffer("place", torch.zeros(0), persistent=False)

    def forward(self, examples: Sequence[Example], guess: bool) -> Reading:
        """See `Reader`; nothing can be guessed."""
        assert not guess
        vectors = [self._vectors(example).to(self.place.device) for example in examples]
        lengths = torch.tensor([len(vector) for vector in vectors])
        return Reading(nn.utils.rnn.pad_sequence(vectors, batch_first=True), lengths)

    def _vectors(self, example: Example) -> Tensor:
        if example.stored is None:
            raise ProtlangError(
                f"{example.id} has no stored vectors, which this model reads; give the "
                "data set's embeddings"
            )
        vectors = example.stored[()]
        if vectors.shape[-1] != self.channels:
            raise ProtlangError(
                f"the vectors of {example.id} have {vectors.shape[-1]} numbers, but "
                f"this model reads {self.channels}; give embeddings of its encoder"
            )
        return torch.from_numpy(vectors[example.residues].astype(np.float32))


class FineTuned(nn.Module):
    """An encoder with the head of a task.

    Args:
        start: the encoder; its network becomes part of this one and loses the head that
            compares pairs.
        task: whose outputs the head has.
        settings: of the head, and whether the encoder learns.

    Raises:
        ProtlangError: if the settings ask for what the encoder cannot do.
    """

    def __init__(
        self, start: Start, task: SupervisedTask, settings: FineTuning
    ) -> None:
        super().__init__()
        self.start = start
        self.task = task
        self.settings = settings
        self.reader = _reader(start, task.level, settings)
        self.head = _head(self.reader, task, settings)
        if settings.frozen:
            self.reader.requires_grad_(False)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return next(self.head.parameters()).device

    def train(self, mode: bool = True) -> "FineTuned":
        """As of any module, but a frozen encoder has no dropout."""
        super().train(mode)
        if self.settings.frozen:
            self.reader.eval()
        return self

    def example(self, protein: Protein) -> Example:
        """A protein with no residue hidden, cut as task and encoder need it."""
        length = len(protein.sequence)
        residues = self.task.residues_read(length, self.reader.longest)
        tokens = residue_tokens(protein.sequence).numpy().astype(np.uint8)[residues]
        return Example(protein.id, unmasked(tokens), residues, protein.embedding)

    def hide(self, example: Example, rng: np.random.Generator) -> Example:
        """An example with residues hidden, in each input of the encoder by itself."""
        assert self.reader.masking is not None
        tokens = example.sequence.tokens
        size = self.reader.longest or len(tokens)
        starts = range(0, len(tokens), size)
        parts = [
            mask_alone(tokens[start : start + size], self.reader.masking, rng)
            for start in starts
        ]
        shifted = [part.positions + at for part, at in zip(parts, starts, strict=True)]
        sequence = Masked(
            np.concatenate([part.tokens for part in parts]),
            np.concatenate(shifted),
            np.concatenate([part.targets for part in parts]),
        )
        return example._replace(sequence=sequence)

    def forward(self, examples: Sequence[Example], guess: bool = False) -> Answer:
        """Answer the task's question of proteins.

        Args:
            examples: at least one.
            guess: whether to guess hidden residues, too.
        """
        with torch.set_grad_enabled(
            torch.is_grad_enabled() and not self.settings.frozen
        ):
            reading: Reading = self.reader(examples, guess)
        vectors = reading.vectors
        if self.task.level == "residue":
            # What is padding needs no scores.
            vectors = vectors[within(reading.lengths, vectors.shape[1], vectors.device)]
        if isinstance(self.head, ProteinHead):
            return Answer(self.head(vectors, reading.lengths), reading.guesses)
        return Answer(self.head(vectors), reading.guesses)


def untrained(encoder: PlusEncoder) -> PlusEncoder:
    """The same architecture with random weights, as if never pre-trained."""
    config = asdict(cast("Any", encoder.network.config))
    network = build_network(encoder.architecture, config)
    return PlusEncoder(encoder.architecture, network, {}, {})


def _reader(start: Start, level: Level, settings: FineTuning) -> Reader:
    reader = _unchecked_reader(start, level, settings)
    if settings.masked_lm > 0 and reader.masking is None:
        raise ProtlangError(
            f"fine-tuning: masked_lm is {settings.masked_lm}, but the encoder "
            f"{start.description()['architecture']!r} is no masked language model; "
            "set it to 0"
        )
    return reader


def _unchecked_reader(start: Start, level: Level, settings: FineTuning) -> Reader:
    if isinstance(start, StoredVectors):
        return StoredReader(start.channels)
    network = start.network
    if isinstance(network, PlusTfm):
        network.head = None
        return TransformerReader(network, level)
    if isinstance(network, PlusRnn | PElmo):
        network.head = None
        return RecurrentReader(network, settings.vectors)
    raise ProtlangError(
        f"the encoder {start.architecture!r} cannot be fine-tuned; take one that makes "
        "vectors of residues: plus-rnn, plus-tfm, p-elmo, or stored embeddings"
    )


def _head(reader: Reader, task: SupervisedTask, settings: FineTuning) -> nn.Module:
    channels, outputs = reader.channels, task.outputs
    if isinstance(reader, TransformerReader):
        # As the head that it is pre-trained with, without a hidden layer.
        dropout = nn.Dropout(reader.network.config.dropout)
        return nn.Sequential(dropout, nn.Linear(channels, outputs))
    if task.level == "residue":
        return ResidueHead(channels, settings.hidden_dim, outputs)
    by_sum = settings.pooling == "sum"
    return ProteinHead(channels, settings.hidden_dim, outputs, by_sum)


def _part(sequence: Masked, start: int, size: int) -> Masked:
    """Some residues of a sequence, with those to guess among them."""
    inside = (sequence.positions >= start) & (sequence.positions < start + size)
    return Masked(
        sequence.tokens[start : start + size],
        sequence.positions[inside] - start,
        sequence.targets[inside],
    )


def _plain(value: Any) -> Any:
    """A number or text of NumPy as Python's, which JSON knows."""
    return value.item() if isinstance(value, np.generic) else value
