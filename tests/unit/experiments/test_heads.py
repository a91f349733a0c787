from collections.abc import Mapping
from typing import Any

import pytest

from protlang.experiments.data_checks import (
    require_held_out,
    require_part,
    require_readable,
)
from protlang.experiments.heads import (
    Network,
    NotRun,
    PerResidueExperiments,
    ProteinComparison,
)
from protlang.formats.registry import DISTRIBUTIONS
from protlang.sources.catalogue import SourceFile
from support.errors import complaint
from support.sources import make_config, make_source, make_sources

FLIP = "flip-secondary-structure"


def experiments(
    sources: Mapping[str, str] | None = None, **config: Any
) -> PerResidueExperiments:
    """Experiments of a configuration whose sources have the given distributions."""
    return PerResidueExperiments(make_config(**config), make_sources(**(sources or {})))


def names(networks: Any) -> list[tuple[str, str]]:
    return [(n.predictor.name, n.training_set.dataset) for n in networks]


def reason(
    found: PerResidueExperiments, row: str, test_set: str = "CB513", label: str = "q3"
) -> str:
    cell = found.find(row, test_set, label)
    assert isinstance(cell, NotRun)
    return cell.reason


# A published training set without profiles, which brings its own validation split.
ON_FLIP: Mapping[str, Any] = {
    "sources": {"train": FLIP},
    "datasets": {"train": {"source": "train"}},
    "training_sets": [{"dataset": "train", "labels": ["q3", "disorder"]}],
}


def test_every_predictor_is_trained_on_every_training_set() -> None:
    found = experiments()
    assert names(found.networks()) == [
        ("DeepProf", "train"),
        ("DeepOneHot", "train"),
        ("DeepBLOSUM65", "train"),
    ]
    for network in found.networks():
        assert list(found.tests(network)) == ["casp12", "ts115", "cb513"]
        assert found.labels(network, "cb513") == ["q3", "q8", "disorder"]


def test_a_cell_knows_its_network() -> None:
    network = experiments().find("DeepProf", "CB513", "q8")
    assert isinstance(network, Network)
    assert network.predictor.features == ("profile",)
    assert network.training_set.dataset == "train"
    assert [str(one) for one in experiments().deviations(network, "cb513")] == [
        "sequences of training set train: SEQRES, the paper's SIFTS",
        "sequences of test set cb513: SEQRES, the paper's SIFTS",
    ]
    assert network == experiments().network("DeepProf", "train")


def test_a_predictor_may_stand_for_another_row() -> None:
    mine = {"mine": {"features": ["one_hot"], "row": "DeepOneHot"}}
    found = experiments(predictors=mine)
    network = found.find("DeepOneHot", "CB513", "q3")
    assert isinstance(network, Network)
    assert network.predictor.name == "mine"
    assert "no predictor for mine" in reason(found, "mine")


def test_each_label_comes_from_the_training_set_that_declares_it() -> None:
    found = experiments(
        {"second": FLIP},
        datasets={"second": {"source": "second"}},
        training_sets=[
            {"dataset": "train", "labels": ["q3", "q8"]},
            {"dataset": "second", "labels": ["disorder"]},
        ],
    )
    trained_on = {}
    for label in ("q3", "q8", "disorder"):
        network = found.find("DeepOneHot", "CB513", label)
        assert isinstance(network, Network)
        trained_on[label] = network.training_set.dataset
    assert trained_on == {"q3": "train", "q8": "train", "disorder": "second"}
    assert ("DeepProf", "second") not in names(found.networks())
    assert ("DeepOneHot", "second") in names(found.networks())


def test_an_undeclared_row_test_set_or_label_is_the_reason() -> None:
    found = experiments(
        training_sets=[learned("q3")],
        test_sets={"TS115": "ts115"},
    )
    assert reason(found, "DeepSeqVec", "TS115") == (
        "the configuration declares no predictor for DeepSeqVec"
    )
    assert reason(found, "DeepProf", "CB513") == (
        "the configuration declares no test set CB513"
    )
    assert reason(found, "DeepProf", "TS115", "q8") == (
        "no training set is declared for q8 labels"
    )


