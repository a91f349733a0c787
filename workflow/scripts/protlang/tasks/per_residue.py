"""SeqVec's per-residue task: secondary structure (Q3, Q8) and disorder.

Source: SeqVec, Methods, "Per-residue predictor"; Table 1.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from protlang.evaluation.predictions import Prediction
from protlang.models.per_residue_cnn import HEADS, WINDOW, PerResidueNetwork
from protlang.proteins import Protein
from protlang.tasks.features import encode
from protlang.training.determinism import make_deterministic
from protlang.training.epochs import Epoch, fit

_IGNORED = -100
_GAP = WINDOW // 2


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained (SeqVec, Methods; values not printed there: config).

    Attributes:
        learning_rate: of Adam in its AMSGrad form.
        batch_proteins: proteins per update.
        max_epochs: epochs at most.
        patience: epochs without improvement on the held-out proteins.
        threads: of PyTorch; part of what determines the result.
    """

    learning_rate: float = 0.001
    batch_proteins: int = 128
    max_epochs: int = 200
    patience: int = 10
    threads: int = 1


class PackedBatch(NamedTuple):
    """Proteins laid end to end in one row, with gaps that no window crosses.

    A gap of 3 positions is as wide as a window reaches, and the network zeroes it at
    both layers, so proteins cannot see each other and no position is wasted on padding
    to a common length.

    Attributes:
        features: (1, positions, channels), zero in the gaps.
        present: bool (1, positions), false in the gaps.
        targets: by head, class indices (positions,), negative where there is no label.
    """

    features: Tensor
    present: Tensor
    targets: dict[str, Tensor]


def train(
    training_set: Sequence[Protein],
    validation_set: Sequence[Protein],
    features: Sequence[str],
    settings: TrainingSettings,
    seed: int,
) -> tuple[PerResidueNetwork, list[Epoch]]:
    """Train one network, and stop early on the held-out proteins.

    Heads whose labels the training set lacks get no loss and stay untrained. The loss
    is the plain sum of the heads' mean cross-entropies per residue.

    Args:
        training_set: proteins with labels; those of the first say which heads train.
        validation_set: held-out proteins with the same labels.
        features: names from `protlang.tasks.features.FEATURES`, side by side.
        settings: hyper-parameters.
        seed: of the initial weights, dropout and the order of the proteins.

    Returns:
        The network with the weights of its best epoch, and the losses of all epochs.
    """
    make_deterministic(seed, settings.threads)
    network = PerResidueNetwork(encode(features, training_set[0]).shape[1])
    optimizer = torch.optim.Adam(
        network.parameters(), lr=settings.learning_rate, amsgrad=True
    )
    heads = [head for head in HEADS if head in training_set[0].labels]
    held_out = list(_batches(validation_set, features, settings.batch_proteins))

    def training_losses(epoch: int) -> Iterator[Tensor]:
        order = np.random.default_rng([seed, epoch]).permutation(len(training_set))
        shuffled = [training_set[index] for index in order]
        for batch in _batches(shuffled, features, settings.batch_proteins):
            yield _loss(network, batch, heads)

    history = fit(
        network,
        optimizer,
        training_losses,
        lambda: _mean_loss(network, held_out, heads),
        settings.max_epochs,
        settings.patience,
    )
    return network, history


def predict(
    network: PerResidueNetwork, proteins: Iterable[Protein], features: Sequence[str]
) -> Iterator[Prediction]:
    """Predict proteins one by one, so that none can influence another's bits."""
    network.eval()
    with torch.inference_mode():
        for protein in proteins:
            batch = pack([protein], features)
            scores = network(batch.features, batch.present)
            yield Prediction(
                protein.id,
                {
                    head: score[0].softmax(dim=-1).numpy()
                    for head, score in scores.items()
                },
            )


def pack(proteins: Sequence[Protein], features: Sequence[str]) -> PackedBatch:
    """Lay proteins end to end; see `PackedBatch`."""
    rows: list[np.ndarray] = []
    present: list[np.ndarray] = []
    for protein in proteins:
        encoded = encode(features, protein)
        if rows:
            rows.append(np.zeros_like(encoded, shape=(_GAP, encoded.shape[1])))
            present.append(np.zeros(_GAP, dtype=bool))
        rows.append(encoded)
        present.append(np.ones(len(encoded), dtype=bool))
    heads = [head for head in HEADS if head in proteins[0].labels]
    return PackedBatch(
        torch.from_numpy(np.concatenate(rows)).unsqueeze(0),
        torch.from_numpy(np.concatenate(present)).unsqueeze(0),
        {head: _targets(proteins, head) for head in heads},
    )


def _targets(proteins: Sequence[Protein], head: str) -> Tensor:
    """Class indices of all proteins' residues, gaps and unknown letters ignored."""
    index_of_byte = np.full(256, _IGNORED)
    index_of_byte[np.frombuffer(HEADS[head].encode(), dtype=np.uint8)] = range(
        len(HEADS[head])
    )
    text = ("-" * _GAP).join(protein.labels[head] for protein in proteins)
    return torch.from_numpy(index_of_byte[np.frombuffer(text.encode(), np.uint8)])


def _batches(
    proteins: Sequence[Protein], features: Sequence[str], size: int
) -> Iterator[PackedBatch]:
    for start in range(0, len(proteins), size):
        yield pack(proteins[start : start + size], features)


def _loss(
    network: PerResidueNetwork, batch: PackedBatch, heads: Sequence[str]
) -> Tensor:
    scores = network(batch.features, batch.present)
    losses = [
        cross_entropy(scores[head][0], batch.targets[head], ignore_index=_IGNORED)
        for head in heads
    ]
    return torch.stack(losses).sum()


def _mean_loss(
    network: PerResidueNetwork, batches: Sequence[PackedBatch], heads: Sequence[str]
) -> float:
    """The loss over all residues of all batches, each residue counting once."""
    residues = [int(batch.present.sum()) for batch in batches]
    losses = [_loss(network, batch, heads).item() for batch in batches]
    return float(np.average(losses, weights=residues))
