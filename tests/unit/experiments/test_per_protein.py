from typing import Any

import pytest

from protlang.experiments.heads import NotRun, Predictor, training_deviations
from protlang.experiments.per_protein import PAPER_TRAINING, PerProteinExperiments
from protlang.protocol import in_words
from support.errors import complaint
from support.sources import make_source

PREDICTORS: dict[str, Any] = {
    "seqvec": {
        "row": "DeepSeqVec-Loc",
        "features": ["embedding"],
        "encoder": "elmo",
    },
    "Composition": {"features": ["composition"]},
}
TWICE = {name: {"features": ["composition"], "row": "same"} for name in "ab"}


def experiments(
    distribution: str = "deeploc-fasta",
    predictors: dict[str, Any] | None = None,
    dataset: str = "deeploc",
    **settings: Any,
) -> PerProteinExperiments:
    """Experiments of a small configuration; `None` removes a data set's setting."""
    declared = {
        "source": "deeploc-1",
        "validation": {"share": 0.1, "seed": 1},
        **settings,
    }
    config = {
        "datasets": {
            "deeploc": {key: declared[key] for key in declared if declared[key]}
        },
        "encoders": {"elmo": {}},
        "per_protein": {
            "dataset": dataset,
            "predictors": predictors or PREDICTORS,
        },
    }
    return PerProteinExperiments(
        config, {"deeploc-1": make_source("deeploc-1", distribution)}
    )


@pytest.mark.parametrize("distribution", ["deeploc-fasta", "deeploc-tsv"])
def test_rows_find_their_predictors(distribution: str) -> None:
    found = experiments(distribution)
    assert found.dataset == "deeploc"
    assert found.find("DeepSeqVec-Loc") == Predictor(
        "seqvec", "DeepSeqVec-Loc", ("embedding",), "elmo"
    )
    assert found.find("Composition") == found.predictors["Composition"]
    assert found.find("DeepProtVec-Loc") == NotRun(
        "the configuration declares no predictor for DeepProtVec-Loc"
    )


ORDER = "network's order: released, the paper's printed"


def test_a_declared_deviation_is_reported() -> None:
    assert in_words(experiments().deviations()) == ORDER
    found = in_words(experiments(deviation="rebuilt").deviations())
    assert found == f"test and training set deeploc: rebuilt; {ORDER}"


def test_another_validation_set_than_a_tenth_is_reported() -> None:
    for validation, ours in (({"share": 0.2}, "0.2"), ({"proteins": 9}, "none")):
        found = in_words(experiments(validation=validation).deviations())
        shares = f"validation proteins, share: {ours}, the paper's 0.1"
        assert found == f"{ORDER}; {shares}"


def test_the_training_of_networks_is_compared() -> None:
    same = {"learning_rate": 0.001, "batch_proteins": 64, "order": "printed"}
    assert training_deviations({**same, "patience": 3}, PAPER_TRAINING) == ()
    for name in same:
        (found,) = training_deviations({**same, name: 7}, PAPER_TRAINING)
        assert found.aspect == f"network's {name.replace('_', ' ')}"


def test_without_the_section_there_are_no_networks() -> None:
    found = PerProteinExperiments({"datasets": {}}, {})
    assert (found.dataset, found.predictors, found.deviations()) == ("", {}, ())
    assert isinstance(found.find("DeepSeqVec-Loc"), NotRun)


def test_features_of_residues_are_refused() -> None:
    message = complaint(experiments, predictors={"a": {"features": ["one_hot"]}})
    assert message == (
        "per_protein.predictors.a names the feature 'one_hot'; known are composition, "
        "embedding"
    )


@pytest.mark.parametrize(
    ("predictor", "expected"),
    [
        ({"features": ["embedding"]}, "go together"),
        ({"features": ["composition"], "encoder": "elmo"}, "go together"),
        ({"features": ["embedding"], "encoder": "x"}, "is 'x', which the config"),
    ],
)
def test_encoders_are_checked(predictor: dict[str, Any], expected: str) -> None:
    message = complaint(experiments, predictors={"a": predictor})
    assert message.startswith("per_protein.predictors.a")
    assert expected in message


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"predictors": TWICE}, "fills the row 'same' twice"),
        ({"dataset": "other"}, "per_protein names the data set 'other'"),
        ({"distribution": "cullpdb-csv"}, "cullpdb-csv of its source has no location"),
        ({"distribution": "pdb-seqres"}, "which is no labelled set"),
        ({"validation": None}, "add `validation`"),
    ],
)
def test_what_cannot_go_together_is_refused(
    changes: dict[str, Any], expected: str
) -> None:
    assert expected in complaint(experiments, **changes)
