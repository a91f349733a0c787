"""PLUS's fine-tuning on real data: the sets, alignments, and two small models on all.

Expected sizes are those of the data folder's README, which were counted by others.
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch
from scipy.stats import spearmanr

from protlang.datasets.splits import Split, read_split
from protlang.encoders.registry import pair_encoder
from protlang.experiments.finetuning import TITLES
from protlang.finetuning.predictions import predict
from protlang.finetuning.proteins import TaskData, TaskRecipe, task_run
from protlang.finetuning.recipes import FineTuning
from protlang.homology.domains import read_domains
from protlang.homology.pairs import read_fixed_pairs
from protlang.tables.cells import read_cells
from protlang.tasks.plus import STABILITY
from protlang.training.distributed import Process
from protlang.training.signals import StopRequest

pytestmark = [pytest.mark.real, pytest.mark.workflow]

LEARNED = ("stability", "fluorescence", "solubility", "transmembrane", "deeploc")
"""Data sets with a part to learn from and one to be tested on."""

PAPER_ACCURACY, PAPER_R = 0.78, 0.32
"""NW-align on SCOPe 2.06 at 95 % (PLUS, Table 3)."""

PRETRAINED, RANDOM = "PLUS-RNN (small)", "PLUS-RNN (small) [w/o PT]"
"""Rows of the tables."""

WITHOUT_IDEA = {
    "Homology": 0.0,
    "Solubility": 0.50,
    "Localization": 0.29,
    "Stability": 0.0,
    "Fluorescence": 0.0,
    "SecStr": 0.30,
    "Transmembrane": 0.0,
}
"""By task, what the same answer to every question would reach."""

SIZES = {"hidden_dim": 64, "layers": 2, "projection": 32}
"""Of the small PLUS-RNN in `config.yaml`."""


@pytest.fixture(scope="module")
def datasets(make_target: Callable[..., Path]) -> dict[str, dict[str, Split]]:
    """Splits of all tasks' data sets, by name."""
    files = {
        **{name: ["train", "validation", "test"] for name in LEARNED},
        "cullpdb": ["train", "validation"],
        **{name: ["test"] for name in ("cb513", "ts115", "casp12")},
    }
    paths = {
        name: {split: f"datasets/{name}/{split}.parquet" for split in splits}
        for name, splits in files.items()
    }
    targets = [f"results/real/{path}" for of in paths.values() for path in of.values()]
    results = make_target(" ".join(targets), overlay="finetuning")
    return {
        name: {split: read_split(results / path) for split, path in of.items()}
        for name, of in paths.items()
    }


@pytest.fixture(scope="module")
def alignment(make_target: Callable[..., Path]) -> Path:
    """The folder of NW-align's scores, in that of the homology task."""
    folder = "homology/alignments/NW-align"
    target = f"results/real/{folder}/scores.csv"
    return make_target(target, overlay="finetuning") / folder


def sizes(dataset: dict[str, Split]) -> dict[str, int]:
    return {name: len(split.proteins) for name, split in dataset.items()}


def sequences(*splits: Split) -> set[str]:
    return {protein.sequence for split in splits for protein in split.proteins}


def test_splits_are_tapes(datasets: dict[str, dict[str, Split]]) -> None:
    stability = {"train": 53_614, "validation": 2_512, "test": 12_851}
    fluorescence = {"train": 21_446, "validation": 5_362, "test": 27_217}
    assert sizes(datasets["stability"]) == stability
    assert sizes(datasets["fluorescence"]) == fluorescence


def test_solubility_is_learned_from_what_was_the_development_set(
    datasets: dict[str, dict[str, Split]],
) -> None:
    solubility = datasets["solubility"]
    assert sizes(solubility) == {"train": 6_247, "validation": 694, "test": 1_999}
    learned = sequences(solubility["train"], solubility["validation"])
    assert not learned & sequences(solubility["test"])


def test_structure_is_learned_from_other_chains(
    datasets: dict[str, dict[str, Split]],
) -> None:
    assert sizes(datasets["cullpdb"]) == {"train": 5_257, "validation": 277}
    tests = {name: datasets[name]["test"] for name in ("cb513", "ts115", "casp12")}
    assert sizes(tests) == {"cb513": 511, "ts115": 115, "casp12": 20}
    learned = sequences(*datasets["cullpdb"].values())
    assert not learned & sequences(*tests.values())


def test_locations_are_of_the_rebuilt_set(
    datasets: dict[str, dict[str, Split]],
) -> None:
    found = sizes(datasets["deeploc"])
    # The others are of both cytoplasm and nucleus.
    assert found["train"] + found["validation"] == 10_679 - 23
    assert found["test"] == 2_768


