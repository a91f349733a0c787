"""Whether a number of ours agrees with the printed one, and what could refuse it.

On the paper's own test proteins two trainings of one method differ by training noise
alone, so that is the yardstick there: a prediction interval for one more training, from
the spread over our seeds, and half a unit of the last printed digit. On other test
proteins the errors of both sets count as well. A number within the yardstick is
reproduced only if the yardstick could have told the printed one from the closest other
row of the same column, and tells ours from all other rows; otherwise it is not
distinguishable.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scipy.special import stdtrit

from protlang.experiments.targets import Target
from protlang.protocol import Deviations

REPRODUCED = "reproduced"
HIGHER = "higher"
LOWER = "lower"
NOT_DISTINGUISHABLE = "not distinguishable"
SAME_SETTING = "same setting"
OTHER_SETTING = "other setting"
NOT_COMPARABLE = "not comparable"
ADDED = "not in the paper"
EXCERPTED = "excerpted"
NOT_RUN = "not run"

MEANINGS: Mapping[str, str] = {
    REPRODUCED: (
        "no further from the printed number than chance explains (the yardstick), and "
        "chance explains no other row of the column"
    ),
    NOT_DISTINGUISHABLE: (
        "no further from the printed number than chance explains (the yardstick), but "
        "chance explains another row, too, or too few seeds show what it explains"
    ),
    HIGHER: (
        "further above the printed number than chance explains (the yardstick); with "
        "fewer than three seeds, chance is that of the test proteins alone"
    ),
    LOWER: (
        "further below the printed number than chance explains (the yardstick); with "
        "fewer than three seeds, chance is that of the test proteins alone"
    ),
    SAME_SETTING: "chosen as in the paper, which is no result",
    OTHER_SETTING: "chosen otherwise than in the paper, which is no result",
    NOT_COMPARABLE: "the data are simulated",
    NOT_RUN: "this run computes no such number",
    EXCERPTED: "the paper quotes the number from another publication",
    ADDED: "a number that the paper, as far as it is at hand, does not have",
}
"""What each word of agreement says, in the order of the pages."""

FEWEST_SEEDS = 3
"""Trainings of which the spread is taken for training noise."""

CONFIDENCE = 0.95
"""Of the prediction interval for one more training."""

MARGINS: Mapping[str, float] = {
    "percent": 1.0,
    "percentage points": 1.0,
    "fraction": 0.02,
}
"""By unit: what a yardstick has to be narrower than in columns of a single row and for
numbers of the text, which have no other row to be told from."""

RELATIVE_MARGIN = 0.2
"""The same for other units, as a share of the printed number."""

BINARY_ROUNDING = 1e-9
"""32.2 - 30.2 is a little more than 2 in binary; printed digits decide."""

_TEST = "test "
"""Begins the aspects that concern the test proteins."""


@dataclass(frozen=True)
class Measured:
    """Our number for a target.

    Attributes:
        value: in the target's unit.
        stderr: its standard error over test proteins; NaN if there is none.
        n: proteins, pairs or residues that it is a mean over.
        simulated: whether any input was simulated.
        deviations: differences of our protocol from the paper's.
        provenance: where the number comes from.
        seeds: trainings behind it; 0 for a method that is not trained.
        seed_sd: standard deviation over trainings; NaN below two.
        setting: whether it is chosen; one that is equal reproduces nothing.
    """

    value: float
    stderr: float
    n: int
    simulated: bool
    deviations: Deviations
    provenance: str
    seeds: int
    seed_sd: float = math.nan
    setting: bool = False

    @property
    def on_the_papers_test_set(self) -> bool:
        """Whether no difference concerns the test proteins."""
        return not any(one.aspect.startswith(_TEST) for one in self.deviations)


@dataclass(frozen=True)
class Agreement:
    """How a number of ours compares with the printed one.

    Attributes:
        verdict: `reproduced`, `higher`, `lower` or `not distinguishable`; without a
            comparison `not comparable`, `not in the paper` or `same setting`.
        reason: why.
        yardstick: how far apart the two may be by chance; NaN without a comparison.
        distance: from the printed number to the closest other row of its column; NaN if
            there is none.
    """

    verdict: str
    reason: str
    yardstick: float = math.nan
    distance: float = math.nan


def judge(target: Target, ours: Measured, column: Iterable[Target] = ()) -> Agreement:
    """Compare a number of ours with the printed one.

    Args:
        target: the printed number.
        ours: of any protocol; how it differs from the paper's is reported beside.
        column: all printed numbers of the same column.
    """
    if ours.simulated:
        return Agreement(NOT_COMPARABLE, "the data are simulated")
    if target.kind == "added":
        return Agreement(ADDED, "a row of ours, of which the paper has no number")
    if ours.setting:
        equal = ours.value == target.value
        reason = "chosen, not measured"
        return Agreement(SAME_SETTING if equal else OTHER_SETTING, reason)
    yardstick, basis = _yardstick(target, ours)
    others = _others(target, column)
    distance, rival = closest_to(target.value, others)
    difference = ours.value - target.value
    if abs(difference) > yardstick + BINARY_ROUNDING:
        side = HIGHER if difference > 0 else LOWER
        reason = f"further from the paper than {basis} explain"
    else:
        candidates = ((distance, rival), closest_to(ours.value, others))
        side, reason = _within(target, ours, yardstick, min(candidates))
    return Agreement(side, reason, yardstick, distance)


def closest_to(value: float, others: Iterable[Target]) -> tuple[float, str]:
    """The row whose printed number is closest to a value: how far, and which.

    NaN and no name without any row.
    """
    distances = [(abs(other.value - value), other.row) for other in others]
    return min(distances, default=(math.nan, ""))


def training_noise(seeds: int, seed_sd: float) -> float:
    """How far one more training may lie from the mean of ours, by chance.

    Half of the prediction interval of a normal variable: the paper printed one
    training, ours is a mean over `seeds`.
    """
    quantile = stdtrit(seeds - 1, (1 + CONFIDENCE) / 2)
    return float(quantile * seed_sd * math.sqrt(1 + 1 / seeds))


def _others(target: Target, column: Iterable[Target]) -> list[Target]:
    """The other rows of a number's column that have one."""
    return [
        other
        for other in column
        if (other.dataset, other.metric) == (target.dataset, target.metric)
        and other.row not in (target.row, target.recomputes)
        and not math.isnan(other.value)
    ]


