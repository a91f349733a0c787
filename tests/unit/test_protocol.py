"""Differences of protocols as sentences, and back."""

import pytest

from protlang.protocol import (
    SAME,
    Deviation,
    in_words,
    merged,
    parse,
    settings_that_differ,
    simulated_parts,
)


@pytest.mark.parametrize(
    "deviations",
    [
        (),
        (Deviation("training proteins", "9,712", "10,256"),),
        (Deviation("test pairs", "drawn anew"), Deviation("batch", "16", "64")),
        (Deviation("training set mine", "as in FLIP: https://x.org, 2 files"),),
    ],
)
def test_sentences_are_read_as_they_were_written(
    deviations: tuple[Deviation, ...],
) -> None:
    assert parse(in_words(deviations)) == deviations


def test_marks_that_separate_parts_are_replaced_inside_them() -> None:
    odd = (Deviation("set a: part b", "one; two", "three"), Deviation("batch", "1"))
    found = parse(in_words(odd))
    assert found == (Deviation("set a, part b", "one, two", "three"), odd[1])


def test_no_difference_has_a_word() -> None:
    assert in_words(()) == SAME
    assert parse("") == ()


def test_only_settings_that_the_paper_reports_are_compared() -> None:
    own = {"rate": 0.1, "norm": None, "cells": 4096, "more": 1}
    paper = {"rate": 0.1, "norm": 10.0, "cells": 512, "decay": True}
    assert settings_that_differ(own, paper, "mine") == (
        Deviation("mine norm", "none", "10.0"),
        Deviation("mine cells", "4,096", "512"),
        Deviation("mine decay", "not recorded", "True"),
    )


def test_what_is_not_recorded_is_not_taken_for_the_papers() -> None:
    unlimited = {"longest": None}
    assert settings_that_differ(unlimited, unlimited) == ()
    (unknown,) = settings_that_differ({}, unlimited)
    assert str(unknown) == "longest: not recorded, the paper's none"


def test_a_difference_of_several_origins_is_reported_once() -> None:
    one, other = Deviation("a", "1"), Deviation("b", "2")
    assert merged((one,), (other, one)) == (one, other)


def test_each_simulated_part_is_named() -> None:
    parts = {"training proteins": False, "test proteins": True}
    assert simulated_parts(parts) == (Deviation("test proteins", "simulated"),)
