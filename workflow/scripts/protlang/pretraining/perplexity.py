"""Perplexities per token of an ELMo, in the three ways that its loss can be averaged.

SeqVec reports one number, about 10.5. It held no protein out, and what bilm-tf prints
while it trains is of training proteins, with dropout on, from the sampled softmax; so
that is the number to compare. The sampled softmax underestimates the full one, which is
measured on the same windows; that of proteins that were held out has neither dropout
nor sampling.

Source: bilm-tf, bilm/training.py; SeqVec, Results, "Modeling protein sequences".
"""

import json
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from protlang.alphabet import RESIDUES
from protlang.corpora.markov import markov_perplexity
from protlang.corpora.streams import TokenStreams
from protlang.corpora.token_store import TokenStore
from protlang.encoders.elmo import LISTS_WORDS
from protlang.encoders.provenance import trained_on
from protlang.encoders.registry import load_elmo
from protlang.files import write_text
from protlang.models.elmo import BEGIN, END, TOKENS, Elmo
from protlang.models.sampled_softmax import draw_negatives, sampled_softmax_loss

logger = logging.getLogger(__name__)

SAMPLED, FULL = "training_perplexity_sampled", "training_perplexity_full"
HELD_OUT = "held_out_perplexity"
"""Keys of `summary.json`."""

_MARKOV_ORDERS = (0, 1, 2)

_WINDOWS = 50
"""Of training proteins that are read; at SeqVec's size 240,000 tokens per direction."""

_IGNORED = -100


@dataclass(frozen=True)
class Reading:
    """How an ELMo reads proteins when it is trained; the defaults are SeqVec's.

    Attributes:
        rows: streams that are read side by side.
        steps: tokens of each that are read at a time.
        negatives: words drawn per window and direction for the sampled softmax.
    """

    rows: int = 48
    steps: int = 100
    negatives: int = 20

    @classmethod
    def recorded(cls, training: Mapping[str, Any]) -> "Reading":
        """That of a training, by the record of its encoder in bilm-tf's words."""
        names = {
            "rows": "batch_size",
            "steps": "unroll_steps",
            "negatives": "n_negative_samples_batch",
        }
        return cls(
            **{own: training[name] for own, name in names.items() if name in training}
        )


def write_summary(
    encoder: Path, store: TokenStore, device: torch.device, seed: int
) -> None:
    """Measure an ELMo that has its softmax on the proteins of a corpus.

    Writes `summary.json`: updates, if known; the corpus; perplexities per token of
    training proteins and, if proteins were held out, of those, beside Markov models.

    Args:
        encoder: its folder.
        store: the corpus that it was trained on or, if its weights are published, any.
        device: that computes.
        seed: of dropout, drawn words and the order of the training proteins.

    Raises:
        ProtlangError: if the encoder is no ELMo, or has no softmax.
    """
    trained = load_elmo(encoder)
    network = trained.network.to(device)
    reading = Reading.recorded(trained.training)
    words_are_known = trained.training.get(LISTS_WORDS, True)
    if not words_are_known:
        network.softmax_rows = likeliest_rows(network, _measured(store), reading)
    summary = {
        "updates": trained.training.get("updates"),
        "words_fitted": not words_are_known,
        "measured_on": trained_on(store.folder.name, store.meta),
        **training_perplexities(network, store, reading, seed),
        **_held_out_perplexities(network, store, reading),
    }
    logger.info("perplexities: %s", summary)
    write_text(encoder / "summary.json", json.dumps(summary, indent=2) + "\n")


@torch.no_grad()
def training_perplexities(
    network: Elmo,
    store: TokenStore,
    reading: Reading,
    seed: int,
    windows: int = _WINDOWS,
) -> dict[str, float]:
    """Of proteins to train on, as in training: dropout on, states carried.

    Both directions and all windows are averaged; a first window, which starts from
    empty states, does not count.

    Args:
        network: with its softmax.
        store: the corpus.
        reading: of the training.
        seed: of dropout, drawn words and the order of the proteins.
        windows: that count.

    Returns:
        `SAMPLED` and `FULL`, of the same outputs.
    """
    indices = store.training_indices()
    rows = min(reading.rows, len(indices))
    streams = TokenStreams(store, indices, (BEGIN, END), range(rows), rows, seed)
    was_training, state = network.training, network.zero_state(rows)
    network.train()
    losses = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for _ in range(1 + windows):
            window = streams.next_window(reading.steps)
            both = _Losses(network, window.targets, reading.negatives)
            inputs = torch.from_numpy(window.inputs).to(state.hidden.device)
            found, state = network.read(inputs, state, both)
            losses.append(torch.stack(found).mean(dim=0).double().cpu())
    network.train(was_training)
    sampled, full = torch.stack(losses[1:]).mean(dim=0).tolist()
    return {SAMPLED: math.exp(sampled), FULL: math.exp(full)}


