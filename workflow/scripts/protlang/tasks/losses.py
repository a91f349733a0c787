"""Losses of supervised tasks.

Source: PLUS, Section 4.2.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss

from protlang.tasks.task import IGNORED, SupervisedTask


class Loss(NamedTuple):
    """The loss of a batch.

    Attributes:
        total: sum over what counts: proteins, or residues.
        counted: how many count.
    """

    total: Tensor
    counted: int

    @property
    def mean(self) -> Tensor:
        """Over what counts; zero of nothing."""
        return self.total / max(1, self.counted)


def task_loss(
    task: SupervisedTask, scores: Tensor, targets: Sequence[np.ndarray]
) -> Loss:
    """Squared error of numbers, cross-entropy in nats of classes.

    Numbers are as they were published, not scaled. Every class has the same weight.

    Args:
        task: whose loss.
        scores: of proteins, (proteins, outputs), or of the residues of all proteins
            end to end, (residues, outputs).
        targets: of each protein.
    """
    scores = scores.float()
    truth = torch.from_numpy(np.concatenate([np.atleast_1d(t) for t in targets]))
    truth = truth.to(scores.device)
    if not task.classes:
        return Loss(mse_loss(scores[:, 0], truth, reduction="sum"), len(truth))
    total = cross_entropy(scores, truth, ignore_index=IGNORED, reduction="sum")
    return Loss(total, int((truth != IGNORED).sum()))