def test_a_training_set_without_profiles_is_the_reason() -> None:
    found = experiments(**ON_FLIP)
    assert reason(found, "DeepProf") == (
        "the flip-secondary-structure distribution of train has no HHblits profiles"
    )
    assert names(found.networks()) == [
        ("DeepOneHot", "train"),
        ("DeepBLOSUM65", "train"),
    ]


def test_a_test_set_without_profiles_is_the_reason() -> None:
    found = experiments({"cb513": "prottrans-csv"})
    assert reason(found, "DeepProf") == (
        "the prottrans-csv distribution of cb513 has no HHblits profiles"
    )
    assert isinstance(found.find("DeepProf", "TS115", "q3"), Network)
    assert isinstance(found.find("DeepOneHot", "CB513", "q3"), Network)
    with_profiles = found.network("DeepProf", "train")
    assert list(found.tests(with_profiles)) == ["casp12", "ts115"]
    assert "cb513" in found.tests(found.network("DeepOneHot", "train"))


def test_a_test_set_without_the_label_is_the_reason() -> None:
    found = experiments({"cb513": "cullpdb-csv"})
    assert reason(found, "DeepOneHot", label="disorder") == (
        "the cullpdb-csv distribution of cb513 has no disorder labels"
    )
    assert found.labels(found.network("DeepOneHot", "train"), "cb513") == ["q3", "q8"]


def test_whatever_can_be_found_is_trained_tested_and_scored() -> None:
    found = experiments({"cb513": "cullpdb-csv", "ts115": FLIP})
    for row in found.predictors:
        for printed, dataset in found.test_sets.items():
            for label in ("q3", "q8", "disorder"):
                network = found.find(row, printed, label)
                runs = row in found.predictors and any(
                    trained.predictor.name == row
                    and dataset in found.tests(trained)
                    and label in found.labels(trained, dataset)
                    for trained in found.networks()
                )
                assert isinstance(network, Network) == runs


def learned(*labels: str, dataset: str = "train") -> dict[str, Any]:
    """A training set that reports these labels."""
    return {"dataset": dataset, "labels": list(labels)}


def deep(**predictor: Any) -> dict[str, Any]:
    """A configuration of one predictor."""
    return {"predictors": {"Deep": {"features": ["one_hot"], **predictor}}}


def dataset(name: str, **settings: Any) -> dict[str, Any]:
    """A configuration with a data set of the source of its name."""
    return {"datasets": {name: {"source": name, **settings}}}


HELD_OUT = {"proteins": 2, "seed": 1}
TWICE = {name: {"features": ["one_hot"], "row": "mine"} for name in "ab"}
ON_TWO = {"sources": {"second": "netsurfp-npz"}}


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ("Deep names the feature 'elmo'; known are", deep(features=["elmo"])),
        ("the data set 'cb531', which `da", {"test_sets": {"CB513": "cb531"}}),
        ("the data set 'trian'", {"training_sets": [learned(dataset="trian")]}),
        ("datasets.cb513.source is 'nowhere', wh", dataset("cb513", source="nowhere")),
        ("datasets.train is trained on: add `validation`", dataset("train")),
        ("held-out proteins; remove `validation`", {"sources": {"train": FLIP}}),
        (
            "the flip-secondary-structure distribution of train has no q8 labels; rem",
            {**ON_FLIP, "training_sets": [learned("q3", "q8")]},
        ),
        (
            "has the distribution 'uniref-fasta', w",
            {"sources": {"ts115": "uniref-fasta"}},
        ),
        (
            "'pdb-seqres', which is no labelled set",
            {"sources": {"train": "pdb-seqres"}},
        ),
        ("set 'train' twice", {"training_sets": [learned("q3"), learned("disorder")]}),
        (
            "reports the label 'q3' twice",
            {
                "training_sets": [learned("q3"), learned("q3", dataset="second")],
                **ON_TWO,
                **dataset("second", validation=HELD_OUT),
            },
        ),
        ("fills the row 'mine' twice", {"predictors": TWICE}),
        ("cb513.seqres is 'nowhere'", dataset("cb513", seqres="nowhere")),
        ("names 'flip', which is none of per_resi", deep(training_sets=["flip"])),
        ("the feature 'embedding' and the key", deep(features=["embedding"])),
        ("the feature 'embedding' and the key `encoder` go", deep(encoder="elmo")),
        (
            "predictors.Deep.encoder is 'emlo', which the configuration does not "
            "declare; declared are elmo, published",
            {
                **deep(features=["embedding"], encoder="emlo"),
                "encoders": {"elmo": {}, "published": {}},
            },
        ),
    ],
)
def test_what_cannot_go_together_is_refused(
    expected: str, changes: Mapping[str, Any]
) -> None:
    assert expected in complaint(experiments, **changes)


