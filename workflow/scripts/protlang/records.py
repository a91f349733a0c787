"""One labelled protein, the form in which every format's reader hands records on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

SIMULATED_MARK = "SIMULATED BY PROTLANG"
"""Stands in the headers of simulated FASTA files, and in no real one."""


@dataclass(frozen=True)
class Protein:
    """A protein with whatever its source knows about it.

    Attributes:
        id: unique within its data set; free text, never used as a path.
        sequence: upper-case one-letter residues.
        labels: per-residue labels by name (`protlang.vocabulary.LABEL_STATES`), each a
            string of the sequence's length. A label the source lacks has no entry.
        profile: HHblits profile, float32 (length, 50): 20 residue indicators, 20
            emission frequencies, 7 transitions and 3 diversities; None if absent.
        split: the part its publisher put it in (`train`, `validation` or `test`), or
            None if the source does not say.
    """

    id: str
    sequence: str
    labels: Mapping[str, str] = field(default_factory=dict)
    profile: np.ndarray | None = None
    split: str | None = None
