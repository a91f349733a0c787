import math
from collections.abc import Sequence
from itertools import permutations

import pytest

from protlang.experiments.targets import Target, load_targets
from protlang.protocol import Deviation, Deviations
from protlang.tables.agreement import (
    Agreement,
    Measured,
    closest_to,
    judge,
    training_noise,
)

NAN = math.nan
OTHER_TEST_SET = (Deviation("test proteins of CB513", "500", "511"),)


def target(row: str = "DeepSeqVec", value: float = 70.0, **changes: object) -> Target:
    facts: dict[str, object] = {
        "dataset": "CB513",
        "metric": "Q3",
        "unit": "percent",
        "stderr": 0.5,
        "kind": "reproduced",
        "note": "",
        "step": 0.1,
    }
    return Target(row=row, value=value, **(facts | changes))  # type: ignore[arg-type]


def ours(value: float, **changes: object) -> Measured:
    facts: dict[str, object] = {
        "stderr": 0.5,
        "n": 511,
        "simulated": False,
        "deviations": (),
        "provenance": "trained here",
        "seeds": 3,
        "seed_sd": 0.1,
    }
    return Measured(value=value, **(facts | changes))  # type: ignore[arg-type]


COLUMN = [target(), target("DeepProf", 75.0), target("DeepOneHot", 67.0)]


def compared(value: float, **changes: object) -> Agreement:
    return judge(target(), ours(value, **changes), COLUMN)


def test_training_noise_is_a_prediction_interval() -> None:
    # Student's t of 2 degrees of freedom leaves 2.5 % above 4.30265.
    assert training_noise(3, 0.1) == pytest.approx(4.30265 * 0.1 * math.sqrt(4 / 3))


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(70.5, "reproduced"), (69.5, "reproduced"), (70.6, "higher"), (69.4, "lower")],
)
def test_on_the_same_test_set_training_noise_and_rounding_decide(
    value: float, verdict: str
) -> None:
    agreement = compared(value)
    assert agreement.verdict == verdict
    assert agreement.yardstick == pytest.approx(0.05 + training_noise(3, 0.1))
    assert agreement.distance == 3


def test_errors_over_test_proteins_do_not_widen_it() -> None:
    assert compared(71.0, stderr=5.0).verdict == "higher"


def test_on_other_test_proteins_the_errors_of_both_sets_count() -> None:
    agreement = compared(71.0, deviations=OTHER_TEST_SET)
    assert agreement.verdict == "reproduced"
    expected = math.hypot(training_noise(3, 0.1), 2 * math.hypot(0.5, 0.5)) + 0.05
    assert agreement.yardstick == pytest.approx(expected)


def test_a_missing_error_is_that_of_the_other_set() -> None:
    one = judge(target(stderr=NAN), ours(71.0, deviations=OTHER_TEST_SET), COLUMN)
    assert one.yardstick == compared(71.0, deviations=OTHER_TEST_SET).yardstick


def test_other_training_data_do_not_change_the_yardstick() -> None:
    other = (Deviation("training proteins", "9,712", "10,256"),)
    assert compared(70.2, deviations=other) == compared(70.2)


def test_what_could_also_be_the_next_row_is_not_reproduced() -> None:
    agreement = compared(70.5, seed_sd=0.7)
    assert agreement.yardstick > agreement.distance
    assert agreement.verdict == "not distinguishable"
    assert "DeepOneHot" in agreement.reason


def test_what_is_as_close_to_another_row_is_not_reproduced() -> None:
    column = [target(), target("DeepProf", 70.6)]
    # Noise of 0.40: less than the 0.6 between both rows, but more than to one of them.
    facts = {"seed_sd": 0.07}
    assert judge(target(), ours(70.1, **facts), column).verdict == "reproduced"
    between = judge(target(), ours(70.3, **facts), column)
    assert between.yardstick < between.distance
    assert between.verdict == "not distinguishable"
    assert "DeepProf" in between.reason


@pytest.mark.parametrize("seeds", [1, 2])
def test_few_seeds_refute_but_do_not_reproduce(seeds: int) -> None:
    few = compared(70.1, seeds=seeds)
    assert few.verdict == "not distinguishable"
    assert few.reason.startswith(f"trained with {seeds} seed")
    assert compared(72.0, seeds=seeds).verdict == "higher"


def test_seeds_of_unknown_spread_reproduce_nothing() -> None:
    unknown = compared(70.1, seed_sd=NAN)
    assert unknown.verdict == "not distinguishable"
    assert unknown.reason == "the spread over its 3 seeds is not recorded"
    assert compared(72.0, seed_sd=NAN).verdict == "higher"


def test_a_method_without_training_has_no_training_noise() -> None:
    assert compared(70.05, seeds=0, seed_sd=NAN).verdict == "reproduced"
    assert compared(70.06, seeds=0, seed_sd=NAN).verdict == "higher"


