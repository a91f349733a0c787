"""Provenance of pairs: differences from the paper."""

from typing import Any

import pytest

from protlang.encoders.provenance import SetFacts
from protlang.homology.provenance import (
    homology_deviations,
    pair_facts,
    training_deviations,
)
from protlang.protocol import Deviation, in_words

SPLIT = {"domains": {"train": 20_168, "development": 2_240, "test": 5_602}}
DRAWN = (
    "test split and pairs: drawn anew, 20,168 domains to train and 5,602 to test on, "
    "the paper's 22,408 domains to train and 5,602 to test on"
)

LEFT_OUT = "test domains left out: {} of more than 300 residues, the paper's none"


def older(part: str = "test", **more: Any) -> dict[str, Any]:
    proteins = {"train": 20_168, "development": 2_240, "test": 5_602}[part]
    return {
        "source": "scope-2.06-95",
        "simulated": False,
        "longest": None,
        "longer": 0,
        "split": SPLIT,
        "part": part,
        "proteins": proteins,
        **more,
    }


def newer(known: dict[str, Any], **more: Any) -> dict[str, Any]:
    own = {"source": "scope-2.07-95", "part": "newer", "proteins": 10, "older": known}
    return {"simulated": False, "longest": None, "longer": 0, **own, **more}


def pairs(domains: dict[str, Any], count: int) -> dict[str, Any]:
    return {"seed": 1, "count": None, "tau": 1.0, "pairs": count, "domains": domains}


AS_IN_THE_PAPER = (
    pairs(older("development"), 20_000),
    pairs(older(), 100_000),
    pairs(newer(older("train")), 45),
)


def test_a_split_and_pairs_that_are_drawn_are_never_the_papers() -> None:
    assert in_words(homology_deviations(*AS_IN_THE_PAPER)) == DRAWN
    for one in AS_IN_THE_PAPER:
        assert in_words(homology_deviations(one)) == DRAWN


@pytest.mark.parametrize(
    ("provenance", "deviation"),
    [
        (
            pairs(older(source="scope-2.07-40"), 100_000),
            f"test domains: scope-2.07-40, the paper's scope-2.06-95; {DRAWN}",
        ),
        (pairs(older(), 5_000), f"{DRAWN}; test pairs: 5,000, the paper's 100,000"),
        (
            pairs(older("development", longest=300, longer=3_123), 7),
            f"{DRAWN}; {LEFT_OUT.format('3,123 ones of scope-2.06-95')}",
        ),
        # A limit that nothing is beyond makes no difference.
        (pairs(older("development", longest=3_000), 7), DRAWN),
        (
            pairs(newer(older("train", longer=2, longest=300)), 45),
            f"{DRAWN}; {LEFT_OUT.format('2 ones of scope-2.06-95')}",
        ),
        (
            pairs(newer(older("train"), longer=2, longest=300), 45),
            f"{DRAWN}; {LEFT_OUT.format('2 new ones of scope-2.07-95')}",
        ),
        (
            pairs(newer(older("train"), source="scope-2.08-95"), 45),
            f"{DRAWN}; test domains: scope-2.08-95, the paper's scope-2.07-95",
        ),
        (
            pairs(newer(older("train")), 20),
            f"{DRAWN}; test pairs of new domains: 20, the paper's all 45",
        ),
    ],
)
def test_every_difference_is_reported(
    provenance: dict[str, Any], deviation: str
) -> None:
    assert in_words(homology_deviations(provenance)) == deviation


def test_differences_that_sets_share_are_reported_once() -> None:
    limit = {"longest": 300, "longer": 9}
    sets = [pairs(older("development", **limit), 7), pairs(older(**limit), 100_000)]
    assert in_words(homology_deviations(*sets)) == (
        f"{DRAWN}; {LEFT_OUT.format('9 ones of scope-2.06-95')}"
    )


def test_facts_of_a_set_are_its_differences() -> None:
    for one in AS_IN_THE_PAPER:
        assert pair_facts(one) == SetFacts(False, homology_deviations(one))


@pytest.mark.parametrize(
    "simulated",
    [
        pairs(older(simulated=True), 100_000),
        pairs(newer(older("train"), simulated=True), 45),
        pairs(newer(older("train", simulated=True)), 45),
    ],
)
def test_pairs_of_a_simulated_release_are_simulated(simulated: dict[str, Any]) -> None:
    found = pair_facts(simulated)
    assert found.simulated
    assert found.deviations[-1] == Deviation("test pairs", "simulated")


def test_domains_to_train_on_as_the_papers_have_no_difference() -> None:
    trained_on = {**older("train"), "source": "scope-2.06-95"}
    del trained_on["split"]
    assert training_deviations(trained_on, 20_168) == ()


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({"split": SPLIT}, "20,168 of scope-2.06-95, split anew"),
        ({"source": "scope-2.07-40"}, "20,168 of scope-2.07-40"),
        (
            {"longest": 300, "longer": 7},
            "20,168 of scope-2.06-95, none of more than 300 residues",
        ),
    ],
)
def test_other_domains_to_train_on_are_reported(
    changes: dict[str, Any], ours: str
) -> None:
    trained_on = older("train")
    del trained_on["split"]
    papers = "22,408 of scope-2.06-95 with a development set"
    found = training_deviations({**trained_on, **changes}, 20_168)
    assert found == (Deviation("training domains", ours, papers),)