@pytest.mark.parametrize(
    ("distribution", "settings", "expected"),
    [
        ("netsolp-csv", {}, "is trained on: add `validation`"),
        ("netsolp-csv", {"validation": {"part": "part_5"}}, "validation.part is 'pa"),
        ("topcons-zip", {"validation": {}, "split": {}}, "remove one of them"),
        ("tape-lmdb-stability", {"split": {}}, "own held-out proteins; remove `spl"),
    ],
)
def test_exactly_one_setting_holds_proteins_out(
    distribution: str, settings: Mapping[str, Any], expected: str
) -> None:
    message = complaint(require_held_out, "mine", settings, DISTRIBUTIONS[distribution])
    assert message.startswith("datasets.mine")
    assert expected in message


@pytest.mark.parametrize(
    ("distribution", "settings"),
    [
        ("netsolp-csv", {"validation": {"part": "partition_4"}}),
        ("topcons-zip", {"split": {"test": 0.1, "validation": 0.1, "seed": 1}}),
        ("tape-lmdb-stability", {}),
    ],
)
def test_what_holds_proteins_out_once_is_accepted(
    distribution: str, settings: Mapping[str, Any]
) -> None:
    require_held_out("mine", settings, DISTRIBUTIONS[distribution])


def test_a_part_that_a_source_does_not_have_is_reported() -> None:
    known = DISTRIBUTIONS["tape-lmdb-secondary-structure"]
    require_part("cb513", {"part": "cb513"}, known)
    message = complaint(require_part, "cb513", {"part": "cb512"}, known)
    assert "cb513.part is 'cb512', but the parts of its source are" in message


def test_sources_have_all_files_of_their_distribution_under_known_names() -> None:
    files = {"test_src": SourceFile("a"), "test_tgt": SourceFile("b")}
    require_readable(make_source("sol", "deepsol-text", files=files))
    for wrong in ({}, {**files, "val_src": SourceFile("c")}):
        source = make_source("sol", "deepsol-text", files=wrong)
        assert "source sol has the files" in complaint(require_readable, source)
    flip = make_source("flip", FLIP)
    without = {role: file for role, file in flip.files.items() if role != "mask"}
    message = complaint(require_readable, make_source("flip", FLIP, files=without))
    assert "source flip lacks the file 'mask'" in message


WITH_SEQVEC: Mapping[str, Any] = {
    "encoders": {"elmo": {}},
    "predictors": {
        "seqvec": {"row": "DeepSeqVec", "features": ["embedding"], "encoder": "elmo"},
        "DeepProf": {"features": ["profile"]},
        "hot": {"row": "DeepOneHot", "features": ["one_hot"]},
        "mine": {"features": ["blosum65"]},
    },
}


