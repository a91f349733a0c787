from collections.abc import Mapping
from typing import Any

import pytest

from builders import make_config, make_sources
from protlang.errors import ProtlangError
from protlang.experiments import Network, NotRun, PerResidueExperiments

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


def complaint(sources: Mapping[str, str] | None = None, **config: Any) -> str:
    with pytest.raises(ProtlangError) as caught:
        experiments(sources, **config)
    return str(caught.value)


# A published training set without profiles, which brings its own validation split.
ON_FLIP: Mapping[str, Any] = {
    "sources": {"train": FLIP},
    "datasets": {"train": {"source": "train"}},
    "training_sets": [
        {"dataset": "train", "labels": ["q3", "disorder"], "deviation": "other split"}
    ],
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
    assert experiments().deviation(network, "cb513") == ""
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
            {"dataset": "second", "labels": ["disorder"], "deviation": "other split"},
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
        training_sets=[{"dataset": "train", "labels": ["q3"]}],
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


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        (
            "predictors.Deep names the feature 'elmo'; known are one_hot, blosum65,",
            {"predictors": {"Deep": {"features": ["one_hot", "elmo"]}}},
        ),
        (
            "names the data set 'cb531', which `datasets` does not declare; declared",
            {"test_sets": {"CB513": "cb531"}},
        ),
        (
            "names the data set 'trian'",
            {"training_sets": [{"dataset": "trian", "labels": ["q3"]}]},
        ),
        (
            "datasets.cb513.source is 'nowhere', which the file of sources does not",
            {"datasets": {"cb513": {"source": "nowhere"}}},
        ),
        (
            "datasets.train is trained on: add `validation`",
            {"datasets": {"train": {"source": "train"}}},
        ),
        (
            "its source brings its own held-out proteins; remove `validation`",
            {"sources": {"train": FLIP}},
        ),
        (
            "the flip-secondary-structure distribution of train has no q8 labels; rem",
            {
                **ON_FLIP,
                "training_sets": [{"dataset": "train", "labels": ["q3", "q8"]}],
            },
        ),
        (
            "source ts115 has the distribution 'uniref-fasta', which is no label",
            {"sources": {"ts115": "uniref-fasta"}},
        ),
        (
            "source train has the distribution 'pdb-seqres', which is no labelled set",
            {"sources": {"train": "pdb-seqres"}},
        ),
        (
            "train",
            {
                "training_sets": [
                    {"dataset": "train", "labels": ["q3"]},
                    {"dataset": "train", "labels": ["disorder"]},
                ]
            },
        ),
        (
            "q3",
            {
                "training_sets": [
                    {"dataset": "train", "labels": ["q3"]},
                    {"dataset": "second", "labels": ["q3", "q8"]},
                ],
                "sources": {"second": "netsurfp-npz"},
                "datasets": {
                    "second": {
                        "source": "second",
                        "validation": {"proteins": 2, "seed": 1},
                    }
                },
            },
        ),
        (
            "DeepOneHot",
            {
                "predictors": {
                    "a": {"features": ["one_hot"], "row": "DeepOneHot"},
                    "b": {"features": ["blosum65"], "row": "DeepOneHot"},
                }
            },
        ),
        (
            "nowhere",
            {"datasets": {"cb513": {"source": "cb513", "seqres": "nowhere"}}},
        ),
    ],
)
def test_what_cannot_go_together_is_refused(
    said: str, changes: Mapping[str, Any]
) -> None:
    assert said in complaint(**changes)