class _Losses:
    """The sampled and the full loss of a window's outputs, given the direction."""

    def __init__(self, network: Elmo, targets: np.ndarray, negatives: int) -> None:
        assert network.softmax is not None
        self._softmax = network.softmax
        self._rows = network.softmax_rows[
            torch.from_numpy(targets).to(_device(network))
        ]
        words = len(network.config.vocabulary)
        count = min(negatives, words)
        self._drawn = [draw_negatives(count, words) for _ in targets]

    def __call__(self, outputs: Tensor, direction: int) -> Tensor:
        vectors, rows = outputs.flatten(0, 1).float(), self._rows[direction].flatten()
        weights = self._softmax.weight, self._softmax.bias
        drawn = self._drawn[direction]
        sampled = sampled_softmax_loss(vectors, rows, *weights, drawn)
        return torch.stack([sampled, cross_entropy(self._softmax(vectors), rows)])


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
    total = torch.zeros((), dtype=torch.float64)
    tokens = 0
    for scores, targets in _scored(network, proteins, rows, steps):
        known = targets != _IGNORED
        classes = network.softmax_rows.cpu()[targets.clamp(min=0)]
        loss = cross_entropy(
            scores.flatten(0, 2).float(),
            classes.masked_fill(~known, _IGNORED).flatten().to(scores.device),
            ignore_index=_IGNORED,
            reduction="sum",
        )
        total += loss.double().cpu()
        tokens += int(known.sum())
    return math.exp(float(total) / tokens)


@torch.no_grad()
def likeliest_rows(
    network: Elmo, proteins: Sequence[np.ndarray], reading: Reading
) -> Tensor:
    """The row of the softmax that stands for each token, where no list has it.

    What the softmax divides by is the same whatever the order of its rows, so the order
    that makes proteins likeliest is an assignment of rows to tokens. With 25 letters
    and thousands of residues there is no doubt about it but for letters that are rare.

    Args:
        network: with its softmax.
        proteins: residue tokens of each.
        reading: of the training.

    Returns:
        int64 (27), as `softmax_rows` of the network.
    """
    # Hardly any training needs it, and it takes long to import.
    from scipy.optimize import linear_sum_assignment

    sums = torch.zeros(len(TOKENS), len(network.config.vocabulary)).double()
    rows = min(reading.rows, len(proteins))
    for scores, targets in _scored(network, proteins, rows, reading.steps):
        known = targets != _IGNORED
        sums.index_add_(0, targets[known], scores.cpu().double()[known])
    tokens, likeliest = linear_sum_assignment(sums.numpy(), maximize=True)
    assert (tokens == np.arange(len(TOKENS))).all()
    return torch.from_numpy(likeliest).to(_device(network))


def _scored(
    network: Elmo, proteins: Sequence[np.ndarray], rows: int, steps: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Scores (2, rows, steps, words), without dropout, and targets of each window."""
    was_training, state = network.training, network.zero_state(rows)
    network.eval()
    for inputs, targets in _windows(proteins, rows, steps):
        scores, state = network(inputs.to(state.hidden.device), state)
        yield scores, targets
    network.train(was_training)


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


def _held_out_perplexities(
    network: Elmo, store: TokenStore, reading: Reading
) -> dict[str, float]:
    """Held-out perplexity per token of the network and of Markov models."""
    held_out = store.held_out_indices()
    if len(held_out) == 0:
        return {}
    proteins = _proteins(store, held_out)
    rows = min(reading.rows, len(proteins))
    training = store.training_indices()
    markov = {
        f"{HELD_OUT}_markov_{order}": markov_perplexity(
            (store[int(index)] for index in training), proteins, order, len(RESIDUES)
        )
        for order in _MARKOV_ORDERS
    }
    return {HELD_OUT: held_out_perplexity(network, proteins, rows), **markov}


def _measured(store: TokenStore) -> list[np.ndarray]:
    """Proteins that were held out, or some others if none was."""
    held_out = store.held_out_indices()
    return _proteins(store, held_out if len(held_out) else range(min(1000, len(store))))


def _proteins(
    store: TokenStore, indices: Sequence[int] | np.ndarray
) -> list[np.ndarray]:
    return [store[int(index)] for index in indices]


def _device(network: Elmo) -> torch.device:
    return network.characters.embedding.device
