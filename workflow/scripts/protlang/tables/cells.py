"""One cell of a paper's table: the printed number, ours, protocol and agreement."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

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

COLUMNS = [
    "row",
    "dataset",
    "metric",
    "unit",
    "paper_value",
    "paper_stderr",
    "kind",
    "value",
    "stderr",
    "n",
    "seeds",
    "seed_sd",
    "difference",
    "yardstick",
    "closest_row",
    "protocol",
    "agreement",
    "reason",
    "provenance",
]
"""Of every table's CSV; after them come the same numbers counted in other ways.

`protocol` is `same`, or one sentence per difference; `yardstick` and `closest_row`, the
distance to the closest other printed row, are explained in `tables.agreement`.
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

    def as_row(self) -> dict[str, object]:
        """The cell as one row of the table's CSV."""
        target, agreement = self.target, self.agreement
        values = (
            *(target.row, target.dataset, target.metric, target.unit),
            *(target.value, target.stderr, target.kind),
            *self._numbers(),
            *(agreement.yardstick, agreement.distance),
            NOT_AVAILABLE if self.ours is None else in_words(self.ours.deviations),
            *(agreement.verdict, agreement.reason),
            self._provenance(),
        )
        return dict(zip(COLUMNS, values, strict=True))

    def _numbers(self) -> tuple[float, float, int, int, float, float]:
        """Value, standard error, n, seeds, their spread, and the difference."""
        if self.ours is not None:
            ours = self.ours
            difference = ours.value - self.target.value
            numbers = ours.value, ours.stderr, ours.n, ours.seeds, ours.seed_sd
            return *numbers, difference
        excerpted = self.agreement.verdict == EXCERPTED
        value = self.target.value if excerpted else math.nan
        stderr = self.target.stderr if excerpted else math.nan
        return value, stderr, 0, 0, math.nan, math.nan

    def _provenance(self) -> str:
        if self.ours is not None:
            return self.ours.provenance
        excerpted = self.agreement.verdict == EXCERPTED
        return "printed in the paper" if excerpted else "no run"


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