def test_printed_rounding_is_no_difference() -> None:
    printed = target(value=0.33, step=0.01, unit="fraction", stderr=NAN)
    exact = ours(0.333, seed_sd=0.0)
    assert judge(printed, exact).verdict == "reproduced"
    assert judge(printed, ours(0.336, seed_sd=0.0)).verdict == "higher"


def test_without_other_rows_a_margin_has_to_be_met() -> None:
    assert judge(target(), ours(70.1)).verdict == "reproduced"
    assert judge(target(), ours(70.1, seed_sd=0.4)).verdict == "not distinguishable"


@pytest.mark.parametrize(("value", "verdict"), [(3, "reproduced"), (2, "lower")])
def test_numbers_of_other_units_have_to_be_printed_finely_enough(
    value: float, verdict: str
) -> None:
    facts = {"unit": "s", "step": 1.0, "stderr": NAN}
    exact = {"seeds": 0, "seed_sd": NAN}
    assert judge(target(value=3, **facts), ours(value, **exact)).verdict == verdict
    coarse = judge(target(value=2, **facts), ours(2, **exact))
    assert coarse.verdict == "not distinguishable"


def test_simulated_data_and_rows_of_ours_are_not_compared() -> None:
    assert compared(70.0, simulated=True).verdict == "not comparable"
    added = target(kind="added", value=NAN)
    assert judge(added, ours(70.0), COLUMN).verdict == "not in the paper"


@pytest.mark.parametrize(
    ("value", "verdict"), [(70.0, "same setting"), (70.01, "other setting")]
)
def test_an_equal_setting_reproduces_nothing(value: float, verdict: str) -> None:
    agreement = compared(value, setting=True)
    assert agreement.verdict == verdict
    assert math.isnan(agreement.yardstick)


def test_the_closest_row_is_of_the_same_column() -> None:
    elsewhere = target("DeepBLOSUM65", 70.0, dataset="TS115")
    empty = target("iLoc", NAN)
    found = judge(target(), ours(70.0), [*COLUMN, elsewhere, empty])
    assert (found.distance, found.verdict) == (3, "reproduced")
    assert math.isnan(judge(target(), ours(70.0), [target(), elsewhere]).distance)


def test_the_closest_of_no_rows_is_unknown() -> None:
    assert closest_to(70.0, COLUMN[1:]) == (3, "DeepOneHot")
    distance, row = closest_to(70.0, [])
    assert math.isnan(distance)
    assert row == ""


# The paper's own numbers, passed off as ours for another row of their column


TABLES = [
    *(("SeqVec", f"Table {number}") for number in (1, 2)),
    *(("PLUS", f"Table {number}") for number in range(1, 7)),
]


def pairs_of_methods(printed: Sequence[Target]) -> list[tuple[Target, Target]]:
    """Any two of the authors' own methods with a number in the same column."""
    own = [one for one in printed if one.kind == "reproduced"]
    return [
        (first, second)
        for first, second in permutations(own, 2)
        if (first.dataset, first.metric) == (second.dataset, second.metric)
    ]


@pytest.mark.parametrize("table", TABLES, ids=" ".join)
@pytest.mark.parametrize("noise", [0.0, 0.0005, 0.002, 0.01, 0.05])
@pytest.mark.parametrize("deviations", [(), OTHER_TEST_SET], ids=["same", "other"])
def test_no_method_of_the_paper_reproduces_another(
    table: tuple[str, str], noise: float, deviations: Deviations
) -> None:
    printed = load_targets(*table)
    pairs = pairs_of_methods(printed)
    assert len(pairs) >= 8
    for first, second in pairs:
        posing = ours(
            second.value,
            stderr=second.stderr,
            seed_sd=noise * first.value,
            deviations=deviations,
        )
        assert judge(first, posing, printed).verdict != "reproduced"


@pytest.mark.parametrize("table", TABLES, ids=" ".join)
def test_equal_trainings_of_one_method_reproduce_it_unless_rows_are_close(
    table: tuple[str, str],
) -> None:
    printed = load_targets(*table)
    verdicts = {
        judge(one, ours(one.value, stderr=one.stderr, seed_sd=0.0), printed).verdict
        for one in printed
        if one.kind == "reproduced"
    }
    assert "reproduced" in verdicts
    assert verdicts <= {"reproduced", "not distinguishable"}


def test_added_errors_cannot_tell_half_of_the_methods_apart() -> None:
    """As `docs/decisions.md` says of the errors over the same test proteins."""
    tables = [load_targets("SeqVec", f"Table {number}") for number in (1, 2)]
    pairs = [pair for printed in tables for pair in pairs_of_methods(printed)]
    alike = [
        abs(first.value - second.value) <= 2 * math.hypot(first.stderr, second.stderr)
        for first, second in pairs
    ]
    assert (len(alike) // 2, sum(alike) // 2) == (154, 74)
