"""Which encoders a configuration declares, and what it cannot declare."""

from collections.abc import Mapping
from typing import Any

import pytest

from protlang.errors import ProtlangError
from protlang.experiments.configuration import validated_config
from protlang.experiments.encoders import CHECKPOINTS, PLUS, Encoders
from protlang.experiments.heads import NotRun
from protlang.formats.pfam import PFAM
from protlang.sources.catalogue import Source, SourceFile, load_sources
from protlang.validation import REPOSITORY, read_yaml
from support.sources import make_source

SOURCES: dict[str, Source] = {
    "pfam": make_source("pfam", PFAM),
    "uniref": make_source("uniref", "fasta"),
    "vectors": make_source("vectors", "protvec-csv"),
    "lacking": make_source("lacking", "protvec-csv", files={"x": SourceFile("v.csv")}),
    "weights": make_source(
        "weights",
        CHECKPOINTS,
        files={"base": SourceFile("base.pt"), "large": SourceFile("large.pt")},
    ),
}
SOFTMAX = {
    "checkpoint": make_source("checkpoint", "bilm-tf-checkpoint"),
    "pair": make_source("pair", "allennlp-elmo"),
}
P_ELMO = {"p-elmos": make_source("p-elmos", "p-elmo-checkpoint")}
CORPORA = {"domains": {"sources": ["pfam"]}, "proteins": {"sources": ["uniref"]}}
TRAINED: dict[str, Any] = {
    "row": "PLUS-RNN BASE",
    "architecture": "plus-rnn",
    "corpus": "domains",
    "model": {"hidden_dim": 8},
    "seed": 1,
    "threads": 1,
    "loop": {"steps": 3},
}
PUBLISHED = {"source": "weights", "file": "large", "architecture": "plus-rnn"}


def declared(
    encoders: Mapping[str, Any] | None = None,
    pairs: Mapping[str, int] | None = None,
    corpus: str = "domains",
) -> Encoders:
    """Two models of PLUS, or others."""
    config = {
        "corpora": CORPORA,
        "encoders": {"ours": TRAINED, "theirs": PUBLISHED, **(encoders or {})},
        "plus": {"corpus": corpus, "pairs": pairs or {"test": 5, "seed": 2}},
    }
    return Encoders(config, SOURCES)


def test_models_are_those_of_the_configuration() -> None:
    elmo = {"architecture": "elmo", "corpus": "proteins", "epochs": 1, "seed": 1}
    vectors = {"architecture": "protvec", "source": "vectors"}
    found = declared({"elmo": elmo, "vectors": vectors})
    assert list(found.declared) == ["ours", "theirs", "elmo", "vectors"]
    assert list(found.models) == ["ours", "theirs"]
    assert list(found.trained(*PLUS)) == ["ours"]
    assert list(found.published(*PLUS)) == ["theirs"]
    assert list(found.trained("elmo", "protvec")) == ["elmo"]
    assert list(found.published("elmo", "protvec")) == ["vectors"]
    assert found.declared["elmo"].corpus == "proteins"
    assert found.training_settings("elmo") == {"epochs": 1, "seed": 1}
    assert found.corpus == "domains"
    assert found.pairs == {"test": 5, "seed": 2}
    assert found.models["ours"].row == "PLUS-RNN BASE"
    assert found.models["theirs"].row == "theirs"  # none was named


def test_rows_are_filled_by_their_models() -> None:
    found = declared()
    assert found.find("PLUS-RNN BASE") is found.models["ours"]
    assert found.find("theirs") is found.models["theirs"]
    missing = found.find("PLUS-TFM")
    assert isinstance(missing, NotRun)
    assert missing.reason == "the configuration declares no model for PLUS-TFM"


@pytest.mark.parametrize("row", ["PT-A", "PT-B", "PT-C", "PT-D"])
def test_ablations_are_trained_but_not_tested_on_pfams_pairs(row: str) -> None:
    ablated = {**TRAINED, "row": row}
    found = declared({"ablated": ablated})
    assert list(found.trained(*PLUS)) == ["ours", "ablated"]
    assert list(found.tested) == ["ours", "theirs"]
    assert isinstance(found.find(row), NotRun)


