import json
from pathlib import Path
from typing import Any

import pytest

from protlang.encoders.provenance import (
    PUBLISHED,
    Provenance,
    encoder_provenance,
    plus_provenance,
    trained_on,
)
from protlang.errors import ProtlangError
from protlang.protocol import Deviation, in_words
from support.finetuning import SEQVEC


def facts(folder: Path, **changes: Any) -> Provenance:
    (folder / "config.json").write_text(json.dumps({**SEQVEC, **changes}))
    return encoder_provenance("mine", folder)


def test_the_published_network_does_not_deviate(tmp_path: Path) -> None:
    found = facts(tmp_path)
    assert found == Provenance(
        "mine: ELMo, 2 layers of 4,096 cells, 9,577,889,953 residues", False, ()
    )


def test_another_training_and_corpus_deviate(tmp_path: Path) -> None:
    origin = {"corpus": "small", "sources": ["ecoli", "yeast"], "simulated": True}
    found = facts(tmp_path, training={"n_train_tokens": 1200}, trained_on=origin)
    assert found.simulated
    assert found.description.endswith("1,200 residues of ecoli, yeast")
    aspects = [one.aspect for one in found.deviations]
    assert {"mine optimizer", "mine rows per update", "mine corpus"} <= {*aspects}


def test_how_an_elmo_embeds_is_reported_where_it_matters(tmp_path: Path) -> None:
    facts(tmp_path)
    found = encoder_provenance("mine", tmp_path, {"start_state": "zero"})
    assert in_words(found.deviations) == (
        "mine embedding start state: zero, the paper's carried on"
    )


def test_vectors_of_3_mers_are_compared_too(tmp_path: Path) -> None:
    origin = {"corpus": "small", "sources": ["yeast"], "simulated": False}
    training = {"proteins": 3, "residues": 90, "window": 25}
    changed = {"architecture": "protvec", "training": training, "trained_on": origin}
    found = facts(tmp_path, **changed)
    assert found.description == "mine: ProtVec, 90 residues of yeast"
    assert "mine corpus" in {one.aspect for one in found.deviations}
    published = facts(tmp_path, architecture="protvec", training={})
    assert published == Provenance("mine: ProtVec, as published", False)


def test_another_architecture_deviates(tmp_path: Path) -> None:
    origin = {"corpus": "small", "sources": ["yeast"], "simulated": True}
    assert facts(tmp_path, architecture="plus-tfm", trained_on=origin) == Provenance(
        "mine: plus-tfm, trained on yeast",
        True,
        (Deviation("mine architecture", "plus-tfm", "an ELMo or ProtVec"),),
    )


def test_an_encoder_records_its_corpus() -> None:
    meta = {"sources": [{"name": "a"}, {"name": "b"}], "simulated": False, "other": 1}
    assert trained_on("both", meta) == {
        "corpus": "both",
        "sources": ["a", "b"],
        "simulated": False,
    }


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"architecture": "bert"}', '{"architecture": "elmo"}']
)
def test_what_describes_no_encoder_is_reported(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ProtlangError, match=r"describes no encoder .*train or"):
        encoder_provenance("mine", tmp_path)


def test_a_missing_encoder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="does not exist; train or import"):
        encoder_provenance("mine", tmp_path)


# Models of PLUS

RNN = {"hidden_dim": 512, "layers": 3, "projection": 100}
TFM = {"hidden_dim": 768, "layers": 12, "heads": 12, "feed_forward_dim": 3072}
ROW = "PLUS-RNN BASE"
PAPERS = 14_670_860


