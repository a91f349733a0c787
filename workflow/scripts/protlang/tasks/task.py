"""Supervised tasks: labels of proteins, targets of losses, residues that are read.

Source: PLUS, Section 4.2; its released code for what the paper does not print.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from protlang.errors import ProtlangError
from protlang.proteins import Protein
from protlang.tasks.measures import TaskMeasure

IGNORED = -100
"""Target of a residue or protein that has no share in the loss."""

Level = Literal["protein", "residue"]


@dataclass(frozen=True)
class SupervisedTask:
    """One task, whatever the model.

    Attributes:
        name: as the configuration has it.
        title: as the paper's tables have it.
        label: name among a protein's `labels`, `classes` or `values`.
        level: whether residues have labels, or whole proteins.
        classes: of residues (single letters) or proteins; empty if the label is a
            number.
        measures: of predictions, by name.
        synonyms: labels that count as one of the classes.
        longest: residues that are read of a protein; of a longer one, half of them
            from each end. None sets no limit.
        ignore_masked_residues: whether residues that the label `mask` marks with 0
            have no share in the loss.
        decode: labels of all residues of each protein together, given probabilities
            (length, classes) per protein; None takes the likeliest of each residue.
    """

    name: str
    title: str
    label: str
    level: Level
    classes: Sequence[str]
    measures: Mapping[str, TaskMeasure]
    synonyms: Mapping[str, str] = field(default_factory=dict)
    longest: int | None = None
    ignore_masked_residues: bool = False
    decode: Callable[[Sequence[np.ndarray]], list[str]] | None = None

    @property
    def outputs(self) -> int:
        """Of the head: one per class, or a number."""
        return len(self.classes) or 1

    def truth(self, protein: Protein) -> str | float | None:
        """A protein's label; None if it has none of the task.

        Residues' labels are a text of one letter each.
        """
        if self.level == "residue":
            return protein.labels.get(self.label)
        if not self.classes:
            return protein.values.get(self.label)
        found = protein.classes.get(self.label, "")
        found = self.synonyms.get(found, found)
        return found if found in self.classes else None

    def target(self, protein: Protein) -> np.ndarray | None:
        """A protein's label as the loss takes it; None if it has none.

        Returns:
            float32 () of a number, int64 () of a class, int64 (length,) of residues,
            `IGNORED` where there is no class or the residue is masked.
        """
        truth = self.truth(protein)
        if truth is None:
            return None
        if not self.classes:
            return np.array(truth, dtype=np.float32)
        places = {name: place for place, name in enumerate(self.classes)}
        if self.level == "protein":
            return np.array(places[str(truth)])
        target = np.array([places.get(letter, IGNORED) for letter in str(truth)])
        mask = protein.labels.get("mask") if self.ignore_masked_residues else None
        if mask is not None:
            target[np.array(list(mask)) == "0"] = IGNORED
        return target

    def residues_read(self, length: int, limit: int | None) -> np.ndarray:
        """Which residues of a protein are read, ascending int64 (residues,).

        Args:
            length: of the protein.
            limit: residues from the first on that a model can read at once, after the
                task has cut the protein; of proteins whose residues have labels, all
                are read, in several parts.
        """
        places = np.arange(length)
        if self.longest is not None and length > self.longest:
            back = self.longest // 2
            places = np.r_[: self.longest - back, length - back : length]
        return places if self.level == "residue" else places[:limit]


def labelled(task: SupervisedTask, proteins: Sequence[Protein]) -> list[Protein]:
    """The proteins that have the task's label.

    Raises:
        ProtlangError: if none has.
    """
    found = [protein for protein in proteins if task.truth(protein) is not None]
    if not found:
        raise ProtlangError(
            f"none of {len(proteins)} proteins has the label {task.label!r} that the "
            f"task {task.name} learns; choose a data set that has it"
        )
    return found
