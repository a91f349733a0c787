"""How a number in the text is compared with ours."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from protlang.experiments.targets import Statement, Target
from protlang.protocol import Deviations
from protlang.tables.agreement import (
    BINARY_ROUNDING,
    EXCERPTED,
    FEWEST_SEEDS,
    HIGHER,
    LOWER,
    NOT_COMPARABLE,
    NOT_DISTINGUISHABLE,
    OTHER_SETTING,
    REPRODUCED,
    SAME_SETTING,
    Agreement,
    Measured,
)
from protlang.tables.agreement import judge as judge_number


@dataclass(frozen=True)
class Found:
    """Our number, or numbers, for a statement.

    Attributes:
        values: one, or those that a range or a pair is of.
        text: in the paper's form; empty for a single number.
        stderr: of a single number.
        seeds: trainings behind each number, at least; 0 if it needs none.
        seed_sd: standard deviation of a single number over them.
        yardsticks: of the cells that a pair is of.
        is_indistinct: whether a cell or a difference that it follows from is not
            distinguishable from others, or from none.
        n: proteins behind it; 0 if there are none.
        simulated: whether any input was simulated.
        deviations: of the protocol from the paper's.
        provenance: where it comes from.
        quoted: whether the paper takes the number from elsewhere.
        setting: whether it is chosen, or follows from what is chosen, whatever the
            data; one that is equal reproduces nothing.
    """

    values: tuple[float, ...]
    text: str = ""
    stderr: float = math.nan
    seeds: int = 0
    seed_sd: float = math.nan
    yardsticks: tuple[float, ...] = ()
    is_indistinct: bool = False
    n: int = 0
    simulated: bool = False
    deviations: Deviations = ()
    provenance: str = ""
    quoted: bool = False
    setting: bool = False


EXACTLY, ROUNDED, BY_CHANCE = "exactly", "as printed", "by chance"
WITHIN, COVERING, PAIRED, AT_LEAST = "within", "covering", "paired", "at least"
BELOW = "below"

RULES: Mapping[str, str] = {
    EXACTLY: "settings and counts agree if they are equal",
    ROUNDED: "rounded numbers agree if ours, rounded as it is printed, is equal",
    BY_CHANCE: (
        "results agree within the yardstick, as those of the tables do; rounded more "
        "coarsely, they may be less sure than the cells that they are of"
    ),
    WITHIN: (
        "a range agrees if ours, rounded as it is printed, lies in it, and is not "
        "distinguishable if a part does"
    ),
    COVERING: (
        "a number that stands for several is not distinguishable from ours if our "
        "range covers it, which a wide one does easily"
    ),
    PAIRED: "pairs agree if each number does, within the yardstick of its table",
    AT_LEAST: "a least value agrees if ours is no smaller",
    BELOW: "a number that is below a bound agrees if ours is, too",
}
"""How numbers are compared, in words."""


_AS_PRINTED = "equal as far as it is printed"


def judge(statement: Statement, found: Found, rule: str) -> Agreement:
    """Compare ours with a number of the text.

    What follows from cells of a table is no surer than these.

    Args:
        statement: the paper's number.
        found: ours.
        rule: of `RULES`.
    """
    if found.quoted:
        reason = "the paper quotes this number from another publication"
        return Agreement(EXCERPTED, reason)
    if found.simulated:
        return Agreement(NOT_COMPARABLE, "the data are simulated")
    agreement = _JUDGES[rule](statement, found)
    equal = agreement.verdict == REPRODUCED
    if found.setting:
        agreement = replace(agreement, verdict=SAME_SETTING if equal else OTHER_SETTING)
    if not equal:
        noted = "; ".join(filter(None, (agreement.reason, statement.note)))
        return replace(agreement, reason=noted)
    if doubt := _doubt(found):
        return replace(agreement, verdict=NOT_DISTINGUISHABLE, reason=doubt)
    return agreement


def _doubt(found: Found) -> str:
    """Why an equal number may be so by chance; empty without such a reason."""
    if found.is_indistinct:
        return "chance can explain what it follows from"
    if 0 < found.seeds < FEWEST_SEEDS:
        return f"it has {found.seeds} seeds of the {FEWEST_SEEDS} that show their noise"
    return ""


def _exactly(statement: Statement, found: Found) -> Agreement:
    if found.text:
        if found.text == statement.printed:
            return Agreement(REPRODUCED, "equal")
        return Agreement(OTHER_SETTING, f"the paper has {statement.printed}")
    return sided(found.values[0], statement.numbers[0], "equal")


def _rounded(statement: Statement, found: Found) -> Agreement:
    ours = half_up(found.values[0], decimals(statement.printed))
    return sided(ours, statement.numbers[0], _AS_PRINTED)


def _by_chance(statement: Statement, found: Found) -> Agreement:
    target = Target(
        statement.row,
        statement.dataset,
        statement.metric,
        statement.unit,
        statement.numbers[0],
        statement.stderr,
        "in-text",
        statement.note,
        10.0 ** -decimals(statement.printed),
    )
    ours = Measured(
        found.values[0],
        found.stderr,
        found.n,
        simulated=False,
        deviations=found.deviations,
        provenance="",
        seeds=found.seeds,
        seed_sd=found.seed_sd,
    )
    return judge_number(target, ours)


def _within(statement: Statement, found: Found) -> Agreement:
    low, high = statement.numbers
    digits = decimals(statement.printed)
    least, most = (half_up(f(found.values), digits) for f in (min, max))
    if low <= least and most <= high:
        return Agreement(REPRODUCED, "ours lie within the paper's range")
    if least <= high and low <= most:
        return Agreement(
            NOT_DISTINGUISHABLE, "a part of ours lies within the paper's range"
        )
    if least > high:
        return Agreement(HIGHER, "ours lie above the paper's range")
    return Agreement(LOWER, "ours lie below the paper's range")


def _covering(statement: Statement, found: Found) -> Agreement:
    digits = decimals(statement.printed)
    least, most = (half_up(f(found.values), digits) for f in (min, max))
    number = statement.numbers[0]
    if least <= number <= most:
        return Agreement(NOT_DISTINGUISHABLE, "our range covers the paper's number")
    verdict = HIGHER if least > number else LOWER
    return Agreement(verdict, "our range does not cover the paper's number")


def _paired(statement: Statement, found: Found) -> Agreement:
    numbers = zip(found.values, statement.numbers, found.yardsticks, strict=True)
    for ours, paper, yardstick in numbers:
        if abs(ours - paper) > yardstick + BINARY_ROUNDING:
            return sided(ours, paper, "")
    return Agreement(REPRODUCED, "each is within the yardstick of its table")


def _at_least(statement: Statement, found: Found) -> Agreement:
    if found.values[0] >= statement.numbers[0]:
        return Agreement(REPRODUCED, "no smaller than the paper's least")
    return Agreement(LOWER, "smaller than the paper's least")


def _below(statement: Statement, found: Found) -> Agreement:
    if found.values[0] < statement.numbers[0]:
        return Agreement(REPRODUCED, "below the paper's bound")
    return Agreement(HIGHER, "not below the paper's bound")


_JUDGES = {
    EXACTLY: _exactly,
    ROUNDED: _rounded,
    BY_CHANCE: _by_chance,
    WITHIN: _within,
    COVERING: _covering,
    PAIRED: _paired,
    AT_LEAST: _at_least,
    BELOW: _below,
}


def sided(ours: float, paper: float, reason: str) -> Agreement:
    """Whether two numbers are equal; the reason is that of equal ones."""
    if math.isclose(ours, paper, rel_tol=1e-12):
        return Agreement(REPRODUCED, reason)
    side = HIGHER if ours > paper else LOWER
    return Agreement(side, f"the paper has {paper:,.10g}")


def decimals(text: str) -> int:
    """Digits after the point, at most, of the numbers in a text."""
    return max(len(part) for part in re.findall(r"\d+\.?(\d*)", text))


def half_up(value: float, digits: int) -> float:
    """Rounded as in print: 76.5 becomes 77, whatever its binary form."""
    exact = Decimal(repr(round(float(value), digits + 6)))
    return float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
