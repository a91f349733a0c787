"""SeqVec's language model for embedding: its vectors of whole proteins, fast.

There are 27 words, so the outputs of the character network and the contributions of the
first layer's inputs to its gates are tables of 27 rows. Inputs of later layers are
multiplied for many tokens at once. Rows are sorted by length, and a protein that is
finished leaves the batch.

A protein's vectors have the same bits whatever its batch, its place in it and the
number of threads. Wherever that could be lost, a comment explains how it is preserved.

Sources: SeqVec, Methods, "ELMo adaptation"; bilm-tf; AllenNLP v0.9.0 for the states.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from functools import cached_property, partial

import torch
from torch import Tensor

from protlang.alphabet import AMINO_ACIDS
from protlang.models.elmo import DIRECTIONS, Elmo, residue_tokens
from protlang.models.inference_layer import InferenceLayer
from protlang.models.packed_proteins import PackedProteins, packed_groups
from protlang.models.products import kernel_for
from protlang.models.projected_lstm import State

_WARMING_STRIDES = (1, 3, 7, 9, 11)
WARMING_SEQUENCE = "".join(
    AMINO_ACIDS[stride * place % len(AMINO_ACIDS)]
    for stride in _WARMING_STRIDES
    for place in range(len(AMINO_ACIDS))
)
"""A synthetic protein: five times all 20 amino acids, in strides of 1, 3, 7, 9 and 11
through the alphabet of their letters."""
WARMING_PASSES = 4

_SHARED_ROWS = 32
"""Proteins up to which all threads read in one direction, then in the other."""


class ElmoInference:
    """SeqVec's language model with all that encoding can compute beforehand.

    It holds a copy of the LSTM weights as they are now. There is no dropout.

    Args:
        model: on the device where it is to run.
        precision: of matrix products, float32, float64 or bfloat16. States and results
            are float32, with float64 products float64.

    Attributes:
        config: the model's.
        kernel: the name of the way in which matrix products are computed, see
            `kernel_for`.
    """

    def __init__(self, model: Elmo, precision: torch.dtype = torch.float32) -> None:
        self.config = model.config
        self._device = model.characters.embedding.device
        self._dtype = torch.float64 if precision == torch.float64 else torch.float32
        kernel = kernel_for(self._device, precision)
        self.kernel = kernel.name
        self._row_multiple = kernel.rows
        # 27 rows are no multiple of 4, so the sums could depend on the threads.
        with torch.no_grad(), _threads(1):
            self._vectors = deepcopy(model.characters).to(self._dtype)()
            self._stacks = [
                [InferenceLayer(layer, kernel, self._dtype) for layer in stack.layers]
                for stack in model.stacks
            ]
            self._lookups = [
                stack[0].input_products(self._vectors) for stack in self._stacks
            ]

    def zero_state(self, batch: int = 1) -> State:
        """The state before anything was read, (2, layers, batch, ...)."""
        config = self.config
        lead = (DIRECTIONS, config.layers, batch)
        new = partial(torch.zeros, dtype=self._dtype, device=self._device)
        return State(new(*lead, config.projection), new(*lead, config.lstm_dim))

    def warm_state(self) -> State:
        """What to start every protein with, (2, layers, 1, ...).

        It is the state after `WARMING_PASSES` passes over `WARMING_SEQUENCE` from zero,
        computed once. A model trained on a stream of proteins expects a protein to
        follow another one; AllenNLP's users warm its states up likewise.
        """
        return State(*(part.clone() for part in self._warm))

    @cached_property
    def _warm(self) -> State:
        protein, state = residue_tokens(WARMING_SEQUENCE), self.zero_state()
        for _ in range(WARMING_PASSES):
            _, state = self.encode([protein], state)
        return state

    def encode(
        self, proteins: Sequence[Tensor], start: State | None = None
    ) -> tuple[list[Tensor], State]:
        """All layers' vectors of every residue of whole proteins.

        `<S>` and `</S>` are put around each protein; the backward direction reads each
        protein from its own end.

        Args:
            proteins: residue tokens, integers (length) each.
            start: state before the first token, (2, layers, 1 or batch, ...); zero if
                none is given.

        Returns:
            By protein, (1 + layers, length, 2 projection): layer 0 is the token's
            vector twice, the others hold forward and backward outputs side by side. And
            the state after the last token (`</S>` forward, `<S>` backward), (2, layers,
            batch, ...).
        """
        shape = 1 + self.config.layers, -1, DIRECTIONS * self.config.projection
        found = [layer.expand(shape).clone() for layer in self._first_layers(proteins)]

        def keep(protein: int, layer: int, half: slice, outputs: Tensor) -> None:
            found[protein][layer, :, half] = outputs

        state = self._read(proteins, start, keep)
        return found, state

    def encode_sum(
        self, proteins: Sequence[Tensor], start: State | None = None
    ) -> list[Tensor]:
        """SeqVec's vectors of every residue: the sum of all layers, in their order.

        It never holds all layers. Arguments are those of `encode`.

        Returns:
            By protein, (length, 2 projection).
        """
        found = self._first_layers(proteins)

        def add(protein: int, _: int, half: slice, outputs: Tensor) -> None:
            found[protein][:, half] += outputs

        self._read(proteins, start, add)
        return found

    def _first_layers(self, proteins: Sequence[Tensor]) -> list[Tensor]:
        """Layer 0 of each protein, (length, 2 projection)."""
        twice = self._vectors.repeat(1, DIRECTIONS)
        return [twice[protein.to(self._device).long()] for protein in proteins]

    def _read(
        self,
        proteins: Sequence[Tensor],
        start: State | None,
        give: Callable[[int, int, slice, Tensor], None],
    ) -> State:
        """Read proteins in both directions at once, and return their end states.

        Args:
            proteins: residue tokens.
            start: as for `encode`.
            give: is called with the number of a protein, that of a layer, the columns
                of a direction and outputs (length, projection).
        """
        batches = packed_groups(proteins, self._device)
        start = self.zero_state() if start is None else start
        lead = (-1, -1, len(proteins), -1)
        before = State(*(part.to(self._vectors).expand(lead) for part in start))
        after = State(*(torch.empty_like(part) for part in before))
        size = self.config.projection

        def read(direction: int) -> None:
            half = slice(direction * size, (direction + 1) * size)
            end = State(*(part[direction] for part in after))
            for batch in batches:
                own = State(*(part[direction][:, batch.order] for part in before))
                for layer, stream in enumerate(
                    self._layers(direction, batch, own, end), start=1
                ):
                    for row, number in enumerate(batch.order):
                        places = batch.places(row, backward=direction == 1)
                        give(number, layer, half, stream[places])

        self._in_both_directions(read, len(proteins))
        return after

    def _in_both_directions(self, read: Callable[[int], None], rows: int) -> None:
        """Call once per direction: with all threads in turn, or with half of them each.

        Products of few rows are bound by reading the weights, those of one direction
        more likely stay in the processor's cache. With many rows, two threads that
        never wait for each other lose less than two that share every operation.
        """
        threads = torch.get_num_threads()
        if self._device.type != "cpu" or threads == 1 or rows <= _SHARED_ROWS:
            for direction in range(DIRECTIONS):
                read(direction)
            return
        share = (threads // DIRECTIONS,)
        try:
            with ThreadPoolExecutor(
                DIRECTIONS, "", torch.set_num_threads, share
            ) as pool:
                list(pool.map(read, range(DIRECTIONS)))
        finally:
            torch.set_num_threads(threads)

    def _layers(
        self, direction: int, batch: PackedProteins, before: State, after: State
    ) -> Iterator[Tensor]:
        """The outputs of one layer after the other.

        Args:
            direction: 0 for forward, 1 for backward.
            batch: what to read.
            before: start states by row, (layers, rows, ...).
            after: is filled with end states by protein, (layers, proteins, ...).

        Yields:
            Packed outputs (tokens, projection), always the same tensor.
        """
        tokens = batch.tokens[direction]
        stream = self._vectors.new_empty(len(tokens), self.config.projection)
        for number, layer in enumerate(self._stacks[direction]):
            state = layer.held(State(*(part[number] for part in before)))
            end = State(*(part[number] for part in after))
            for steps in batch.windows():
                window = slice(batch.offsets[steps.start], batch.offsets[steps.stop])
                if number == 0:
                    inputs = self._lookups[direction].index_select(0, tokens[window])
                else:
                    inputs = layer.input_products(stream[window])
                skips = self.config.skip_connections and number > 0
                outputs = self._scan(layer, batch, steps, inputs, state, end)
                for place, output in outputs:
                    stream[place] = output + stream[place] if skips else output
            yield stream

    def _scan(
        self,
        layer: InferenceLayer,
        batch: PackedProteins,
        steps: range,
        inputs: Tensor,
        state: State,
        end: State,
    ) -> Iterator[tuple[slice, Tensor]]:
        """Run the recurrence over a window of steps.

        Args:
            layer: its weights.
            batch: what is read.
            steps: of the batch.
            inputs: products of the inputs of these steps, (tokens, 4 dim).
            state: before the window, by row; afterwards what it is behind it.
            end: where states of proteins that end here are put, by protein.

        Yields:
            The place of each step's tokens and their outputs (tokens, projection).
        """
        squashed = torch.empty_like(state.cell)
        first = batch.offsets[steps.start]
        for step in steps:
            active = batch.active[step]
            place = slice(batch.offsets[step], batch.offsets[step + 1])
            rows = slice(active + -active % self._row_multiple)
            now = State(*(part[rows] for part in state))
            here = inputs[place.start - first : place.stop - first]
            layer.step(here, now, squashed[rows])
            yield place, now.hidden[:active]
            following = batch.active[step + 1] if step + 1 < len(batch.active) else 0
            if following < active:
                ended = slice(following, active)
                last = layer.given(State(*(part[ended] for part in now)))
                for part, own in zip(end, last, strict=True):
                    part[batch.order[ended]] = own


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """Limit PyTorch's threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