def test_training_is_determined_by_all_but_the_row() -> None:
    settings = declared().training_settings("ours")
    wanted = {key: TRAINED[key] for key in TRAINED if key not in ("row", "corpus")}
    assert settings == {**wanted, "pairs": {"seed": 2}}
    assert TRAINED["row"] == "PLUS-RNN BASE"


PAIRS = {"development": 4, "test": 5, "seed": 2, "longest": 90}


@pytest.mark.parametrize(
    ("imitates", "wanted"), [(False, {"development": 4, "seed": 2}), (True, PAIRS)]
)
def test_other_test_pairs_train_anew_only_where_they_select_the_weights(
    imitates: bool, wanted: dict[str, int]
) -> None:
    ours = {**TRAINED, "imitate_released_code": imitates}
    found = declared({"ours": ours}, pairs=PAIRS)
    assert found.training_settings("ours")["pairs"] == wanted
    assert found.pairs == PAIRS


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        (PAIRS, {"test": 5, "seed": 2, "longest": 90}),
        ({"development": 4, "test": 5}, {"test": 5}),
        ({"longest": 8}, {"longest": 8}),
    ],
)
def test_other_development_pairs_change_no_test_pairs(
    pairs: dict[str, int], wanted: dict[str, int]
) -> None:
    assert declared(pairs=pairs).test_pair_settings() == wanted


def test_without_the_section_there_are_no_encoders() -> None:
    found = Encoders({}, SOURCES)
    assert found.declared == found.models == found.tested == {}
    assert found.corpus == ""


def test_models_are_not_tested_without_a_corpus_of_test_pairs() -> None:
    found = Encoders({"corpora": CORPORA, "encoders": {"ours": TRAINED}}, SOURCES)
    assert list(found.models) == ["ours"]
    assert found.tested == {}


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("ours", {"corpus": "other"}, r"ours\.corpus is 'other', which `corpora` does"),
        ("ours", {"corpus": "proteins"}, "'proteins', whose sources have no families"),
        ("theirs", {"source": "uniref"}, r"theirs\.source is 'uniref', which is publ"),
        ("theirs", {"source": "nowhere"}, "'nowhere', which the file of sources does"),
        ("theirs", {"file": "tiny"}, r"names the file 'tiny'; weights has base, large"),
        ("theirs", {"row": "PLUS-RNN BASE"}, "ours and theirs both have the row 'PLUS"),
        ("theirs", {"architecture": "protvec"}, "published as 'protvec-csv'"),
    ],
)
def test_a_wrong_encoder_is_reported_with_a_remedy(
    name: str, changes: dict[str, Any], sentence: str
) -> None:
    entry = {"ours": TRAINED, "theirs": PUBLISHED}[name]
    with pytest.raises(ProtlangError, match=sentence) as caught:
        declared({name: {**entry, **changes}})
    assert ";" in str(caught.value)  # and what to do


def test_published_vectors_need_their_file() -> None:
    with pytest.raises(ProtlangError, match="'data'"):
        declared({"v": {"architecture": "protvec", "source": "lacking"}})


def test_test_pairs_need_a_corpus_with_families() -> None:
    with pytest.raises(ProtlangError, match=r"plus\.corpus is 'proteins', whose sou"):
        declared(corpus="proteins")