def configured(
    settings: Mapping[str, Any],
    sources: Mapping[str, str] | None = None,
    **config: Any,
) -> PerResidueExperiments:
    """Experiments whose section `per_residue` holds some more settings."""
    whole = make_config(**{**WITH_SEQVEC, **config})
    whole["per_residue"].update(settings)
    return PerResidueExperiments(whole, make_sources(**(sources or {})))


def compared(found: PerResidueExperiments) -> tuple[str, str, str]:
    pair = found.figure_s4()
    assert isinstance(pair, ProteinComparison)
    rows = [network.predictor.row for network in (pair.method, pair.reference)]
    return rows[0], rows[1], pair.test_set


def test_rows_stand_in_the_order_of_the_configuration() -> None:
    assert configured({}).rows == ["DeepSeqVec", "DeepProf", "DeepOneHot", "mine"]


def test_predictors_are_compared_with_one_hot_by_default() -> None:
    assert configured({}).reference == "DeepOneHot"
    assert configured({"reference": "mine"}).reference == "mine"
    nothing = configured({}, predictors={"mine": {"features": ["blosum65"]}})
    assert nothing.reference == ""


def test_figure_s4_compares_with_profiles_where_there_are_any() -> None:
    assert compared(configured({})) == ("DeepSeqVec", "DeepProf", "CB513")
    without = configured({}, {"cb513": "prottrans-csv"})
    assert compared(without) == ("DeepSeqVec", "DeepOneHot", "CB513")


def test_figure_s4_compares_what_it_is_reported_to() -> None:
    settings = {"method": "mine", "reference": "DeepSeqVec", "test_set": "TS115"}
    expected = ("mine", "DeepSeqVec", "TS115")
    assert compared(configured({"figure_s4": settings})) == expected


@pytest.mark.parametrize(
    ("expected", "settings", "changes"),
    [
        ("no predictor for DeepSeqVec", {}, {"predictors": None}),
        ("no test set CASP7", {"test_set": "CASP7"}, {}),
        ("cb513 has no HHblits profiles", {"reference": "DeepProf"}, {}),
        ("no predictor for DeepOneHot", {}, {"predictors": ["seqvec"]}),
    ],
)
def test_without_one_of_two_methods_there_is_no_figure_s4(
    expected: str, settings: Mapping[str, Any], changes: Mapping[str, Any]
) -> None:
    declared = changes.get("predictors", list(WITH_SEQVEC["predictors"]))
    predictors = declared and {
        name: WITH_SEQVEC["predictors"][name] for name in declared
    }
    found = configured(
        {"figure_s4": settings}, {"cb513": "prottrans-csv"}, predictors=predictors
    )
    answer = found.figure_s4()
    assert isinstance(answer, NotRun)
    assert expected in answer.reason


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("reference", {"reference": "hot"}),
        ("figure_s4.method", {"figure_s4": {"method": "hot"}}),
        ("figure_s4.reference", {"figure_s4": {"reference": "hot"}}),
    ],
)
def test_rows_that_nothing_fills_cannot_be_compared_with(
    key: str, settings: Mapping[str, Any]
) -> None:
    assert complaint(configured, settings) == (
        f"per_residue.{key} is 'hot', a row that no predictor fills; choose one of "
        "DeepSeqVec, DeepProf, DeepOneHot, mine"
    )


def test_a_predictor_may_be_trained_on_some_sets_only() -> None:
    found = experiments(
        {"second": "netsurfp-npz"},
        training_sets=[learned("q3"), learned("q8", dataset="second")],
        **dataset("second", validation=HELD_OUT),
        predictors={
            "DeepProf": {"features": ["profile"]},
            "DeepOneHot": {"features": ["one_hot"], "training_sets": ["train"]},
        },
    )
    assert names(found.networks()) == [
        ("DeepProf", "train"),
        ("DeepOneHot", "train"),
        ("DeepProf", "second"),
    ]
    assert isinstance(found.find("DeepOneHot", "CB513", "q3"), Network)
    assert reason(found, "DeepOneHot", label="q8") == (
        "the configuration does not train DeepOneHot on second"
    )
