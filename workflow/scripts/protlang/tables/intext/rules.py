"""How a number in the text is compared with ours."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from protlang.experiments.targets import Statement, Target
from protlang.protocol import Deviations
from protlang.tables.agreement import (
    EXCERPTED,
    HIGHER,
    LOWER,
    NOT_COMPARABLE,
    NOT_DISTINGUISHABLE,
    OTHER_SETTING,
    REPRODUCED,
    SAME_SETTING,
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
        seeds: trainings behind a single number; 0 if it needs none.
        seed_sd: its standard deviation over them.
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
    BY_CHANCE: "results agree as those of the tables do, within the yardstick",
    WITHIN: (
        "a range agrees if ours, rounded as it is printed, lies in it, and is not "
        "distinguishable if a part does"
    ),
    COVERING: "a number that stands for several agrees if our range covers it",
    PAIRED: "pairs agree if each number does, rounded as it is printed",
    AT_LEAST: "a least value agrees if ours is no smaller",
    BELOW: "a number that is below a bound agrees if ours is, too",
}
"""How numbers are compared, in words."""


_AS_PRINTED = "equal as far as it is printed"


def judge(statement: Statement, found: Found, rule: str) -> tuple[str, str]:
    """Agreement and reason.

    Args:
        statement: the paper's number.
        found: ours.
        rule: of `RULES`.
    """
    if found.quoted:
        return EXCERPTED, "the paper quotes this number from another publication"
    if found.simulated:
        return NOT_COMPARABLE, "the data are simulated"
    agreement, reason = _JUDGES[rule](statement, found)
    if agreement == REPRODUCED:
        return SAME_SETTING if found.setting else REPRODUCED, reason
    return agreement, "; ".join(filter(None, (reason, statement.note)))


def _exactly(statement: Statement, found: Found) -> tuple[str, str]:
    if found.text:
        if found.text == statement.printed:
            return REPRODUCED, "equal"
        return OTHER_SETTING, f"the paper has {statement.printed}"
    return sided(found.values[0], statement.numbers[0], "equal")


def _rounded(statement: Statement, found: Found) -> tuple[str, str]:
    ours = half_up(found.values[0], decimals(statement.printed))
    return sided(ours, statement.numbers[0], _AS_PRINTED)


def _by_chance(statement: Statement, found: Found) -> tuple[str, str]:
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
    agreement = judge_number(target, ours)
    return agreement.verdict, agreement.reason


def _within(statement: Statement, found: Found) -> tuple[str, str]:
    low, high = statement.numbers
    digits = decimals(statement.printed)
    least, most = (half_up(f(found.values), digits) for f in (min, max))
    if low <= least and most <= high:
        return REPRODUCED, "ours lie within the paper's range"
    if least <= high and low <= most:
        return NOT_DISTINGUISHABLE, "a part of ours lies within the paper's range"
    if least > high:
        return HIGHER, "ours lie above the paper's range"
    return LOWER, "ours lie below the paper's range"


def _covering(statement: Statement, found: Found) -> tuple[str, str]:
    digits = decimals(statement.printed)
    least, most = (half_up(f(found.values), digits) for f in (min, max))
    number = statement.numbers[0]
    if least <= number <= most:
        return REPRODUCED, "our range covers the paper's number"
    verdict = HIGHER if least > number else LOWER
    return verdict, "our range does not cover the paper's number"


def _paired(statement: Statement, found: Found) -> tuple[str, str]:
    digits = decimals(statement.printed)
    pairs = zip(found.values, statement.numbers, strict=True)
    judged = [sided(half_up(o, digits), paper, _AS_PRINTED) for o, paper in pairs]
    other = [one for one in judged if one[0] != REPRODUCED]
    return other[0] if other else judged[0]


def _at_least(statement: Statement, found: Found) -> tuple[str, str]:
    if found.values[0] >= statement.numbers[0]:
        return REPRODUCED, "no smaller than the paper's least"
    return LOWER, "smaller than the paper's least"


def _below(statement: Statement, found: Found) -> tuple[str, str]:
    if found.values[0] < statement.numbers[0]:
        return REPRODUCED, "below the paper's bound"
    return HIGHER, "not below the paper's bound"


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


def sided(ours: float, paper: float, reason: str) -> tuple[str, str]:
    """Whether two numbers are equal; the reason is that of equal ones."""
    if math.isclose(ours, paper, rel_tol=1e-12):
        return REPRODUCED, reason
    return (HIGHER if ours > paper else LOWER), f"the paper has {paper:,.10g}"


def decimals(text: str) -> int:
    """Digits after the point, at most, of the numbers in a text."""
    return max(len(part) for part in re.findall(r"\d+\.?(\d*)", text))


def half_up(value: float, digits: int) -> float:
    """Rounded as in print: 76.5 becomes 77, whatever its binary form."""
    exact = Decimal(repr(round(float(value), digits + 6)))
    return float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
