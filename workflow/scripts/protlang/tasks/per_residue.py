"""SeqVec's head of residues: secondary structure (Q3, Q8) and disorder.

Source: SeqVec, Methods, "Per-residue predictor"; Table 1.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from protlang.models.per_residue_cnn import HEADS, WINDOW, PerResidueNetwork
from protlang.proteins import Protein
from protlang.tasks.features import FEATURES, encode
from protlang.tasks.head import (
    Batches,
    Head,
    HeadBatch,
    HeadOutput,
    HeadSettings,
)
from protlang.tasks.task import IGNORED

_GAP = WINDOW // 2


def pack(proteins: Sequence[Protein], features: Sequence[str]) -> HeadBatch:
    """Lay proteins end to end in one row, with gaps that no window crosses.

    A gap of 3 positions is as wide as a window reaches, and the network zeroes it at
    both layers, so proteins cannot see each other and no position is wasted on padding
    to a common length.

    Returns:
        Inputs are the features (1, positions, channels), zero in the gaps, and bool (1,
        positions), false in the gaps; targets are those of the positions.
    """
    rows: list[np.ndarray] = []
    present: list[np.ndarray] = []
    for protein in proteins:
        encoded = encode(features, protein)
        if rows:
            rows.append(np.zeros_like(encoded, shape=(_GAP, encoded.shape[1])))
            present.append(np.zeros(_GAP, dtype=bool))
        rows.append(encoded)
        present.append(np.ones(len(encoded), dtype=bool))
    inputs = tuple(
        torch.from_numpy(np.concatenate(part)).unsqueeze(0) for part in (rows, present)
    )
    targets = {
        label: _targets(proteins, label)
        for label in HEADS
        if label in proteins[0].labels
    }
    return HeadBatch(inputs, targets, sum(map(len, rows[::2])))


def _targets(proteins: Sequence[Protein], label: str) -> Tensor:
    """Class indices of all proteins' residues, gaps and unknown letters ignored."""
    index_of_byte = np.full(256, IGNORED)
    index_of_byte[np.frombuffer(HEADS[label].encode(), dtype=np.uint8)] = range(
        len(HEADS[label])
    )
    text = ("-" * _GAP).join(protein.labels[label] for protein in proteins)
    return torch.from_numpy(index_of_byte[np.frombuffer(text.encode(), np.uint8)])


def _batches(proteins: Sequence[Protein], features: Sequence[str]) -> Batches:
    """Features are read from disk with each batch, as those of a set fill a memory."""
    return lambda chosen: pack([proteins[index] for index in chosen], features)


def _output(network: nn.Module, batch: HeadBatch) -> HeadOutput:
    return HeadOutput({label: row[0] for label, row in network(*batch.inputs).items()})


PER_RESIDUE = Head(
    name="per_residue",
    features=FEATURES,
    settings=HeadSettings,
    architecture=PerResidueNetwork,
    options=(),
    first_layer="hidden.weight",
    batches=_batches,
    output=_output,
    per_protein=False,
    amsgrad=True,
    fewest_proteins=1,
)