# Trainings that would fail at their start


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"epochs": 2}, r" needs either epochs or loop\.steps; give one"),
        ({"loop": {}}, r" needs either epochs or loop\.steps; give one"),
        ({"selection": {"shortest": 31, "longest": 30}}, "nothing between .*; correct"),
        ({"masking": {"masked": 0.7, "replaced": 0.31}}, "more than 1 together; lower"),
        ({"masking": {"masked": 0.91}}, "masked and replaced are more than 1"),
        ({"masking": {"replaced": 0.21}}, "masked and replaced are more than 1"),
    ],
)
def test_a_training_that_cannot_begin_is_reported_at_once(
    changed: dict[str, Any], sentence: str
) -> None:
    settings = {**TRAINED, **changed}
    with pytest.raises(ProtlangError, match=rf"^encoders\.ours.*{sentence}"):
        declared({"ours": settings})


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, r"needs either epochs or loop\.steps"),
        ({"epochs": 2, "loop": {"steps": 2}}, r"needs either epochs or loop\.steps"),
        (
            {
                "epochs": 2,
                "loop": {"accumulate": 2},
                "training": {"rows_per_update": 240},
            },
            r"both training\.rows_per_update and loop\.accumulate; give one",
        ),
    ],
)
def test_the_length_of_an_elmos_training_is_given_once(
    changed: dict[str, Any], sentence: str
) -> None:
    elmo = {"architecture": "elmo", "corpus": "proteins", "seed": 1, **changed}
    with pytest.raises(ProtlangError, match=rf"^encoders\.elmo .*{sentence}"):
        declared({"elmo": elmo})


@pytest.mark.parametrize(
    "changed",
    [
        {"epochs": 2, "loop": {"accumulate": 2}},
        {"selection": {"shortest": 30, "longest": 30}},
        {"selection": {"shortest": 30, "longest": None}},
        {"selection": {"shortest": 30}},
        {"masking": {"masked": 0.7, "replaced": 0.3}},
        {"masking": {"masked": 0.9}},
        {"masking": {"share": 1}},
        {"architecture": "plus-tfm", "model": {}},
        {"architecture": "p-elmo-lm", "model": {}},
    ],
)
def test_what_is_possible_to_the_limit_is_accepted(changed: dict[str, Any]) -> None:
    found = declared({"ours": {**TRAINED, **changed}})
    assert found.declared["ours"].settings == {**TRAINED, **changed}


@pytest.mark.parametrize("architecture", ["p-elmo", "p-elmo-lm"])
def test_p_elmo_may_be_published(architecture: str) -> None:
    one = {"architecture": architecture, "source": "p-elmos", "file": "data"}
    found = Encoders({"encoders": {"theirs": one}}, P_ELMO)
    assert list(found.imported) == ["theirs"]
    # Its language model is fine-tuned; vectors of its encoder are stored.
    assert list(found.models) == (["theirs"] if architecture == "p-elmo-lm" else [])


def test_p_elmos_language_model_is_tested_on_domains_alone() -> None:
    config = validated_config(read_yaml(REPOSITORY / "config" / "config.yaml"))
    sources = load_sources(REPOSITORY / "config" / "sources.yaml")
    found = Encoders(config, sources)
    assert found.tested_on("p-elmo-lm") == "<results>/plus/test_domains.parquet"
    for name in ("plus-rnn-base", "plus-tfm"):
        assert found.tested_on(name) == "<results>/plus/test_pairs.parquet"


def measured(**settings: str) -> Encoders:
    """An ELMo that is published with its softmax, or changed."""
    entry = {"architecture": "elmo", "source": "checkpoint", "measured_on": "proteins"}
    config = {"corpora": CORPORA, "encoders": {"a": TRAINED, "b": entry | settings}}
    return Encoders(config, SOURCES | SOFTMAX)


def test_a_published_softmax_is_measured_on_a_corpus() -> None:
    assert {name: one.measured_on for name, one in measured().measured.items()} == {
        "b": "proteins"
    }
    assert not declared().measured


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"measured_on": "others"}, "encoders.b.measured_on is 'others', which"),
        ({"measured_on": "domains"}, "a corpus of domains; choose one of whole"),
        ({"source": "pair"}, "needs weights with their softmax, which 'allennlp-elmo'"),
        ({"source": "uniref"}, "'allennlp-elmo' or 'bilm-tf-checkpoint'"),
    ],
)
def test_what_cannot_be_measured_is_named(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ProtlangError, match=words):
        measured(**changes)