def plus_config(
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
    facts = plus_provenance("mine", ROW, plus_config())
    assert facts.deviations == ()
    assert not facts.simulated
    assert facts.description == (
        "mine: PLUS-RNN, 3 layers of 512, 14,670,860 domains of pfam-27, "
        "1,146,165 updates"
    )


def test_models_of_rows_of_ours_cannot_deviate() -> None:
    small = {"hidden_dim": 8, "layers": 1, "projection": 4}
    assert plus_provenance("mine", "mine", plus_config(small, 100)).deviations == ()


FEWER, MORE = round(PAPERS * 0.98), round(PAPERS * 1.02)
ON = "training domains: {:,} of pfam-27, the paper's 14,670,860 of Pfam 27.0"


@pytest.mark.parametrize(
    ("changes", "deviation"),
    [
        ({"model": {**RNN, "hidden_dim": 256}}, "hidden dim: 256, the paper's 512"),
        ({"model": {**RNN, "projection": 50}}, "projection: 50, the paper's 100"),
        (
            {"model": {**RNN, "hidden_dim": 8, "layers": 1}},
            "hidden dim: 8, the paper's 512; mine layers: 1, the paper's 3",
        ),
        ({"domains": FEWER}, ON.format(FEWER)),
        ({"domains": MORE}, ON.format(MORE)),
        ({"passes": 0.5}, "epochs: 0.5, the paper's 5"),
        ({"passes": 6}, "epochs: 6, the paper's 5"),
        ({"optimizer": "bert_adam"}, "optimizer: bert_adam, the paper's adam"),
        ({"learning_rate": 0.005}, "learning rate: 0.005, the paper's 0.001"),
        ({"same_family": 1.0}, "same family: 1.0, the paper's 0.3"),
        ({"entries_per_update": 512}, "entries per update: 512, the paper's 64"),
    ],
)
def test_every_difference_is_reported(changes: dict[str, Any], deviation: str) -> None:
    facts = plus_provenance("mine", ROW, plus_config(**changes))
    assert in_words(facts.deviations) == f"mine {deviation}"


@pytest.mark.parametrize(
    "changes", [{"domains": round(PAPERS * 0.995)}, {"passes": 4.99}]
)
def test_a_validation_set_and_a_last_batch_are_no_deviation(
    changes: dict[str, Any],
) -> None:
    assert not plus_provenance("mine", ROW, plus_config(**changes)).deviations


def test_all_deviations_are_reported() -> None:
    small = plus_config({**RNN, "layers": 2}, 1000)
    deviations = plus_provenance("mine", ROW, small).deviations
    aspects = [one.aspect for one in deviations]
    assert aspects == ["mine layers", "mine training domains"]


def test_a_model_of_another_architecture_in_a_papers_row_is_reported() -> None:
    deviations = plus_provenance("mine", "PLUS-TFM", plus_config()).deviations
    assert Deviation("mine heads", "none", "12") in deviations


BERT = {"optimizer": "bert_adam", "learning_rate": 0.0001, "entries_per_update": 128}


def test_of_plus_tfm_the_paper_reports_no_number_of_domains() -> None:
    ours = plus_config(TFM, 5, architecture="plus-tfm", passes=10, **BERT)
    assert not plus_provenance("mine", "PLUS-TFM", ours).deviations
    assert PUBLISHED["PLUS-TFM"].domains is None


def test_another_corpus_is_reported_even_if_the_paper_reports_no_number() -> None:
    ours = plus_config(
        TFM, 5, architecture="plus-tfm", passes=10, sources=("mine",), **BERT
    )
    found = in_words(plus_provenance("mine", "PLUS-TFM", ours).deviations)
    assert found == "mine training domains: 5 of mine, the paper's Pfam 27.0"


def test_simulated_domains_are_reported() -> None:
    assert plus_provenance("mine", ROW, plus_config(simulated=True)).simulated


def test_published_models_know_most_test_domains() -> None:
    published = {**plus_config(), "training": {}, "trained_on": {}}
    facts = plus_provenance("theirs", ROW, published)
    assert facts == Provenance(
        "theirs: PLUS-RNN, as published",
        False,
        (
            Deviation(
                "theirs training domains",
                "most domains of the test pairs, as it split Pfam otherwise",
                "none of them",
            ),
        ),
    )


def test_sizes_are_those_of_the_papers_networks() -> None:
    """Of PLUS-RNN they follow from the number of weights (tested there)."""
    assert PUBLISHED[ROW].model == RNN
    assert PUBLISHED["PLUS-RNN LARGE"].model == {**RNN, "hidden_dim": 1024}
    domains = PUBLISHED["P-ELMo (re-implementation)"].domains
    assert domains == round(0.8 * 21_827_419)
