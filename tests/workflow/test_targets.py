"""Every profile, configuration and target leads to a complete plan of jobs."""

import re
from pathlib import Path
from typing import Any

import pytest

from protlang.experiments.configuration import validated_config
from protlang.experiments.encoders import PLUS
from protlang.validation import read_yaml
from support.checkout import Process, Run, planned_jobs

pytestmark = pytest.mark.workflow

TARGETS = {
    *(
        "agreement",
        "all",
        "seqvec",
        "plus",
        "tables",
        "figures",
        "report",
        "embed_corpora",
    ),
    *("seqvec_table1", "seqvec_table2", "seqvec_timings", "seqvec_intext"),
    *("seqvec_fig1a", "seqvec_fig1b", "seqvec_fig1c", "seqvec_fig1d"),
    *("seqvec_fig2", "seqvec_fig3", "seqvec_figS4"),
    *(f"plus_table{number}" for number in range(1, 7)),
    *("plus_intext", "plus_fig2", "plus_fig3", "plus_fig4"),
}


def expected_jobs(config: dict[str, Any]) -> dict[str, int]:
    """Jobs behind all tables; all test sets suit all predictors."""
    per_residue, per_protein = config["per_residue"], config["per_protein"]
    networks = len(per_residue["predictors"]) * len(per_residue["training_sets"])
    of_proteins = len(per_protein["predictors"])
    plus = config.get("plus", {})
    of_plus = {
        name: encoder
        for name, encoder in config["encoders"].items()
        if encoder["architecture"] in PLUS
    }
    models = {name: one for name, one in of_plus.items() if "corpus" in one}
    tested_models = [m for m in models.values() if not m["row"].startswith("PT-")]
    fine_tuned = plus.get("finetuning", {}).values()
    homology = int("homology" in plus)
    residue_encoders, protein_encoders = (
        {settings.get("encoder") for settings in section["predictors"].values()}
        - {None}
        for section in (per_residue, per_protein)
    )
    tasks = plus.get("tasks", {}).values()
    learned = [entry["dataset"] for entry in per_residue["training_sets"]]
    training_sets = {*learned, per_protein["dataset"], *(t["dataset"] for t in tasks)}
    test_sets = {*per_residue["test_sets"].values(), per_protein["dataset"]}
    for task in tasks:
        test_sets |= set(task.get("tests", {"": task["dataset"]}).values())
    embedded_sets = {(name, one) for name in residue_encoders for one in learned} | {
        (model["encoder"], plus["tasks"][task]["dataset"])
        for model in fine_tuned
        for task in model["tasks"]
        if "encoder" in model and model["encoder"] not in of_plus
    }
    return {
        "simulate": int("simulation" in config),
        "build_training_set": len(training_sets),
        "build_test_set": len(test_sets),
        "embed_residues": len(embedded_sets),
        "embed_test_sets": len(residue_encoders),
        "embed_proteins": len(protein_encoders),
        "train_per_residue": networks,
        "train_per_protein": of_proteins,
        "predict_per_protein": of_proteins,
        "score_per_protein": of_proteins,
        "project": 4,
        **dict.fromkeys(("seqvec_leakage", "seqvec_figS2", "report", "all"), 1),
        **{
            name: 1 for name in TARGETS if re.match("seqvec_|plus_[ti]|agreement", name)
        },
        "build_family_corpus": int(bool(models)),
        "draw_test_pairs": int(bool(models)),
        "pretrain_plus": len(models),
        "evaluate_on_pairs": len(tested_models),
        "build_homology": homology,
        "align_pairs": len(plus.get("homology", {}).get("alignments", [])),
        "finetune_homology": sum("homology" in model for model in fine_tuned),
        # Secondary structure has a table of its own.
        "finetune_task": sum("secondary_structure" in m["tasks"] for m in fine_tuned)
        if plus.get("tasks_together")
        else sum(len(model["tasks"]) for model in fine_tuned),
        "finetune_tasks": plus.get("tasks_together", 0)
        and sum(
            bool({*model["tasks"]} - {"secondary_structure"}) for model in fine_tuned
        ),
        "choose_example_pairs": homology,
        "align_example_pairs": homology,
        # PLUS-RNN LARGE's figure.
        "plus_fig2": int(any("LARGE" in model["row"] for model in fine_tuned)),
        **{f"plus_fig{number}": homology for number in (3, 4)},
        "predict_per_residue": networks,
        "score_per_residue": networks,
    }


