"""Pre-training SeqVec's ELMo on streams of proteins.

Source: SeqVec, Methods, "ELMo adaptation"; bilm-tf's training procedure.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from protlang.corpora.streams import TokenStreams
from protlang.models.elmo import BEGIN, END, Elmo
from protlang.models.projected_lstm import State
from protlang.models.sampled_softmax import draw_negatives, sampled_softmax_loss
from protlang.training.loop import Batch

_IGNORED = -100


@dataclass(frozen=True)
class ElmoTraining:
    """How an ELMo is trained; the defaults are SeqVec's.

    Attributes:
        rows: streams per process and batch.
        unroll: steps per batch, through which gradients flow.
        optimizer: `adagrad` as in the paper (accumulators start at 1, no epsilon), or
            `adam`.
        learning_rate: constant.
        softmax: `full` over all 28 words, or `sampled` as in the paper.
        negatives: words drawn per update and direction if sampled.
        precision: `bfloat16` autocast on GPUs; the CPU always computes in `float32`.
    """

    rows: int = 48
    unroll: int = 100
    optimizer: Literal["adagrad", "adam"] = "adagrad"
    learning_rate: float = 0.2
    softmax: Literal["full", "sampled"] = "full"
    negatives: int = 20
    precision: Literal["float32", "bfloat16"] = "bfloat16"


class ElmoTask:
    """An ELMo that reads token streams: the task that the training loop runs.

    Args:
        network: with its softmax, on the device that computes.
        streams: this process's rows.
        name: identifier of a protein given its index, for error messages.
        settings: how it is trained.
    """

    def __init__(
        self,
        network: Elmo,
        streams: TokenStreams,
        name: Callable[[int], str],
        settings: ElmoTraining,
    ) -> None:
        self._network = network
        self._streams = streams
        self._name = name
        self._settings = settings
        self._carried = network.zero_state(settings.rows)

    @property
    def network(self) -> Elmo:
        """What learns."""
        return self._network

    def next_batch(self) -> Batch:
        """Read one window of every row in both directions.

        The loss is the mean of both directions' mean cross-entropies. It is multiplied
        by the number of steps before it is differentiated, as in bilm-tf, so that the
        limit on the gradients' norm means the same.
        """
        window = self._streams.next_window(self._settings.unroll)
        device = self._carried.hidden.device
        inputs = torch.from_numpy(window.inputs).to(device)
        targets = self.network.softmax_rows[torch.from_numpy(window.targets).to(device)]
        bfloat16 = device.type == "cuda" and self._settings.precision == "bfloat16"
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            loss = self._loss(inputs, targets)
        values = {"loss": loss.detach()}
        return Batch(loss * self._settings.unroll, values, targets.numel())

    def describe_batch(self) -> str:
        """The proteins that the rows stand in."""
        names = dict.fromkeys(self._name(i) for i in self._streams.current_proteins())
        return ", ".join(names)

    def summarise(self, means: Mapping[str, float]) -> dict[str, float]:
        """The mean cross-entropy per token, in nats, and its perplexity."""
        return {"loss": means["loss"], "perplexity": math.exp(means["loss"])}

    def state(self) -> dict[str, Any]:
        """Position in the streams, and what the LSTM carries on."""
        return {
            "position": torch.from_numpy(self._streams.position.copy()),
            "carried": list(self._carried),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` returned."""
        self._streams.position[:] = state["position"].numpy()
        device = self._carried.hidden.device
        self._carried = State(*(part.to(device) for part in state["carried"]))

    def _loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        if self._settings.softmax == "full":
            scores, self._carried = self.network(inputs, self._carried)
            return cross_entropy(scores.flatten(0, 2).float(), targets.flatten())
        outputs, self._carried = self.network.outputs(inputs, self._carried)
        losses = [
            self._sampled_loss(*pair) for pair in zip(outputs, targets, strict=True)
        ]
        return torch.stack(losses).mean()

    def _sampled_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Of one direction: outputs (rows, steps, dimension), targets (rows, steps)."""
        softmax = self.network.softmax
        assert softmax is not None
        negatives = draw_negatives(self._settings.negatives, softmax.out_features)
        return sampled_softmax_loss(
            outputs.flatten(0, 1).float(),
            targets.flatten(),
            softmax.weight,
            softmax.bias,
            negatives,
        )


def make_optimizer(network: Elmo, settings: ElmoTraining) -> torch.optim.Optimizer:
    """The optimizer that the settings name."""
    parameters = network.parameters()
    if settings.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=settings.learning_rate)
    return torch.optim.Adagrad(
        parameters,
        lr=settings.learning_rate,
        initial_accumulator_value=1.0,
        eps=0.0,
    )


@torch.no_grad()
def held_out_perplexity(
    network: Elmo, proteins: Sequence[np.ndarray], rows: int, steps: int = 100
) -> float:
    """Perplexity per token of proteins that were not trained on.

    The full softmax without dropout, both directions averaged, over every residue and
    both ends of each protein. Proteins are read end to end as in training.

    Args:
        network: with its softmax.
        proteins: residue tokens of each.
        rows: how many streams they are dealt to.
        steps: read at a time.
    """
    was_training = network.training
    network.eval()
    state = network.zero_state(rows)
    total = torch.zeros((), dtype=torch.float64)
    tokens = 0
    for inputs, targets in _windows(proteins, rows, steps):
        device = state.hidden.device
        scores, state = network(inputs.to(device), state)
        known = targets != _IGNORED
        classes = network.softmax_rows.cpu()[targets.clamp(min=0)]
        loss = cross_entropy(
            scores.flatten(0, 2).float(),
            classes.masked_fill(~known, _IGNORED).flatten().to(device),
            ignore_index=_IGNORED,
            reduction="sum",
        )
        total += loss.double().cpu()
        tokens += int(known.sum())
    network.train(was_training)
    return math.exp(float(total) / tokens)


def _windows(
    proteins: Sequence[np.ndarray], rows: int, steps: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Windows (2, rows, steps) over one pass; rows that have ended are ignored."""
    pairs = [
        [
            _laid_end_to_end(islice(proteins, row, None, rows), backward)
            for row in range(rows)
        ]
        for backward in (False, True)
    ]
    longest = max(len(inputs) for direction in pairs for inputs, _ in direction)
    for start in range(0, longest, steps):
        window = torch.full((2, 2, rows, steps), _IGNORED)
        window[0] = BEGIN
        for direction, of_rows in enumerate(pairs):
            for row, (inputs, targets) in enumerate(of_rows):
                piece = slice(start, start + steps)
                count = len(inputs[piece])
                window[0, direction, row, :count] = torch.from_numpy(inputs[piece])
                window[1, direction, row, :count] = torch.from_numpy(targets[piece])
        yield window[0], window[1]


def _laid_end_to_end(
    proteins: Iterator[np.ndarray], backward: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets of proteins in one row."""
    first, last = (END, BEGIN) if backward else (BEGIN, END)
    inputs, targets = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for tokens in proteins:
        residues = tokens[::-1] if backward else tokens
        inputs.append(np.concatenate(([first], residues)).astype(np.int64))
        targets.append(np.concatenate((residues, [last])).astype(np.int64))
    return np.concatenate(inputs), np.concatenate(targets)