def test_membrane_proteins_are_as_published(
    datasets: dict[str, dict[str, Split]],
) -> None:
    """The sequences of 25 occur twice."""
    splits = datasets["transmembrane"]
    assert sum(sizes(splits).values()) == 680
    assert len(sequences(*splits.values())) == 655


def test_domains_to_be_tested_on_are_not_learned_from(alignment: Path) -> None:
    folder = alignment.parents[1]
    domains = {
        name: read_domains(folder / f"{name}.parquet")
        for name in ("train", "development", "test")
    }
    found = {name: len(of.ids) for name, of in domains.items()}
    assert found == {"train": 10_026, "development": 1_432, "test": 2_865}
    test = set(domains["test"].sequences)
    assert not test & {*domains["train"].sequences, *domains["development"].sequences}
    pairs = read_fixed_pairs(folder / "pairs" / "test.parquet")
    assert len(pairs.ids) == 10_000
    assert {name for pair in pairs.ids for name in pair} <= set(domains["test"].ids)


def test_an_alignment_is_about_as_good_as_in_the_paper(alignment: Path) -> None:
    """Accuracy was 0.783, and r 0.11: there are no close relatives at 40 %."""
    scores = pd.read_csv(alignment / "scores.csv")
    test = scores[scores["test_set"] == "SCOPe 2.06"]
    r = test.set_index("metric")["value"]["pearson_r"]
    assert 0.05 < r < PAPER_R + 0.05
    accuracy = test.set_index("threshold_source")["value"]
    assert accuracy["development"] == pytest.approx(PAPER_ACCURACY, abs=0.03)
    assert accuracy["test"] >= accuracy["development"]


def test_random_weights_learn_what_is_stable(
    datasets: dict[str, dict[str, Split]], tmp_path: Path
) -> None:
    """From every eighth protein."""
    splits = datasets["stability"]
    start = pair_encoder("plus-rnn").new(SIZES)
    settings = FineTuning(
        hidden_dim=64,
        epochs=2,
        learning_rate=0.004,
        head_learning_rate=0.004,
        masked_lm=0.0,
        task=1.0,
    )
    recipe = TaskRecipe(STABILITY.name, settings, pretrained=False, sizes=SIZES)
    train, validation = splits["train"].proteins, splits["validation"].proteins
    data = TaskData(train[::8], validation[::4])
    run = task_run(recipe, STABILITY, lambda: start, lambda: data, {})
    alone = Process(0, 1, torch.device("cpu"))
    result = run.build(alone).run(tmp_path, alone, StopRequest())
    assert result is not None
    proteins = splits["test"].proteins[::10]
    truths = [protein.values["stability"] for protein in proteins]
    expected = [answer.prediction for answer in predict(result.task.network, proteins)]
    rho = spearmanr(truths, expected).statistic
    assert rho > 0.3


@pytest.fixture(scope="module")
def tables(make_target: Callable[..., Path]) -> Path:
    """The folder of tables; fourteen trainings and a pre-training come first."""
    return make_target("plus_table2 plus_table3", overlay="finetuning") / "tables"


@pytest.fixture(scope="module")
def numbers(tables: Path) -> pd.DataFrame:
    """Table 2 of both models: numbers by task, pre-trained or not."""
    cells = read_cells(tables / "plus_table2.csv")
    own = cells[cells["row"].isin([PRETRAINED, RANDOM])]
    return own.pivot_table("value", "dataset", "row")


@pytest.mark.slow
def test_both_models_are_tested_on_all_tasks(numbers: pd.DataFrame) -> None:
    assert set(numbers.index) == set(TITLES.values())
    assert numbers.notna().all(axis=None)


@pytest.mark.slow
@pytest.mark.parametrize("task", WITHOUT_IDEA)
def test_both_models_beat_the_same_answer_to_all(
    numbers: pd.DataFrame, task: str
) -> None:
    assert (numbers.loc[task] > WITHOUT_IDEA[task] + 0.05).all()


@pytest.mark.slow
def test_pretraining_helps_on_most_tasks(numbers: pd.DataFrame) -> None:
    """It did on all: least on solubility (0.002), most on fluorescence (0.45)."""
    gain = numbers[PRETRAINED] - numbers[RANDOM]
    assert (gain > 0).sum() >= 5
    for task in ("Homology", "Fluorescence"):
        assert gain[task] > 0.1
    for task in ("Stability", "Transmembrane"):
        assert gain[task] > 0.03


@pytest.mark.slow
def test_levels_are_predicted_better_than_by_alignment(tables: Path) -> None:
    """r was 0.38 and 0.11."""
    cells = read_cells(tables / "plus_table3.csv")
    r = cells[cells["metric"].str.startswith("Pearson r")].set_index("row")["value"]
    assert r[PRETRAINED] > r["NW-align (this run)"] + 0.05
