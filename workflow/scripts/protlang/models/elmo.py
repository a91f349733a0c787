"""SeqVec's language model: ELMo's bidirectional LSTM over residues.

One token is one residue (or the begin or end of a protein). A convolutional network
over the characters of a token gives its vector; two stacks of LSTM layers with
projections, one reading forward and one backward, predict the next token of their
direction.

Weights are laid out as in bilm-tf: vectors are rows and multiplied from the left (`x @
W`).
Sources: SeqVec, Methods, "ELMo adaptation"; Peters et al. 2018; bilm-tf.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding

from protlang.alphabet import RESIDUES, check_letters
from protlang.errors import ProtlangError
from protlang.models.projected_lstm import ProjectedLstm, State
from protlang.models.side_by_side import side_by_side

TOKENS = (*RESIDUES, "<S>", "</S>")
"""The 27 words. A token is an index into these, for a residue that of `RESIDUES`."""
BEGIN = len(RESIDUES)
END = BEGIN + 1

DIRECTIONS = 2
"""Forward, then backward: the leading axis of tokens, scores and states."""

Use = Callable[[Tensor, int], Tensor]
"""What is made of the outputs of a direction, and of its number."""

_BEGIN_PROTEIN, _END_PROTEIN, _BEGIN_WORD, _END_WORD, _PADDING = range(256, 261)
CHARACTERS = _PADDING + 1
"""Rows of the character embedding: 256 bytes, four marks and padding."""


@dataclass(frozen=True)
class ElmoConfig:
    """Everything that determines the network.

    Attributes:
        character_dim: of a character's vector.
        filters: (width in characters, number of filters) of each convolution.
        highway_layers: after the convolutions.
        projection: dimension of a token's vector and of each LSTM layer's output.
        lstm_dim: of a memory cell.
        layers: LSTM layers per direction.
        cell_clip: memory cells are clipped to ± this.
        projection_clip: outputs of LSTM layers likewise.
        dropout: share of inputs of each LSTM layer, and of the last outputs, that are
            zeroed in training.
        skip_connections: whether layers after the first add their input to what they
            give out.
        max_characters: characters per token, with begin, end and padding.
        letters: the residues by descending frequency in the training corpus; orders the
            softmax, which matters only to sampling.
    """

    character_dim: int
    filters: tuple[tuple[int, int], ...]
    highway_layers: int
    projection: int
    lstm_dim: int
    layers: int
    cell_clip: float
    projection_clip: float
    dropout: float
    skip_connections: bool
    max_characters: int = 50
    letters: str = RESIDUES

    @classmethod
    def seqvec(cls) -> "ElmoConfig":
        """The published network: 93.6 million weights."""
        numbers = (32, 32, 64, 128, 256, 512, 1024)
        return cls(
            character_dim=16,
            filters=tuple(enumerate(numbers, start=1)),
            highway_layers=2,
            projection=512,
            lstm_dim=4096,
            layers=2,
            cell_clip=3,
            projection_clip=3,
            dropout=0.1,
            skip_connections=True,
        )

    def __post_init__(self) -> None:
        for name in ("character_dim", "projection", "lstm_dim", "layers"):
            _require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        for name in ("cell_clip", "projection_clip"):
            _require(getattr(self, name) > 0, name, getattr(self, name), "above 0")
        widths = [width for width, _ in self.filters]
        longest = max(widths, default=0)
        _require(longest >= 1, "filters", self.filters, "pairs of width and number")
        _require(0 <= self.dropout < 1, "dropout", self.dropout, "from 0 to below 1")
        _require(
            self.max_characters >= max(longest, 3),
            "max_characters",
            self.max_characters,
            f"at least {max(longest, 3)}",
        )
        _require(
            sorted(self.letters) == sorted(RESIDUES),
            "letters",
            self.letters,
            f"{RESIDUES} in any order",
        )

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The 28 words of the softmax, in its order, which is bilm-tf's."""
        return ("<S>", "</S>", "<UNK>", *self.letters)


def residue_tokens(sequence: str) -> Tensor:
    """Tokens of a protein's residues, int64 (length).

    Raises:
        ProtlangError: naming the first letter that is not in `RESIDUES`.
    """
    check_letters(sequence, RESIDUES, "the sequence")
    return torch.tensor([RESIDUES.index(letter) for letter in sequence]).long()


def character_ids(max_characters: int) -> Tensor:
    """Characters of each of the 27 words, int64 (27, max_characters).

    A word is a begin mark, one character, an end mark and padding; a residue's
    character is its letter's byte. Source: bilm-tf, without the shift by one that makes
    room for a mask.
    """
    characters = [*map(ord, RESIDUES), _BEGIN_PROTEIN, _END_PROTEIN]
    ids = torch.full((len(TOKENS), max_characters), _PADDING)
    ids[:, 0] = _BEGIN_WORD
    ids[:, 1] = torch.tensor(characters)
    ids[:, 2] = _END_WORD
    return ids


