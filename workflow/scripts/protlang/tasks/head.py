"""SeqVec's heads: small networks that predict labels from features of proteins.

There are two, of residues (Table 1) and of whole proteins (Table 2). They differ in
features, network and what a batch is; loss, training, prediction and files are the
same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from protlang.evaluation.predictions import Prediction
from protlang.proteins import Protein
from protlang.tasks.features import Feature
from protlang.tasks.task import IGNORED


@dataclass(frozen=True)
class HeadSettings:
    """How a head is trained (SeqVec, Methods; values not printed there: config).

    Attributes:
        learning_rate: of Adam.
        batch_proteins: proteins per update.
        max_epochs: epochs at most.
        patience: epochs without a lower validation loss before training stops.
        threads: of PyTorch; part of what determines the result.
    """

    learning_rate: float = 0.001
    batch_proteins: int = 128
    max_epochs: int = 200
    patience: int = 10
    threads: int = 1


class HeadBatch(NamedTuple):
    """Proteins as a network reads them; a row is a residue or a protein.

    Attributes:
        inputs: of the network's forward method.
        targets: by label, class indices (rows,), or `IGNORED`.
        rows: how many are no padding.
    """

    inputs: tuple[Tensor, ...]
    targets: Mapping[str, Tensor]
    rows: int


class HeadOutput(NamedTuple):
    """What a network computes for a batch.

    Attributes:
        scores: by label, logits (rows, classes).
        hidden: features before the last layer, (rows, dimension), of whole proteins.
    """

    scores: Mapping[str, Tensor]
    hidden: Tensor | None = None


Batches = Callable[[np.ndarray], HeadBatch]
"""From indices of proteins to a batch of them."""


@dataclass(frozen=True)
class Head:
    """One kind of network, and how it reads proteins.

    Attributes:
        name: of its section of the configuration, and of its folder of results.
        features: that it can be given, by name.
        settings: class of its settings.
        architecture: makes a network, given the number of channels and `options`.
        options: names of settings, and of the network's attributes, that shape it.
        first_layer: name of the weights whose second dimension are the channels.
        batches: prepares proteins, given the names of features; targets are those of
            the labels that the first protein has.
        output: applies a network to a batch.
        per_protein: whether it predicts whole proteins. Then a validation set is one
            batch.
        amsgrad: whether Adam is used in its AMSGrad form.
        fewest_proteins: that it can be trained on at once.
    """

    name: str
    features: Mapping[str, Feature]
    settings: type[HeadSettings]
    architecture: Callable[..., nn.Module]
    options: tuple[str, ...]
    first_layer: str
    batches: Callable[[Sequence[Protein], Sequence[str]], Batches]
    output: Callable[[nn.Module, HeadBatch], HeadOutput]
    per_protein: bool
    amsgrad: bool
    fewest_proteins: int

    def loss(self, network: nn.Module, batch: HeadBatch) -> Tensor:
        """Sum over the labels of the mean cross-entropy of rows of known class.

        A label of which no row's class is known has no share.
        """
        scores = self.output(network, batch).scores
        losses = [
            cross_entropy(scores[label], targets, ignore_index=IGNORED)
            for label, targets in batch.targets.items()
            if (targets != IGNORED).any()
        ]
        return torch.stack(losses).sum()

    def predict(
        self, network: nn.Module, proteins: Iterable[Protein], features: Sequence[str]
    ) -> Iterator[Prediction]:
        """Predict proteins one by one, so that none can influence another's bits."""
        network.eval()
        only = np.zeros(1, dtype=np.int64)
        row = 0 if self.per_protein else slice(None)
        with torch.inference_mode():
            for protein in proteins:
                batch = self.batches([protein], features)(only)
                scores, hidden = self.output(network, batch)
                yield Prediction(
                    protein.id,
                    {
                        label: score[row].softmax(dim=-1).numpy()
                        for label, score in scores.items()
                    },
                    None if hidden is None else hidden[row].numpy(),
                )


@dataclass(frozen=True)
class TrainedHead:
    """A network and what it was trained with.

    Attributes:
        head: of which kind it is.
        network: in evaluation mode.
        features: names of the features that it reads, in order.
        labels: that it was trained on.
        provenance: of its training set.
    """

    head: Head
    network: nn.Module
    features: tuple[str, ...]
    labels: tuple[str, ...]
    provenance: dict[str, Any]

    def predict(self, proteins: Iterable[Protein]) -> Iterator[Prediction]:
        """Predict proteins one by one; see `Head.predict`."""
        return self.head.predict(self.network, proteins, self.features)