def _yardstick(target: Target, ours: Measured) -> tuple[float, str]:
    """Its width, and what it consists of."""
    rounding = target.step / 2
    noise = 0.0
    parts = []
    if ours.seeds and _noise_is_known(ours):
        noise = training_noise(ours.seeds, ours.seed_sd)
        parts.append(f"training noise of {ours.seeds} seeds")
    sampling = 0.0
    if not (ours.on_the_papers_test_set and _noise_is_known(ours)):
        sampling = 2 * math.hypot(*_both_errors(target, ours))
        parts.append("the errors of both sets of test proteins")
    parts.append("rounding")
    return math.hypot(noise, sampling) + rounding, " and ".join(parts)


def _both_errors(target: Target, ours: Measured) -> tuple[float, float]:
    """Ours and the paper's; one stands in for the other where that is not printed."""
    known = [error for error in (ours.stderr, target.stderr) if not math.isnan(error)]
    return (known[0], known[-1]) if known else (0.0, 0.0)


def _noise_is_known(ours: Measured) -> bool:
    enough = ours.seeds >= FEWEST_SEEDS and not math.isnan(ours.seed_sd)
    return ours.seeds == 0 or enough


def _why_noise_is_unknown(ours: Measured) -> str:
    if ours.seeds >= FEWEST_SEEDS:
        return f"the spread over its {ours.seeds} seeds is not recorded"
    seeds = f"{ours.seeds} seed{'s' * (ours.seeds > 1)}"
    return f"trained with {seeds}, of which {FEWEST_SEEDS} would show training noise"


def _within(
    target: Target, ours: Measured, yardstick: float, closest: tuple[float, str]
) -> tuple[str, str]:
    """Verdict and reason on a number that chance could have moved to the paper's.

    Args:
        target: the printed number.
        ours: within the yardstick.
        yardstick: its width.
        closest: other row to the printed number or to ours, and how far it is.
    """
    distance, rival = closest
    if not _noise_is_known(ours):
        return NOT_DISTINGUISHABLE, _why_noise_is_unknown(ours)
    if rival and yardstick >= distance:
        return NOT_DISTINGUISHABLE, f"{rival} is as close as chance can bring ours"
    margin = MARGINS.get(target.unit, RELATIVE_MARGIN * abs(target.value))
    if not rival and yardstick >= margin:
        wide = f"chance can move ours by more than {margin:g} ({target.unit})"
        return NOT_DISTINGUISHABLE, wide
    told_from = f", closer than {rival}" if rival else ""
    return REPRODUCED, f"within the yardstick{told_from}"