class Highway(nn.Module):
    """Blend of an input and its transform: g relu(x W + b) + (1 - g) x.

    The gate g is sigmoid(x C + c). Source: Srivastava et al. 2015, initialised as in
    bilm-tf, which lets the input pass at first.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.carry_weight = nn.Parameter(torch.empty(dim, dim))
        self.carry_bias = nn.Parameter(torch.full((dim,), -2.0))
        self.transform_weight = nn.Parameter(torch.empty(dim, dim))
        self.transform_bias = nn.Parameter(torch.zeros(dim))
        for weight in (self.carry_weight, self.transform_weight):
            nn.init.normal_(weight, std=dim**-0.5)

    def forward(self, inputs: Tensor) -> Tensor:
        """Blend inputs (words, dim); same shape out."""
        gate = torch.addmm(self.carry_bias, inputs, self.carry_weight).sigmoid()
        transform = torch.addmm(self.transform_bias, inputs, self.transform_weight)
        return torch.lerp(inputs, transform.relu(), gate)


class CharacterCnn(nn.Module):
    """From a token's characters to its vector.

    There are only 27 words, so the network is evaluated once per word and the table is
    gathered. That is exact, gradients included: a word's gradient is the sum over all
    places where it stands.
    """

    words: Tensor

    def __init__(self, config: ElmoConfig) -> None:
        super().__init__()
        dim = config.character_dim
        total = sum(number for _, number in config.filters)
        self.embedding = nn.Parameter(torch.empty(CHARACTERS, dim))
        self.kernels = nn.ParameterList(
            torch.empty(width, dim, number) for width, number in config.filters
        )
        self.biases = nn.ParameterList(torch.zeros(n) for _, n in config.filters)
        self.highways = nn.ModuleList(
            Highway(total) for _ in range(config.highway_layers)
        )
        self.projection = nn.Parameter(torch.empty(total, config.projection))
        self.projection_bias = nn.Parameter(torch.zeros(config.projection))
        ids = character_ids(config.max_characters)
        self.register_buffer("words", ids, persistent=False)
        nn.init.uniform_(self.embedding, -1, 1)
        for kernel in self.kernels:
            nn.init.uniform_(kernel, -0.05, 0.05)
        nn.init.normal_(self.projection, std=total**-0.5)

    def forward(self) -> Tensor:
        """The table of all words' vectors, (27, projection).

        It is computed in full precision even under autocast: it costs nothing, and its
        gradient sums up thousands of positions.
        """
        with torch.autocast(self.embedding.device.type, enabled=False):
            return self.vectors(self.words)

    def vectors(self, characters: Tensor) -> Tensor:
        """Vectors (words, projection) of words given by their characters.

        Args:
            characters: character ids, integers (words, characters).
        """
        embedded = embedding(characters, self.embedding)  # (words, characters, dim)
        features = [
            self._convolve(embedded, kernel, bias)
            for kernel, bias in zip(self.kernels, self.biases, strict=True)
        ]
        hidden = torch.cat(features, dim=1)  # (words, all filters)
        for highway in self.highways:
            hidden = highway(hidden)
        return torch.addmm(self.projection_bias, hidden, self.projection)

    def _convolve(self, embedded: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        """Highest response of each filter to any window, (words, filters)."""
        width = len(kernel)
        # (words, windows, dim, width) to (words, windows, width * dim)
        windows = embedded.unfold(1, width, 1).transpose(2, 3).flatten(2)
        responses = windows @ kernel.flatten(0, 1)  # (words, windows, filters)
        return (responses.amax(dim=1) + bias).relu()


class Dropout(nn.Module):
    """Zeroes a share of numbers in training, by random numbers of its own.

    So what is dropped in one direction does not depend on when the other one is read.

    Args:
        share: of the numbers.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self._generator: torch.Generator | None = None

    def reseed(self, device: torch.device) -> None:
        """Start a sequence of random numbers that follows from PyTorch's own ones."""
        if self.training and self.share > 0:
            self._generator = torch.Generator(device)
            self._generator.manual_seed(int(torch.randint(2**62, ())))

    def forward(self, numbers: Tensor) -> Tensor:
        """Zero some numbers; the others make up for them."""
        if not self.training or self.share == 0:
            return numbers
        kept = torch.empty_like(numbers)
        kept.bernoulli_(1 - self.share, generator=self._generator)
        return numbers * kept.div_(1 - self.share)


