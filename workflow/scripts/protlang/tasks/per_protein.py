"""SeqVec's per-protein task: location in ten classes, membrane-bound or soluble.

Source: SeqVec, Methods, "Per-protein level"; Table 2.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from protlang.errors import ProtlangError
from protlang.evaluation.predictions import ProteinPrediction
from protlang.models.per_protein_mlp import HEADS, RELEASED, PerProteinNetwork
from protlang.proteins import Protein
from protlang.tasks.features import encode_proteins
from protlang.training.determinism import make_deterministic
from protlang.training.epochs import Epoch, fit

_UNKNOWN = -100


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained (SeqVec, Methods; values not printed there: config).

    Attributes:
        learning_rate: of Adam.
        batch_proteins: proteins per update.
        max_epochs: epochs at most.
        patience: epochs without improvement on the held-out proteins.
        order: of the layers, one of `protlang.models.per_protein_mlp.ORDERS`.
        threads: of PyTorch; part of what determines the result.
    """

    learning_rate: float = 0.001
    batch_proteins: int = 64
    max_epochs: int = 200
    patience: int = 10
    order: str = RELEASED
    threads: int = 1


class Batch(NamedTuple):
    """Proteins to train on.

    Attributes:
        features: (proteins, channels).
        targets: by head, class indices (proteins,), negative where unknown.
    """

    features: Tensor
    targets: dict[str, Tensor]

    def part(self, chosen: np.ndarray) -> "Batch":
        """The proteins of some indices."""
        return Batch(
            self.features[chosen],
            {head: targets[chosen] for head, targets in self.targets.items()},
        )


def train(
    training_set: Sequence[Protein],
    validation_set: Sequence[Protein],
    features: Sequence[str],
    settings: TrainingSettings,
    seed: int,
) -> tuple[PerProteinNetwork, list[Epoch]]:
    """Train one network, and stop early on the held-out proteins.

    The loss is the sum of the heads' mean cross-entropies, each over the proteins of a
    batch whose class is known.

    Args:
        training_set: proteins with both classes, at least two.
        validation_set: held-out proteins with both classes.
        features: names from `protlang.tasks.features.PROTEIN_FEATURES`, side by side.
        settings: hyper-parameters.
        seed: of the initial weights, dropout and the order of the proteins.

    Returns:
        The network with the weights of its best epoch, and the losses of all epochs.

    Raises:
        ProtlangError: if there is one training protein only, or no finite loss.
    """
    if len(training_set) < 2:
        raise ProtlangError(
            "a per-protein network needs at least two proteins to train on; choose a "
            "larger data set, or hold fewer proteins out"
        )
    make_deterministic(seed, settings.threads)
    everything = _batch([*training_set, *validation_set], features)
    split = len(training_set)
    known = everything.part(np.arange(split))
    held_out = everything.part(np.arange(split, len(everything.features)))
    network = PerProteinNetwork(everything.features.shape[1], settings.order)
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)

    def training_losses(epoch: int) -> Iterator[Tensor]:
        order = np.random.default_rng([seed, epoch]).permutation(split)
        for chosen in _parts(order, settings.batch_proteins):
            yield _loss(network, known.part(chosen))

    history = fit(
        network,
        optimizer,
        training_losses,
        lambda: _loss(network, held_out).item(),
        settings.max_epochs,
        settings.patience,
    )
    return network, history


def predict(
    network: PerProteinNetwork, proteins: Iterable[Protein], features: Sequence[str]
) -> Iterator[ProteinPrediction]:
    """Predict proteins one by one, so that none can influence another's bits."""
    network.eval()
    with torch.inference_mode():
        for protein in proteins:
            encoded = torch.from_numpy(encode_proteins(features, [protein]))
            hidden, scores = network(encoded)
            probabilities = {
                head: score[0].softmax(dim=-1).numpy() for head, score in scores.items()
            }
            yield ProteinPrediction(protein.id, probabilities, hidden[0].numpy())


def _batch(proteins: Sequence[Protein], features: Sequence[str]) -> Batch:
    targets = {
        head: [_index(classes, protein.classes[head]) for protein in proteins]
        for head, classes in HEADS.items()
    }
    return Batch(
        torch.from_numpy(encode_proteins(features, proteins)),
        {head: torch.tensor(indices) for head, indices in targets.items()},
    )


def _index(classes: Sequence[str], name: str) -> int:
    return classes.index(name) if name in classes else _UNKNOWN


def _parts(order: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut an order into batches; a last protein alone joins the batch before it.

    Batch normalisation cannot be trained on one protein.
    """
    starts = list(range(0, len(order), size))
    if len(starts) > 1 and len(order) - starts[-1] == 1:
        del starts[-1]
    return np.split(order, starts[1:])


def _loss(network: PerProteinNetwork, batch: Batch) -> Tensor:
    """Sum over the heads; a head of which no protein's class is known has no share."""
    scores = network(batch.features).scores
    losses = [
        cross_entropy(scores[head], targets, ignore_index=_UNKNOWN)
        for head, targets in batch.targets.items()
        if (targets != _UNKNOWN).any()
    ]
    return torch.stack(losses).sum()
