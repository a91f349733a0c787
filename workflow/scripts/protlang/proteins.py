"""A labelled protein: what the reader of every format returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

SIMULATED_MARK = "SIMULATED BY PROTLANG"
"""Stands in the headers of simulated FASTA files, and in no real one."""


class StoredArray(Protocol):
    """An array that is read when it is indexed, e.g. a data set of an HDF5 file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the whole array."""

    def __getitem__(self, index: Any) -> np.ndarray:
        """Read it, or a part."""


@dataclass(frozen=True)
class Protein:
    """A protein with the labels that its source has.

    Attributes:
        id: unique within its data set; free text, never used as a path.
        sequence: upper-case one-letter residues.
        labels: per-residue labels by name (`protlang.alphabet.LABEL_STATES`), each a
            string of the sequence's length. A label the source lacks has no entry.
        profile: HHblits profile, float32 (length, 50): 20 residue indicators, 20
            emission frequencies, 7 transitions and 3 diversities; None if absent.
        embedding: vectors of its residues (length, dimension) or of the whole protein
            (dimension,), read from disk only when they are used; None without.
        split: the part its publisher put it in (`train`, `validation`, `test`, or the
            name of one of several test sets), or None if the source has no splits.
        classes: labels of the whole protein by name
            (`protlang.alphabet.CLASS_LABELS`); empty if the source has none.
        values: numbers that belong to the whole protein, by name
            (`protlang.alphabet.PROTEIN_VALUES`); empty if the source has none.
        changes: how many of its letters the reader changed, by the rule it followed;
            empty if they stand as they were published.
    """

    id: str
    sequence: str
    labels: Mapping[str, str] = field(default_factory=dict)
    profile: np.ndarray | None = None
    embedding: StoredArray | None = None
    split: str | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    changes: Mapping[str, int] = field(default_factory=dict)
