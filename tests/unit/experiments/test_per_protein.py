from typing import Any

import pytest

from protlang.errors import ProtlangError
from protlang.experiments.heads import NotRun, Predictor
from protlang.experiments.per_protein import PerProteinExperiments
from support.sources import make_source

PREDICTORS: dict[str, Any] = {
    "seqvec": {
        "row": "DeepSeqVec-Loc",
        "features": ["embedding"],
        "encoder": "elmo",
    },
    "Composition": {"features": ["composition"]},
}


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


def complaint(*arguments: Any, **settings: Any) -> str:
    with pytest.raises(ProtlangError) as caught:
        experiments(*arguments, **settings)
    return str(caught.value)


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


def test_a_declared_deviation_is_reported() -> None:
    assert experiments().deviation() == ""
    assert experiments(deviation="rebuilt").deviation() == "rebuilt"


def test_without_the_section_there_are_no_networks() -> None:
    found = PerProteinExperiments({"datasets": {}}, {})
    assert (found.dataset, found.predictors, found.deviation()) == ("", {}, "")
    assert isinstance(found.find("DeepSeqVec-Loc"), NotRun)


def test_residues_features_are_none_of_proteins() -> None:
    said = complaint(predictors={"a": {"features": ["one_hot"]}})
    assert said == (
        "per_protein.predictors.a names the feature 'one_hot'; known are composition, "
        "embedding"
    )


@pytest.mark.parametrize(
    ("predictor", "expected"),
    [
        ({"features": ["embedding"]}, "go together"),
        ({"features": ["composition"], "encoder": "elmo"}, "go together"),
        (
            {"features": ["embedding"], "encoder": "x"},
            "is 'x', which the configuration",
        ),
    ],
)
def test_encoders_are_checked(predictor: dict[str, Any], expected: str) -> None:
    said = complaint(predictors={"a": predictor})
    assert said.startswith("per_protein.predictors.a")
    assert expected in said


def test_two_predictors_of_one_row_are_refused() -> None:
    twice = {name: {"features": ["composition"], "row": "same"} for name in "ab"}
    assert "fills the row 'same' twice" in complaint(predictors=twice)


def test_an_undeclared_data_set_is_reported() -> None:
    said = complaint(dataset="other")
    assert "per_protein names the data set 'other'" in said


def test_a_set_without_locations_is_refused() -> None:
    said = complaint("cullpdb-csv")
    assert "the distribution cullpdb-csv of its source has no location labels" in said


def test_a_source_that_is_no_labelled_set_is_refused() -> None:
    assert "which is no labelled set" in complaint("pdb-seqres")


def test_held_out_proteins_have_to_be_declared() -> None:
    assert "add `validation`" in complaint(validation=None)
