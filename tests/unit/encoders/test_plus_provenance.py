"""What a model on disk says of itself, and what sets it apart from the paper's."""

from typing import Any

import pytest

from protlang.encoders.provenance import PUBLISHED, Provenance, plus_provenance

RNN = {"hidden_dim": 512, "layers": 3, "projection": 100}
TFM = {"hidden_dim": 768, "layers": 12, "heads": 12, "feed_forward_dim": 3072}
ROW = "PLUS-RNN BASE"
PAPERS = 14_670_860


def description(
    model: dict[str, int] | None = None,
    domains: int = PAPERS,
    simulated: bool = False,
    architecture: str = "plus-rnn",
    passes: float = 5.0,
    sources: tuple[str, ...] = ("pfam-27",),
    **training: Any,
) -> dict[str, Any]:
    papers = {
        "domains": domains,
        "updates": 1_146_165,
        "passes": passes,
        "entries_per_update": 64,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "masked_lm": 0.7,
        "same_family": 0.3,
    }
    return {
        "architecture": architecture,
        "model": model or RNN,
        "training": {**papers, **training},
        "trained_on": {
            "corpus": "pfam",
            "sources": list(sources),
            "simulated": simulated,
        },
    }


def test_a_model_as_the_papers_does_not_deviate() -> None:
    facts = plus_provenance("mine", ROW, description())
    assert facts.deviation == ""
    assert not facts.simulated
    assert facts.description == (
        "mine: PLUS-RNN, 3 layers of 512, 14,670,860 domains of pfam-27, "
        "1,146,165 updates"
    )


@pytest.mark.parametrize(("passes", "told"), [(0.5, True), (4.99, False), (6, True)])
def test_a_shorter_or_longer_training_is_told(passes: float, told: bool) -> None:
    facts = plus_provenance("mine", ROW, description(passes=passes))
    assert facts.deviation == (
        f"mine had {passes:g} passes, the paper's 5" if told else ""
    )


def test_models_of_rows_of_ours_cannot_deviate() -> None:
    small = {"hidden_dim": 8, "layers": 1, "projection": 4}
    assert plus_provenance("mine", "mine", description(small, 100)).deviation == ""


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ({**RNN, "hidden_dim": 256}, "mine has hidden_dim 256 instead of 512"),
        ({**RNN, "projection": 50}, "mine has projection 50 instead of 100"),
        (
            {**RNN, "hidden_dim": 8, "layers": 1},
            "mine has hidden_dim 8 instead of 512, layers 1 instead of 3",
        ),
    ],
)
def test_other_sizes_are_told(model: dict[str, int], told: str) -> None:
    assert plus_provenance("mine", ROW, description(model)).deviation == told


@pytest.mark.parametrize("share", [0.98, 1.02])
def test_another_number_of_domains_is_told(share: float) -> None:
    domains = round(PAPERS * share)
    facts = plus_provenance("mine", ROW, description(domains=domains))
    assert facts.deviation == (
        f"mine was trained on {domains:,} domains of pfam-27, the paper's on 14,670,860"
    )


def test_a_development_set_is_no_deviation() -> None:
    domains = round(PAPERS * 0.995)
    assert not plus_provenance("mine", ROW, description(domains=domains)).deviation


def test_all_deviations_are_told() -> None:
    small = description({**RNN, "layers": 2}, 1000)
    deviation = plus_provenance("mine", ROW, small).deviation
    assert "layers 2 instead of 3 and was trained on 1,000 domains" in deviation


def test_a_model_of_another_architecture_in_a_papers_row_is_told() -> None:
    deviation = plus_provenance("mine", "PLUS-TFM", description()).deviation
    assert "heads None instead of 12" in deviation


BERT = {"optimizer": "bert_adam", "learning_rate": 0.0001, "entries_per_update": 128}


def test_of_plus_tfm_the_paper_tells_no_number_of_domains() -> None:
    ours = description(TFM, 5, architecture="plus-tfm", passes=10, **BERT)
    assert not plus_provenance("mine", "PLUS-TFM", ours).deviation
    assert PUBLISHED["PLUS-TFM"].domains is None


def test_another_corpus_is_told_even_if_the_paper_tells_no_number() -> None:
    ours = description(
        TFM, 5, architecture="plus-tfm", passes=10, sources=("mine",), **BERT
    )
    assert plus_provenance("mine", "PLUS-TFM", ours).deviation == (
        "mine was trained on 5 domains of mine, the paper's on Pfam 27.0"
    )


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("optimizer", "bert_adam", "optimizer bert_adam instead of adam"),
        ("learning_rate", 0.005, "learning_rate 0.005 instead of 0.001"),
        ("same_family", 1.0, "same_family 1.0 instead of 0.3"),
        ("entries_per_update", 512, "entries_per_update 512 instead of 64"),
    ],
)
def test_another_training_is_told(option: str, value: Any, told: str) -> None:
    facts = plus_provenance("mine", ROW, description(**{option: value}))
    assert facts.deviation == f"mine has {told}"


def test_simulated_domains_are_told() -> None:
    assert plus_provenance("mine", ROW, description(simulated=True)).simulated


def test_published_models_know_most_test_domains() -> None:
    published = {**description(), "training": {}, "trained_on": {}}
    facts = plus_provenance("theirs", ROW, published)
    assert facts == Provenance(
        "theirs: PLUS-RNN, as published",
        False,
        "theirs is published, and split Pfam otherwise: most of the test pairs' "
        "domains were in its training",
    )


def test_sizes_are_those_of_the_papers_networks() -> None:
    """Of PLUS-RNN they follow from the number of weights (tested there)."""
    assert PUBLISHED[ROW].model == RNN
    assert PUBLISHED["PLUS-RNN LARGE"].model == {**RNN, "hidden_dim": 1024}
    domains = PUBLISHED["P-ELMo (re-implementation)"].domains
    assert domains == round(0.8 * 21_827_419)
