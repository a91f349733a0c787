"""Predictions for fixed pairs of domains, stored pair by pair (PLUS, Table 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from protlang.parquet import read_table, write_table

RELEASED_THRESHOLD = 0.5
"""Of PLUS-RNN's logit, in the released code: a probability of 0.62."""


@dataclass(frozen=True)
class PairResults:
    """Predictions of a model for pairs, one entry per pair.

    Attributes:
        same_family: the truth, bool (pairs,).
        logits: of their being of one family, float32 (pairs,); None of a model that
            does not predict it.
        guessed: residues that were to be predicted, int64 (pairs,).
        correct: residues that were predicted correctly, int64 (pairs,).
        losses: their cross-entropies summed up, in nats, float64 (pairs,).
        shortened: whether the model could not read the pair whole, bool (pairs,).
        longest: residues of the longer domain, int64 (pairs,).
    """

    same_family: np.ndarray
    logits: np.ndarray | None
    guessed: np.ndarray
    correct: np.ndarray
    losses: np.ndarray
    shortened: np.ndarray
    longest: np.ndarray

    def up_to(self, residues: int) -> "PairResults":
        """Those of pairs whose domains have at most so many residues."""
        fits = self.longest <= residues
        columns: dict[str, Any] = {
            name: part if part is None else part[fits]
            for name, part in vars(self).items()
        }
        return PairResults(**columns)

    def values(self) -> dict[str, float]:
        """Mean losses, in nats, and accuracies of the two tasks.

        A task that the model does not predict is left out.
        """
        found = {}
        if self.guessed.any():
            residues = self.guessed.sum()
            found["masked_lm_loss"] = float(self.losses.sum() / residues)
            found["masked_lm_accuracy"] = float(self.correct.sum() / residues)
        if self.logits is not None:
            logits = self.logits.astype(np.float64)
            # Of a broken model the loss is NaN, which the training loop reports.
            with np.errstate(invalid="ignore"):
                losses = np.logaddexp(0, logits) - self.same_family * logits
            found["same_family_loss"] = float(losses.mean())
            found["same_family_accuracy"] = float(self.right().mean())
        return found

    def right(self, threshold: float = 0.0) -> np.ndarray:
        """Whether each pair was predicted correctly, bool (pairs,).

        Args:
            threshold: of the logit; 0 is a probability of 1/2.

        Raises:
            ValueError: if there are no such predictions.
        """
        if self.logits is None:
            raise ValueError("the model does not predict same families")
        right: np.ndarray = (self.logits > threshold) == self.same_family
        return right


def write_results(
    path: Path | str, results: PairResults, provenance: Mapping[str, Any]
) -> None:
    """Write predictions for pairs as Parquet, atomically."""
    predicted = {name: part for name, part in vars(results).items() if part is not None}
    write_table(path, predicted, provenance)


def read_results(path: Path | str) -> tuple[PairResults, dict[str, Any]]:
    """Read what `write_results` wrote: the results and their provenance.

    Raises:
        ProtlangError: if the file is missing or is not such a file.
    """
    required = [field.name for field in fields(PairResults) if field.name != "logits"]
    table, provenance = read_table(path, required, optional=["logits"])
    columns = {name: table[name].to_numpy() for name in table.column_names}
    return PairResults(**{"logits": None, **columns}), provenance
