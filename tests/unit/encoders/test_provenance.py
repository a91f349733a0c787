import json
from pathlib import Path
from typing import Any

import pytest

from protlang.encoders.provenance import (
    Provenance,
    encoder_provenance,
    plus_provenance,
    trained_on,
    untrained_provenance,
)
from protlang.errors import ProtlangError
from protlang.protocol import Deviation, in_words
from support.finetuning import SEQVEC, plus_record


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
    used = {"start_state": "zero", "precision": "float32", "storage": "float32"}
    found = encoder_provenance("mine", tmp_path, used)
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
        (
            Deviation("mine architecture", "plus-tfm", "an ELMo or ProtVec"),
            Deviation("mine corpus", "simulated"),
        ),
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

ROW = "PLUS-RNN BASE"


def test_a_model_as_the_papers_does_not_deviate() -> None:
    assert plus_provenance("mine", ROW, plus_record()) == Provenance(
        "mine: PLUS-RNN, 3 layers of 512, 14,670,860 domains of pfam-27, "
        "1,146,165 updates",
        False,
    )


def test_sizes_and_training_are_compared_with_those_of_the_row() -> None:
    small = {**plus_record()["model"], "layers": 2}
    config = plus_record(model=small, optimizer="bert_adam", simulated=True)
    found = plus_provenance("mine", ROW, config)
    assert found.simulated
    assert in_words(found.deviations) == (
        "mine layers: 2, the paper's 3; mine optimizer: bert_adam, the paper's adam; "
        "mine corpus: simulated"
    )
    assert plus_provenance("mine", "ours", config | plus_record()).deviations == ()


def test_published_models_know_most_test_domains() -> None:
    small = {**plus_record()["model"], "layers": 2}
    published = {**plus_record(model=small), "training": {}, "trained_on": {}}
    known = Deviation(
        "theirs training domains",
        "most domains of the test pairs, as it split Pfam otherwise",
        "none of them",
    )
    assert plus_provenance("theirs", ROW, published) == Provenance(
        "theirs: PLUS-RNN, as published",
        False,
        (Deviation("theirs layers", "2", "3"), known),
    )
    elsewhere = plus_provenance("theirs", ROW, published, on_pfam=False)
    assert elsewhere.deviations == (Deviation("theirs layers", "2", "3"),)


def test_p_elmos_own_weights_are_not_those_that_plus_trained_anew() -> None:
    model = {"hidden_dim": 1024, "layers": 2}
    config = {"architecture": "p-elmo-lm", "model": model, "training": {}}
    row, published = "P-ELMo (re-implementation)", {**config, "trained_on": {}}
    found = plus_provenance("theirs", row, published, on_pfam=False).deviations
    assert [one.aspect for one in found] == ["theirs pre-training"]


def test_of_random_weights_the_sizes_are_compared() -> None:
    config = plus_record()
    described = "PLUS-RNN, 3 layers of 512, random weights"
    assert untrained_provenance("mine", ROW, config) == Provenance(described, False)
    small = {**config, "model": {**config["model"], "layers": 1}}
    found = untrained_provenance("mine", ROW, small).deviations
    assert found == (Deviation("mine layers", "1", "3"),)
    assert untrained_provenance("mine", "a row of ours", small).deviations == ()
