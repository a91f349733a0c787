"""One cell of a paper's table: the printed number, ours, and the verdict."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Target
from protlang.files import atomic_path

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
    "verdict",
    "reason",
    "provenance",
    "difference",
]
"""Of every table's CSV; after them come the same numbers counted in other ways."""

VERSUS = [
    *("reference", "versus_reference"),
    *("versus_low", "versus_high", "versus_p"),
]
"""Columns, among those after `COLUMNS`, of a paired comparison with another row: which
one, the number minus that row's, its 95 % interval and two-sided p-value."""

_BINARY_ROUNDING = 1e-9
"""32.2 - 30.2 is a little more than 2 in binary; printed digits decide."""

REPRODUCED = "reproduced"
HIGHER = "higher"
LOWER = "lower"
DEVIATES = "deviates"
NOT_COMPARABLE = "not comparable"
ADDED = "not in the paper"
EXCERPTED = "excerpted"
NOT_RUN = "not run"


@dataclass(frozen=True)
class Cell:
    """A target beside our number.

    Attributes:
        target: the printed number.
        value: ours; the paper's for excerpted rows; NaN if not run.
        stderr: of our value.
        n: proteins behind our value; 0 without one.
        verdict: `reproduced`, `higher`, `lower`, `deviates`, `not comparable`,
            `not in the paper`, `excerpted` or `not run`.
        reason: why this verdict.
        provenance: where our value comes from.
    """

    target: Target
    value: float
    stderr: float
    n: int
    verdict: str
    reason: str
    provenance: str

    def as_row(self) -> dict[str, object]:
        """The cell as one row of the table's CSV."""
        computed = self.verdict not in (EXCERPTED, NOT_RUN)
        values = (
            self.target.row,
            self.target.dataset,
            self.target.metric,
            self.target.unit,
            self.target.value,
            self.target.stderr,
            self.target.kind,
            self.value,
            self.stderr,
            self.n,
            self.verdict,
            self.reason,
            self.provenance,
            self.value - self.target.value if computed else math.nan,
        )
        return dict(zip(COLUMNS, values, strict=True))


@dataclass(frozen=True)
class Measured:
    """Our number for a target.

    Attributes:
        value: in the target's unit.
        stderr: its standard error.
        n: proteins.
        simulated: whether any input was simulated.
        deviation: how training or test data differ from the paper's; empty if not.
        provenance: where the number comes from.
    """

    value: float
    stderr: float
    n: int
    simulated: bool
    deviation: str
    provenance: str


def excerpted(target: Target) -> Cell:
    """The cell of a number that the paper itself took from elsewhere."""
    reason = "the paper quotes this number from another publication"
    return Cell(
        target,
        target.value,
        target.stderr,
        0,
        EXCERPTED,
        reason,
        "printed in the paper",
    )


def not_run(target: Target, reason: str) -> Cell:
    """The cell of a number we could not compute, with the reason."""
    return Cell(target, math.nan, math.nan, 0, NOT_RUN, reason, "no run")


def fill_cells(
    targets: Iterable[Target], measure: Callable[[Target], Measured | NotRun]
) -> list[Cell]:
    """One cell per target.

    Args:
        targets: excerpted ones repeat the paper's number.
        measure: computes ours for any other, or the reason why there is none.
    """
    return [
        excerpted(target)
        if target.kind == "excerpted"
        else measured(target, measure(target))
        for target in targets
    ]


def measured(target: Target, ours: Measured | NotRun) -> Cell:
    """The cell of a number we computed, with the verdict, or of one we could not."""
    if isinstance(ours, NotRun):
        return not_run(target, ours.reason)
    if math.isnan(ours.value):
        return not_run(target, "it is defined for no protein of the test set")
    verdict, reason = _judge(target, ours)
    return Cell(
        target, ours.value, ours.stderr, ours.n, verdict, reason, ours.provenance
    )


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


def _judge(target: Target, ours: Measured) -> tuple[str, str]:
    """Verdict and reason; chance explains up to two combined standard errors."""
    if ours.simulated:
        return NOT_COMPARABLE, "the data are simulated"
    if target.kind == "added":
        reason = "a row of ours, of which the paper has no number"
        return ADDED, "; ".join(filter(None, (reason, ours.deviation)))
    if ours.deviation:
        return DEVIATES, ours.deviation
    difference = ours.value - target.value
    combined = math.hypot(*np.nan_to_num([ours.stderr, target.stderr]))
    if abs(difference) <= 2 * combined + _BINARY_ROUNDING:
        return REPRODUCED, "within two combined standard errors of the paper"
    if difference > 0:
        return HIGHER, "more than two combined standard errors above the paper"
    return LOWER, "more than two combined standard errors below the paper"
