"""One job predicts, and one scores, whatever a network can do on each test set."""

import runpy
from pathlib import Path
from types import SimpleNamespace as Some
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from protlang.datasets.splits import write_split
from protlang.models.per_residue_cnn import PerResidueNetwork
from protlang.tasks.head import TrainedHead
from protlang.tasks.head_files import save_head
from protlang.tasks.per_residue import PER_RESIDUE
from support.checkout import REPOSITORY
from support.proteins import make_protein

SCRIPTS = REPOSITORY / "workflow" / "scripts"
SEEDS = (1, 2)
WITH_PROFILES = ["1abc-A", "2abc-A"]
PLAIN = ["3abc-A"]


@pytest.fixture
def tests(tmp_path: Path) -> list[str]:
    """Two test sets, of which the second has no profiles."""
    files = [
        tmp_path / "datasets" / name / "test.parquet" for name in ("array", "plain")
    ]
    for path, ids in zip(files, (WITH_PROFILES, PLAIN), strict=True):
        path.parent.mkdir(parents=True)
        proteins = [make_protein(name, with_profile=ids != PLAIN) for name in ids]
        write_split(path, proteins, {"simulated": True})
    return list(map(str, files))


def run(script: str, folder: Path, **job: Any) -> None:
    """Run a rule's script without Snakemake."""
    snakemake = Some(log=[str(folder / "log.txt")], **job)
    runpy.run_path(str(SCRIPTS / script), {"snakemake": snakemake})


def predict(folder: Path, tests: list[str], feature: str, tested: list[str]) -> None:
    """Predict with untrained heads of one feature, one per seed."""
    models = [folder / f"seed{seed}" / "model.safetensors" for seed in SEEDS]
    for model in models:
        model.parent.mkdir()
        network = PerResidueNetwork(50 if feature == "profile" else 20)
        labels = ("q3", "disorder")
        save_head(TrainedHead(PER_RESIDUE, network, (feature,), labels, {}), model)
    run(
        "predict_head.py",
        folder,
        input=Some(models=models, tests=tests, test_embeddings=[]),
        output=list(map(str, prediction_files(folder))),
        params=Some(head="per_residue", threads=1, tested=tested),
    )


def prediction_files(folder: Path) -> list[Path]:
    """In the order of the seeds, and of the test sets within each."""
    return [
        folder / f"seed{seed}" / "predictions" / f"{test_set}.parquet"
        for seed in SEEDS
        for test_set in ("array", "plain")
    ]


def ids(folder: Path, seed: int, test_set: str) -> list[str]:
    """Which proteins a file of predictions holds."""
    path = folder / f"seed{seed}" / "predictions" / f"{test_set}.parquet"
    found: list[str] = pq.read_table(path)["id"].to_pylist()
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_every_set_is_predicted_by_the_network_of_every_seed(
    tmp_path: Path, tests: list[str], seed: int
) -> None:
    predict(tmp_path, tests, "one_hot", ["array", "plain"])
    assert ids(tmp_path, seed, "array") == WITH_PROFILES
    assert ids(tmp_path, seed, "plain") == PLAIN


@pytest.mark.parametrize("seed", SEEDS)
def test_a_set_without_profiles_is_not_predicted_from_them(
    tmp_path: Path, tests: list[str], seed: int
) -> None:
    predict(tmp_path, tests, "profile", ["array"])
    assert ids(tmp_path, seed, "array") == WITH_PROFILES
    assert ids(tmp_path, seed, "plain") == []


def test_every_set_is_scored_by_its_own_labels_and_predictions(
    tmp_path: Path, tests: list[str]
) -> None:
    predict(tmp_path, tests, "profile", ["array"])
    kinds = ("scores", "confusion", "proteins")
    run(
        "score_head.py",
        tmp_path,
        input=Some(tests=tests, predictions=prediction_files(tmp_path)),
        output={
            kind: [tmp_path / kind / f"{name}.csv" for name in ("array", "plain")]
            for kind in kinds
        },
        params=Some(head="per_residue", labels={"array": ["q3"], "plain": []}),
    )
    scores = pd.read_csv(tmp_path / "scores" / "array.csv")
    assert set(scores["metric"]) == {"Q3"}
    assert set(scores["seeds"]) == {len(SEEDS)}
    values = pd.read_csv(tmp_path / "proteins" / "array.csv")
    assert values["id"].tolist() == WITH_PROFILES
    for folder in kinds:
        assert (tmp_path / folder / "plain.csv").read_text().strip('"\n') == ""
