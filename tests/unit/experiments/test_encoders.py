"""Which models of PLUS a configuration declares, and what it cannot declare."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

import pytest

from protlang.encoders.plus import ARCHITECTURES
from protlang.errors import ProtlangError
from protlang.experiments.encoders import CHECKPOINTS, OPTIONS, PlusExperiments
from protlang.experiments.heads import NotRun
from protlang.formats.pfam import PFAM
from protlang.sources.catalogue import Source, SourceFile
from support.builders import make_source

SOURCES: dict[str, Source] = {
    "pfam": make_source("pfam", PFAM),
    "uniref": make_source("uniref", "fasta"),
    "weights": make_source(
        "weights",
        CHECKPOINTS,
        files={"base": SourceFile("base.pt"), "large": SourceFile("large.pt")},
    ),
}
CORPORA = {"domains": {"sources": ["pfam"]}, "proteins": {"sources": ["uniref"]}}
TRAINED: dict[str, Any] = {
    "row": "PLUS-RNN BASE",
    "architecture": "plus-rnn",
    "model": {"hidden_dim": 8},
    "seed": 1,
    "threads": 1,
    "loop": {"steps": 3},
}
PUBLISHED = {"source": "weights", "file": "large", "architecture": "plus-rnn"}


def experiments(
    more: Mapping[str, Any] | None = None, **section: Any
) -> PlusExperiments:
    plus = {
        "corpus": "domains",
        "pairs": {"test": 5, "seed": 2},
        "pretraining": {"ours": TRAINED},
        "published": {"theirs": PUBLISHED},
        **section,
    }
    return PlusExperiments({"corpora": CORPORA, "plus": plus, **(more or {})}, SOURCES)


def test_models_are_those_of_the_configuration() -> None:
    found = experiments()
    assert list(found.models) == ["ours", "theirs"]
    assert list(found.pretrained) == ["ours"]
    assert list(found.published) == ["theirs"]
    assert found.corpus == "domains"
    assert found.pairs == {"test": 5, "seed": 2}
    assert found.models["ours"].row == "PLUS-RNN BASE"
    assert found.models["theirs"].row == "theirs"  # none was named
    assert found.published["theirs"].settings["file"] == "large"


def test_rows_are_filled_by_their_models() -> None:
    found = experiments()
    assert found.find("PLUS-RNN BASE") is found.models["ours"]
    assert found.find("theirs") is found.models["theirs"]
    missing = found.find("PLUS-TFM")
    assert isinstance(missing, NotRun)
    assert missing.reason == "the configuration declares no model for PLUS-TFM"


@pytest.mark.parametrize("row", ["PT-A", "PT-B", "PT-C", "PT-D"])
def test_ablations_are_trained_but_not_tested_on_pfams_pairs(row: str) -> None:
    ablated = {**TRAINED, "row": row}
    found = experiments(pretraining={"ours": TRAINED, "ablated": ablated})
    assert list(found.pretrained) == ["ours", "ablated"]
    assert list(found.tested) == ["ours", "theirs"]
    assert isinstance(found.find(row), NotRun)


def test_training_is_determined_by_all_but_the_row() -> None:
    settings = experiments().training_settings("ours")
    wanted = {key: value for key, value in TRAINED.items() if key != "row"}
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
    found = experiments(pretraining={"ours": ours}, pairs=PAIRS)
    assert found.training_settings("ours")["pairs"] == wanted
    assert found.pairs == PAIRS


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        (PAIRS, {"test": 5, "seed": 2, "longest": 90}),
        ({"development": 4, "test": 5}, {"test": 5}),
        ({}, {}),
    ],
)
def test_other_development_pairs_change_no_test_pairs(
    pairs: dict[str, int], wanted: dict[str, int]
) -> None:
    assert experiments(pairs=pairs).test_pair_settings() == wanted


@pytest.mark.parametrize("config", [{}, {"corpora": {}}])
def test_without_the_section_there_are_no_models(config: dict[str, Any]) -> None:
    found = PlusExperiments(config, SOURCES)
    assert found.models == {}
    assert found.corpus == ""


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        (
            {"corpus": "other"},
            "plus.corpus is 'other', which `corpora` does not declare",
        ),
        ({"corpus": "proteins"}, "'proteins', whose sources do not tell families"),
        (
            {"published": {"theirs": {**PUBLISHED, "source": "uniref"}}},
            r"plus\.published\.theirs names the source 'uniref', which is not declared",
        ),
        (
            {"published": {"theirs": {**PUBLISHED, "source": "nowhere"}}},
            r"plus\.published\.theirs names the source 'nowhere', which is not",
        ),
        (
            {"published": {"theirs": {**PUBLISHED, "file": "tiny"}}},
            r"names the file 'tiny'; weights has base, large",
        ),
        (
            {"published": {"ours": PUBLISHED}},
            r"plus\.pretraining and plus\.published both have 'ours'",
        ),
        (
            {"published": {"theirs": {**PUBLISHED, "row": "PLUS-RNN BASE"}}},
            "ours and theirs both have the row 'PLUS-RNN BASE'",
        ),
    ],
)
def test_what_cannot_be_is_told(section: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ProtlangError, match=sentence) as caught:
        experiments(**section)
    assert ";" in str(caught.value)  # and what to do


# Trainings that would fail when they begin


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_options_are_those_of_the_models(kind: str) -> None:
    config = fields(ARCHITECTURES[kind].config)
    own_section = {"imitate_released_code"}  # not of the model alone
    assert OPTIONS[kind] == {field.name for field in config} - own_section
    required = [field.name for field in config if field.default is MISSING]
    assert required == (["hidden_dim"] if kind == "plus-rnn" else [])
    training = {**TRAINED, "architecture": kind}
    for option in OPTIONS[kind]:
        model = {"hidden_dim": 8, option: 1}
        experiments(pretraining={"ours": {**training, "model": model}})


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"model": {"hidden_dim": 8, "heads": 2}},
            r"model has the option 'heads', which plus-rnn lacks; it has hidden_dim, "
            "layers, projection",
        ),
        (
            {"architecture": "plus-tfm", "model": {"projection": 2}},
            r"\.model has the option 'projection', which plus-tfm lacks; it has "
            "dropout, feed_forward_dim, heads, hidden_dim, layers, max_tokens",
        ),
        (
            {"architecture": "p-elmo-lm", "model": {"dropout": 0.1, "layers": 2}},
            "has the option 'dropout', which p-elmo-lm lacks; it has hidden_dim, "
            "layers$",
        ),
        ({"model": {"layers": 2}}, r"\.model has no hidden_dim; give 512 for BASE"),
        ({"model": {}}, r"\.model has no hidden_dim; give 512 for BASE"),
        ({"epochs": 2}, r" needs either epochs or loop\.steps; give one"),
        ({"loop": {}}, r" needs either epochs or loop\.steps; give one"),
        (
            {"selection": {"shortest": 31, "longest": 30}},
            r"\.selection leaves nothing between shortest and longest; correct one",
        ),
        (
            {"masking": {"masked": 0.7, "replaced": 0.31}},
            r"\.masking: masked and replaced are more than 1 together; lower one",
        ),
        ({"masking": {"masked": 0.91}}, "masked and replaced are more than 1"),
        ({"masking": {"replaced": 0.21}}, "masked and replaced are more than 1"),
    ],
)
def test_a_training_that_cannot_begin_is_told_at_once(
    changed: dict[str, Any], sentence: str
) -> None:
    settings = {**TRAINED, **changed}
    with pytest.raises(ProtlangError, match=sentence) as caught:
        experiments(pretraining={"ours": settings})
    assert str(caught.value).startswith("plus.pretraining.ours")


def test_a_missing_section_of_a_model_is_told() -> None:
    settings = {key: value for key, value in TRAINED.items() if key != "model"}
    with pytest.raises(ProtlangError, match="has no hidden_dim"):
        experiments(pretraining={"ours": settings})
    del settings["loop"]
    settings["model"] = {"hidden_dim": 8}
    with pytest.raises(ProtlangError, match="needs either epochs or"):
        experiments(pretraining={"ours": settings})


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
    found = experiments(pretraining={"ours": {**TRAINED, **changed}})
    assert found.pretrained["ours"].settings == {**TRAINED, **changed}


@pytest.mark.parametrize(
    "section", ["pretraining", "published_encoders", "protvec", "published_protvec"]
)
@pytest.mark.parametrize("name", ["ours", "theirs"])
def test_names_of_encoders_are_unique_in_all_sections(section: str, name: str) -> None:
    with pytest.raises(ProtlangError, match=f"'{name}' is the name of two encoders"):
        experiments({section: {name: {}}})