def assert_plans(process: Process, checkout: Path, config_name: str) -> None:
    """A dry run that plans all jobs of one configuration, in that run's folders."""
    config = validated_config(read_yaml(checkout / "config" / config_name))
    assert process.returncode == 0, process.stdout
    planned = planned_jobs(process.stdout)
    expected = expected_jobs(config)
    assert {rule: planned.get(rule, 0) for rule in expected} == expected
    assert planned["download"] >= 5
    assert set(re.findall(r"results/(\w+)/", process.stdout)) == {config["run"]}


@pytest.mark.parametrize(
    ("profile", "config_name"),
    [
        ("profiles/demo", "demo.yaml"),
        ("profiles/local", "config.yaml"),
        ("profiles/gpu", "config.yaml"),
        ("profiles/slurm", "config.yaml"),
        ("slurm", "config.yaml"),
    ],
)
def test_every_profile_plans_all_of_its_configuration(
    checkout: Path, run_snakemake: Run, profile: str, config_name: str
) -> None:
    process = run_snakemake(checkout, "-n", "all", "--profile", profile)
    assert_plans(process, checkout, config_name)


@pytest.mark.parametrize("config_name", ["demo.yaml", "config.yaml", "published.yaml"])
def test_every_configuration_plans_all_and_nothing_of_another_one(
    checkout: Path, run_snakemake: Run, config_name: str
) -> None:
    config_file = f"config/{config_name}"
    process = run_snakemake(checkout, "-n", "all", "--configfile", config_file)
    assert_plans(process, checkout, config_name)


def test_without_a_configuration_the_demo_is_planned(
    checkout: Path, run_snakemake: Run
) -> None:
    assert_plans(run_snakemake(checkout, "-n"), checkout, "demo.yaml")


@pytest.mark.parametrize(
    ("profile", "config_name"), [("demo", "config.yaml"), ("local", "demo.yaml")]
)
def test_a_configuration_given_by_hand_replaces_that_of_the_profile(
    checkout: Path, run_snakemake: Run, profile: str, config_name: str
) -> None:
    process = run_snakemake(
        checkout,
        "-n",
        *("--profile", f"profiles/{profile}"),
        *("--configfile", f"config/{config_name}"),
    )
    assert_plans(process, checkout, config_name)


def test_the_workflow_catalogs_path_plans_the_same(
    checkout: Path, run_snakemake: Run
) -> None:
    process = run_snakemake(checkout, "-n", "-s", "workflow/Snakefile")
    assert_plans(process, checkout, "demo.yaml")


def test_every_target_is_explained_in_a_line_of_its_own(
    checkout: Path, run_snakemake: Run
) -> None:
    process = run_snakemake(checkout, "--list-target-rules")
    assert process.returncode == 0, process.stdout
    lines = [line for line in process.stdout.splitlines() if line.strip()]
    listed = [re.fullmatch(r"(\w+) \((.+)\)", line) for line in lines]
    assert all(listed), process.stdout
    explained = {match[1]: match[2] for match in listed if match}
    assert explained.keys() >= TARGETS
    assert len(set(explained.values())) == len(explained)
    assert all(len(text) <= 88 for text in explained.values())


def test_every_named_target_can_be_planned(checkout: Path, run_snakemake: Run) -> None:
    process = run_snakemake(checkout, "-n", *sorted(TARGETS))
    assert process.returncode == 0, process.stdout
    assert set(planned_jobs(process.stdout)) >= TARGETS
