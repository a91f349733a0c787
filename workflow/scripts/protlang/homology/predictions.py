"""Predictions of networks for fixed pairs of domains, stored pair by pair.

A siamese encoder reads every domain once, however many pairs it is in. A pair's
score does not depend on the other pairs but for rounding in the last digits, as sums of
single precision are ordered by the size of a batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from protlang.encoders.masking import sequence_tokens, unmasked
from protlang.homology.domains import LEVELS
from protlang.homology.network import DomainPairs, HomologyNetwork
from protlang.homology.pairs import FixedPairs
from protlang.models.plus_tfm import MARKS
from protlang.models.soft_alignment import PaddedVectors, align, expected_level
from protlang.parquet import read_table, write_table

MAX_RESIDUES = 2**22
"""Vectors z of so many residues are held in memory: 1.6 GiB."""

MAX_CELLS = 2**24
"""Pairs that are read as one sequence are taken together as long as the squares of the
longest one's tokens do not exceed that: 64 pairs of 512."""

_PROBABILITIES = tuple(f"probability_{name}" for name in LEVELS)
_COLUMNS = (
    *("id_a", "id_b", "level", "score"),
    *_PROBABILITIES,
    *("length_a", "length_b"),
)


@dataclass(frozen=True)
class LevelPredictions:
    """Levels of pairs, and what was predicted of them.

    Attributes:
        ids: of both domains of each pair.
        levels: the truth, 0 to 4, int64 (pairs,).
        scores: expected levels, 0 to 4, float32 (pairs,).
        probabilities: of the five levels, float32 (pairs, 5).
        lengths: residues of both domains, int64 (pairs, 2).
        provenance: by what and of what.
    """

    ids: list[tuple[str, str]]
    levels: np.ndarray
    scores: np.ndarray
    probabilities: np.ndarray
    lengths: np.ndarray
    provenance: dict[str, Any]


@dataclass(frozen=True)
class SoftAlignment:
    """How a network aligns two domains (PLUS, Figure 4).

    Attributes:
        weights: omega, float32 (first residues, second residues).
        closeness: negative distances s, likewise.
        score: expected level, 0 to 4.
    """

    weights: np.ndarray
    closeness: np.ndarray
    score: float


@torch.inference_mode()
def level_logits(network: HomologyNetwork, pairs: FixedPairs, batch: int) -> Tensor:
    """Logits of pairs' levels, as of `PairOutputs`, on the CPU.

    Args:
        network: in evaluation mode.
        pairs: to predict, unmasked.
        batch: domains or pairs read at once, at most.
    """
    if network.start.joint:
        return _joint_logits(network, pairs, batch)
    blocks = _blocks(pairs.ids, pairs.sequences)
    return torch.cat([_aligned_logits(network, pairs, part, batch) for part in blocks])


def predict_levels(
    network: HomologyNetwork,
    pairs: FixedPairs,
    batch: int,
    provenance: Mapping[str, Any],
) -> LevelPredictions:
    """Predict the levels of pairs.

    Args:
        network: in evaluation mode.
        pairs: to predict.
        batch: domains or pairs read at once, at most.
        provenance: of the network; that of the pairs is put beside it, under `pairs`.
    """
    probabilities = network.probabilities(level_logits(network, pairs, batch))
    return LevelPredictions(
        pairs.ids,
        pairs.levels,
        expected_level(probabilities).numpy(),
        probabilities.numpy(),
        np.array([(len(one), len(other)) for one, other in pairs.sequences]),
        {**provenance, "pairs": pairs.provenance},
    )


def write_predictions(path: Path | str, predictions: LevelPredictions) -> None:
    """Write as Parquet, atomically; equal input, equal bytes.

    The columns are `id_a, id_b, level, score, probability_none` to
    `probability_family`, `length_a, length_b`.
    """
    columns = zip(
        _COLUMNS,
        (
            *zip(*predictions.ids, strict=True),
            predictions.levels,
            predictions.scores,
            *predictions.probabilities.T,
            *predictions.lengths.T,
        ),
        strict=True,
    )
    write_table(path, dict(columns), predictions.provenance)


def read_predictions(path: Path | str) -> LevelPredictions:
    """Read what `write_predictions` wrote.

    Raises:
        ProtlangError: if the file is missing or is not such a file.
    """
    table, provenance = read_table(path, _COLUMNS)
    columns = table.to_pydict()
    return LevelPredictions(
        list(zip(columns["id_a"], columns["id_b"], strict=True)),
        np.array(columns["level"], dtype=np.int64),
        np.array(columns["score"], dtype=np.float32),
        np.array([columns[name] for name in _PROBABILITIES], dtype=np.float32).T,
        np.array([columns["length_a"], columns["length_b"]]).T,
        provenance,
    )


