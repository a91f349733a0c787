"""SeqVec's head of whole proteins: ten locations, membrane-bound or soluble.

Source: SeqVec, Methods, "Per-protein level"; Table 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from protlang.models.per_protein_mlp import HEADS, RELEASED, PerProteinNetwork
from protlang.proteins import Protein
from protlang.tasks.features import PROTEIN_FEATURES, encode_proteins
from protlang.tasks.head import (
    Batches,
    Head,
    HeadBatch,
    HeadOutput,
    HeadSettings,
)
from protlang.tasks.task import IGNORED


@dataclass(frozen=True)
class PerProteinSettings(HeadSettings):
    """How it is trained, besides the settings of every head.

    Attributes:
        order: of the layers, one of `protlang.models.per_protein_mlp.ORDERS`.
    """

    batch_proteins: int = 64
    order: str = RELEASED


def _batches(proteins: Sequence[Protein], features: Sequence[str]) -> Batches:
    """Features are encoded once, as those of a whole set are small."""
    encoded = torch.from_numpy(encode_proteins(features, proteins))
    targets = {
        label: _targets(proteins, label, classes)
        for label, classes in HEADS.items()
        if label in proteins[0].classes
    }

    def batch(chosen: np.ndarray) -> HeadBatch:
        parts = {label: known[chosen] for label, known in targets.items()}
        return HeadBatch((encoded[chosen],), parts, len(chosen))

    return batch


def _targets(proteins: Sequence[Protein], label: str, classes: Sequence[str]) -> Tensor:
    known = [protein.classes[label] for protein in proteins]
    return torch.tensor(
        [classes.index(name) if name in classes else IGNORED for name in known]
    )


def _output(network: nn.Module, batch: HeadBatch) -> HeadOutput:
    hidden, scores = network(*batch.inputs)
    return HeadOutput(scores, hidden)


PER_PROTEIN = Head(
    name="per_protein",
    features=PROTEIN_FEATURES,
    settings=PerProteinSettings,
    architecture=PerProteinNetwork,
    options=("order",),
    first_layer="compress.weight",
    batches=_batches,
    output=_output,
    per_protein=True,
    amsgrad=False,
    fewest_proteins=2,  # batch normalisation cannot be trained on one
)
