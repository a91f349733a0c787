"""One cell of a paper's table: the printed number, ours, protocol and agreement."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Target
from protlang.files import atomic_path
from protlang.protocol import in_words
from protlang.tables.agreement import (
    EXCERPTED,
    NOT_RUN,
    Agreement,
    Measured,
    judge,
)

NOT_AVAILABLE = "NA"
"""Written where there is no number, so that no cell is blank; pandas and R read it."""

_Entry = TypeVar("_Entry")

NO_RUN = "no run"
"""Provenance of a number that is not there."""

COLUMNS = [
    "row",
    "dataset",
    "metric",
    "unit",
    "paper_value",
    "paper_stderr",
    "paper_rounding",
    "kind",
    "value",
    "stderr",
    "n",
    "seeds",
    "seed_sd",
    "difference",
    "yardstick",
    "closest_row",
    "simulated",
    "protocol",
    "agreement",
    "reason",
    "provenance",
]
"""Of every table's CSV; after them come the same numbers counted in other ways.

`paper_rounding` is half a unit of the last printed digit; `protocol` is `same`, or one
sentence per difference; `yardstick` and `closest_row`, the distance to the closest
other printed row, are explained in `tables.agreement`.
"""

VERSUS = [
    *("reference", "versus_reference"),
    *("versus_low", "versus_high", "versus_p"),
]
"""Columns, among those after `COLUMNS`, of a paired comparison with another row: which
one, the number minus that row's, its 95 % interval and two-sided p-value."""


@dataclass(frozen=True)
class Cell:
    """A target beside our number.

    Attributes:
        target: the printed number.
        ours: our number; None for excerpted rows and where none could be computed.
        agreement: of the two, and what it rests on.
    """

    target: Target
    ours: Measured | None
    agreement: Agreement

    @property
    def value(self) -> float:
        """Ours, in the target's unit; the paper's where it quotes another; or NaN."""
        return self._of_ours("value", self._quoted(self.target.value))

    @property
    def stderr(self) -> float:
        """Of `value`; NaN if there is none."""
        return self._of_ours("stderr", self._quoted(self.target.stderr))

    @property
    def n(self) -> int:
        """Proteins, pairs or residues that ours is a mean over."""
        return self._of_ours("n", 0)

    @property
    def provenance(self) -> str:
        """Where `value` comes from."""
        quotes = self.agreement.verdict == EXCERPTED
        return self._of_ours("provenance", "printed in the paper" if quotes else NO_RUN)

    def as_row(self) -> dict[str, object]:
        """The cell as one row of the table's CSV."""
        target, agreement, ours = self.target, self.agreement, self.ours
        values = (
            *(target.row, target.dataset, target.metric, target.unit),
            *(target.value, target.stderr, target.step / 2, target.kind),
            *(self.value, self.stderr, self.n),
            *(self._of_ours("seeds", 0), self._of_ours("seed_sd", math.nan)),
            math.nan if ours is None else ours.value - target.value,
            *(agreement.yardstick, agreement.distance),
            self._of_ours("simulated", False),
            NOT_AVAILABLE if ours is None else in_words(ours.deviations),
            *(agreement.verdict, agreement.reason, self.provenance),
        )
        return dict(zip(COLUMNS, values, strict=True))

    def _of_ours(self, name: str, otherwise: _Entry) -> _Entry:
        found: _Entry = otherwise if self.ours is None else getattr(self.ours, name)
        return found

    def _quoted(self, quoted: float) -> float:
        """What stands for ours if the paper quotes a number."""
        return quoted if self.agreement.verdict == EXCERPTED else math.nan


def excerpted(target: Target) -> Cell:
    """The cell of a number that the paper itself took from elsewhere."""
    reason = "the paper quotes this number from another publication"
    return Cell(target, None, Agreement(EXCERPTED, reason))


def not_run(target: Target, reason: str) -> Cell:
    """The cell of a number we could not compute, with the reason."""
    return Cell(target, None, Agreement(NOT_RUN, reason))


def fill_cells(
    targets: Iterable[Target], measure: Callable[[Target], Measured | NotRun]
) -> list[Cell]:
    """One cell per target.

    Args:
        targets: of a whole table, as a number is compared with its column; excerpted
            ones repeat the paper's number.
        measure: computes ours for any other, or the reason why there is none.
    """
    table = list(targets)
    return [
        excerpted(target)
        if target.kind == "excerpted"
        else measured(target, measure(target), table)
        for target in table
    ]


def measured(
    target: Target, ours: Measured | NotRun, column: Iterable[Target] = ()
) -> Cell:
    """The cell of a number we computed, with the verdict, or of one we could not.

    Args:
        target: the printed number.
        ours: our number, or why there is none.
        column: all printed numbers of the table, or of the column.
    """
    if isinstance(ours, NotRun):
        return not_run(target, ours.reason)
    if math.isnan(ours.value):
        return not_run(target, "it is defined for no protein of the test set")
    return Cell(target, ours, judge(target, ours, column))


def as_frame(cells: Sequence[Cell], extra: pd.DataFrame | None = None) -> pd.DataFrame:
    """The rows of a table's CSV, with `extra` columns on the right, a row per cell."""
    frame = pd.DataFrame([cell.as_row() for cell in cells])
    return frame if extra is None else pd.concat([frame, extra], axis=1)


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write the CSV of a table or figure, atomically."""
    with atomic_path(path) as temporary:
        frame.to_csv(temporary, index=False, na_rep=NOT_AVAILABLE, float_format="%.6g")


def read_cells(path: Path) -> pd.DataFrame:
    """Read a table's CSV; numbers that are not available become NaN."""
    return pd.read_csv(path, keep_default_na=False, na_values=[NOT_AVAILABLE])