@torch.inference_mode()
def soft_alignment(
    network: HomologyNetwork, ids: tuple[str, str], sequences: tuple[str, str]
) -> SoftAlignment:
    """How a network aligns two domains.

    Args:
        network: in evaluation mode.
        ids: of the domains.
        sequences: letters of `RESIDUES`.
    """
    first, second = (
        network.encode([name], [unmasked(sequence_tokens(sequence))])
        for name, sequence in zip(ids, sequences, strict=True)
    )
    found = align(first, second)
    probabilities = network.probabilities(network.compare(first, second))
    return SoftAlignment(
        found.weights[0].cpu().numpy(),
        found.closeness[0].cpu().numpy(),
        float(expected_level(probabilities)),
    )


def _joint_logits(network: HomologyNetwork, pairs: FixedPairs, batch: int) -> Tensor:
    tokens = [
        network.start.shorten(sequence_tokens(one), sequence_tokens(other))
        for one, other in pairs.sequences
    ]
    parts = list(_batches([len(a) + len(b) + MARKS for a, b in tokens], batch))
    logits = []
    for part in parts:
        first, second = zip(*(tokens[place] for place in part), strict=True)
        chosen = DomainPairs(
            [pairs.ids[place] for place in part],
            list(map(unmasked, first)),
            list(map(unmasked, second)),
        )
        found = network.read(chosen, False, True).logits
        assert found is not None
        logits.append(found.cpu())
    order = torch.tensor([place for part in parts for place in part])
    return torch.cat(logits)[order.argsort()]


def _batches(lengths: Sequence[int], batch: int) -> Iterator[list[int]]:
    """Places of pairs that are read together, of like length."""
    part: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        too_large = (len(part) + 1) * lengths[place] ** 2 > MAX_CELLS
        if part and (too_large or len(part) == batch):
            yield part
            part = []
        part.append(place)
    yield part


def _blocks(
    ids: Sequence[tuple[str, str]], sequences: Sequence[tuple[str, str]]
) -> Iterator[range]:
    """Runs of pairs whose domains have at most `MAX_RESIDUES` residues."""
    seen: set[str] = set()
    start = residues = 0
    for place, pair in enumerate(ids):
        lengths = dict(zip(pair, map(len, sequences[place]), strict=True))
        added = sum(n for name, n in lengths.items() if name not in seen)
        if seen and residues + added > MAX_RESIDUES:
            yield range(start, place)
            start, residues, added = place, 0, sum(lengths.values())
            seen.clear()
        seen.update(pair)
        residues += added
    yield range(start, len(ids))


def _aligned_logits(
    network: HomologyNetwork, pairs: FixedPairs, block: range, batch: int
) -> Tensor:
    sequences = {
        name: sequence
        for place in block
        for name, sequence in zip(pairs.ids[place], pairs.sequences[place], strict=True)
    }
    vectors = _encode(network, sequences, batch)
    device = network.device
    logits = []
    for start in range(block.start, block.stop, batch):
        part = pairs.ids[start : min(start + batch, block.stop)]
        first, second = (
            _padded([vectors[name] for name in names], device)
            for names in zip(*part, strict=True)
        )
        logits.append(network.compare(first, second).cpu())
    return torch.cat(logits)


def _encode(
    network: HomologyNetwork, sequences: Mapping[str, str], batch: int
) -> dict[str, Tensor]:
    """Vectors z of domains, each (length, dim), on the CPU."""
    names = sorted(sequences, key=lambda name: (len(sequences[name]), name))
    vectors = {}
    for start in range(0, len(names), batch):
        part = names[start : start + batch]
        domains = [unmasked(sequence_tokens(sequences[name])) for name in part]
        z, lengths = network.encode(part, domains)
        z = z.float().cpu()
        for name, own, length in zip(part, z, lengths.tolist(), strict=True):
            vectors[name] = own[:length].clone()
    return vectors


def _padded(vectors: Sequence[Tensor], device: torch.device) -> PaddedVectors:
    lengths = torch.tensor([len(own) for own in vectors])
    return PaddedVectors(
        pad_sequence(list(vectors), batch_first=True).to(device), lengths
    )