class LstmStack(nn.Module):
    """The LSTM layers of one direction.

    Layers after the first add their input to their output; what they feed back to
    themselves and carry on is without it. Dropout acts on the input of each layer, on
    the way around the layer as well, and on the last output. Source: bilm-tf.
    """

    def __init__(self, config: ElmoConfig) -> None:
        super().__init__()
        sizes = config.lstm_dim, config.projection
        clips = config.cell_clip, config.projection_clip
        layers = (ProjectedLstm(*sizes, clips) for _ in range(config.layers))
        self.layers = cast("Sequence[ProjectedLstm]", nn.ModuleList(layers))
        self.dropout = Dropout(config.dropout)
        self.skip_connections = config.skip_connections

    def forward(self, vectors: Tensor, state: State) -> tuple[Tensor, State]:
        """Read one window.

        Args:
            vectors: of tokens, (steps, batch, projection).
            state: (layers, batch, ...) before the first step.

        Returns:
            The last layer's outputs (steps, batch, projection) after dropout, and the
            state after the last step.
        """
        states = []
        for number, layer in enumerate(self.layers):
            vectors = self.dropout(vectors)
            outputs, after = layer(vectors, State(*(part[number] for part in state)))
            vectors = outputs + vectors if self._skips(number) else outputs
            states.append(after)
        return self.dropout(vectors), _stack(states)

    def _skips(self, number: int) -> bool:
        return self.skip_connections and number > 0


class Elmo(nn.Module):
    """SeqVec's bidirectional language model.

    Both directions share the token vectors and the softmax, and nothing else.

    Args:
        config: its sizes and options.
        with_softmax: whether it has the softmax that predicts the next token; encoding
            needs none, and published weights have none (`softmax` is None then).
    """

    softmax_rows: Tensor

    def __init__(self, config: ElmoConfig, with_softmax: bool = True) -> None:
        super().__init__()
        self.config = config
        self.characters = CharacterCnn(config)
        stacks = nn.ModuleList(LstmStack(config) for _ in range(DIRECTIONS))
        self.stacks = cast("Sequence[LstmStack]", stacks)
        words = config.vocabulary
        softmax = nn.Linear(config.projection, len(words))
        self.softmax = softmax if with_softmax else None
        rows = torch.tensor([words.index(token) for token in TOKENS])
        self.register_buffer("softmax_rows", rows, persistent=False)
        if self.softmax is not None:
            nn.init.normal_(self.softmax.weight, std=config.projection**-0.5)
            nn.init.zeros_(self.softmax.bias)

    def zero_state(self, batch: int) -> State:
        """The state before anything was read, (2, layers, batch, ...)."""
        lead = (DIRECTIONS, self.config.layers, batch)
        weights = self.characters.embedding
        return State(
            weights.new_zeros(*lead, self.config.projection),
            weights.new_zeros(*lead, self.config.lstm_dim),
        )

    def forward(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Scores of the next token at every position of one window of token streams.

        Args:
            tokens: int64 (2, batch, steps): the forward stream (`<S>`, x1 … xn of each
                protein) and the backward stream (`</S>`, xn … x1), each in its own
                reading order.
            state: (2, layers, batch, ...) after the window before.

        Returns:
            Scores (2, batch, steps, 28), their classes in the order of
            `config.vocabulary`, so that the target of a token is
            `softmax_rows[token]`; and the state after this window, through which no
            gradient flows.

        Raises:
            ProtlangError: if the model has no softmax.
        """
        if self.softmax is None:
            raise ProtlangError(
                "this encoder has no softmax, so it can embed proteins but neither "
                "predict tokens nor be trained further; a pair of options.json and "
                "weights.hdf5 never holds one: load model.safetensors instead"
            )
        softmax = self.softmax
        scores, state = self.read(tokens, state, lambda outputs, _: softmax(outputs))
        return torch.stack(scores), state

    def outputs(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """As `forward`, but the softmax's inputs, (2, batch, steps, projection)."""
        outputs, state = self.read(tokens, state, lambda outputs, _: outputs)
        return torch.stack(outputs), state

    def read(
        self, tokens: Tensor, state: State, use: Use
    ) -> tuple[list[Tensor], State]:
        """Read one window in both directions, side by side if there are two threads.

        Args:
            tokens: as for `forward`.
            state: as for `forward`.
            use: makes of the softmax's inputs of a direction (batch, steps,
                projection), and of the number of the direction, what is wanted. It may
                use the softmax.

        Returns:
            What is wanted of each direction, and the state after this window.
        """

        def one(direction: int, table: Tensor) -> tuple[Tensor, ...]:
            vectors = embedding(tokens[direction].t(), table)  # (steps, batch, ...)
            before = State(*(part[direction] for part in state))
            outputs, after = self.stacks[direction](vectors, before)
            wanted = use(outputs.transpose(0, 1), direction)
            return wanted, *(part.detach() for part in after)

        last = [] if self.softmax is None else [*self.softmax.parameters()]
        for stack in self.stacks:
            stack.dropout.reseed(tokens.device)
        wanted, *after = zip(
            *side_by_side(
                [partial(one, direction) for direction in range(DIRECTIONS)],
                self.characters(),
                [[*stack.parameters(), *last] for stack in self.stacks],
            ),
            strict=True,
        )
        return list(wanted), State(*map(torch.stack, after))


def _stack(states: Sequence[State]) -> State:
    """States of several layers or directions as one with a leading axis."""
    return State(*(torch.stack(parts) for parts in zip(*states, strict=True)))


def _require(holds: bool, option: str, value: object, wanted: str) -> None:
    if not holds:
        raise ProtlangError(
            f"the model's option {option} is {value!r}; it has to be {wanted}"
        )
