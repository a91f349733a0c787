"""Records of a corpus that have the very sequence of a test protein."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from protlang.corpora.fasta_tokens import Batch, as_text
from protlang.corpora.token_store import KnownSequences, among
from protlang.corpora.writing import close_synced
from protlang.proteins import Protein


class OverlapLog:
    """Records left out for the very sequence of a test protein, as CSV.

    Attributes:
        records: how many there were.
        found: ids of the test proteins whose sequence was met, by test set.
    """

    def __init__(self, path: Path, tests: Mapping[str, Iterable[Protein]]) -> None:
        self.records = 0
        self.found: dict[str, set[str]] = {test_set: set() for test_set in tests}
        self._tests = KnownSequences(tests)
        self._stream = open(path, "w", encoding="utf-8", newline="")  # noqa: SIM115
        self._table = csv.writer(self._stream, lineterminator="\n")
        self._table.writerow(["test_set", "test_id", "corpus_id", "left_out"])

    def report(self, batch: Batch, hashes: np.ndarray) -> np.ndarray:
        """Record the overlaps of a batch; which records are accepted, bool."""
        overlapping = among(hashes, self._tests.hashes)
        for place in np.flatnonzero(overlapping):
            self.records += 1
            corpus_id = as_text(batch.ids[place])
            for test_set, test_id in self._tests.names[int(hashes[place])]:
                self.found[test_set].add(test_id)
                self._table.writerow([test_set, test_id, corpus_id, True])
        return ~overlapping

    @property
    def summary(self) -> dict[str, Any]:
        """Their entry in `meta.json`."""
        found = {test_set: len(ids) for test_set, ids in self.found.items()}
        return {
            "records": self.records,
            "left_out": True,
            "test_proteins": found,
        }

    def close(self) -> None:
        """Close the file."""
        close_synced(self._stream)
