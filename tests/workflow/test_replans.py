"""A change of the configuration plans anew only what it determines."""

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.checkout import Run, copy_checkout, planned_jobs

pytestmark = pytest.mark.workflow

Config = dict[str, Any]

OUTPUT = re.compile(r"(?m)^    output: (.*)$")
FOLDERS = re.compile(
    r"plus/finetuned/[^/]+/((?!homology)\w+/(models|predictions)|homology/further)"
)
REPORT = {"report": 1}  # which prints the configuration


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, run_snakemake: Run) -> Path:
    """A checkout in which the demo looks finished: empty outputs, recorded as made.

    Its corpora leave no test proteins out, which would make them depend on test sets.
    """
    checkout = copy_checkout(tmp_path_factory.mktemp("finished"))
    demo = checkout / "config" / "demo.yaml"
    config = yaml.safe_load(demo.read_text())
    for corpus in config["corpora"].values():
        corpus.pop("leave_out_overlaps", None)
    demo.write_text(yaml.safe_dump(config, sort_keys=False))
    planned = run_snakemake(checkout, "-n", "all")
    assert planned.returncode == 0, planned.stdout
    for line in OUTPUT.findall(planned.stdout):
        for name in line.split(", "):
            path = checkout / name.partition(" ")[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir() if FOLDERS.search(name) else path.touch()
    touched = run_snakemake(checkout, "all", "--cores", "1", "--touch", "--forceall")
    assert touched.returncode == 0, touched.stdout
    return checkout


def longer_timing(config: Config) -> None:
    config["timings"]["batches"] = 5


def other_name_of_the_sources(config: Config) -> None:
    config["sources"] = "elsewhere/mine.yaml"


def another_seed_of_a_head(config: Config) -> None:
    config["per_protein"]["training"]["seeds"].append(3)


def another_test_set_of_a_task(config: Config) -> None:
    again = {"Transmembrane": "transmembrane", "Again": "transmembrane"}
    config["plus"]["tasks"]["transmembrane"]["tests"] = again


def another_test_set_of_heads(config: Config) -> None:
    config["datasets"]["again"] = {"source": "netsurfp2-ts115", "seqres": "pdb-seqres"}
    config["per_residue"]["test_sets"]["Again"] = "again"


CHANGES: list[tuple[Callable[[Config], None], Mapping[str, int]]] = [
    (
        longer_timing,
        {
            "time_embedding": 2,
            "time_proteome": 1,
            "seqvec_timings": 1,
            "seqvec_timings_figure": 1,
            "seqvec_intext": 1,
            "agreement": 1,
        },
    ),
    (other_name_of_the_sources, {}),
    (
        another_seed_of_a_head,
        {
            "train_per_protein": 3,
            "predict_per_protein": 3,
            "score_per_protein": 3,
            "project": 1,
            "seqvec_table2": 1,
            "seqvec_leakage": 1,
            "seqvec_intext": 1,
            "agreement": 1,
            "seqvec_fig1c": 1,
            "seqvec_fig1d": 1,
            "seqvec_fig2": 1,
            "seqvec_figS2": 1,
        },
    ),
    (
        another_test_set_of_a_task,
        {"finetune_tasks": 6, "plus_table2": 1, "plus_intext": 1, "agreement": 1},
    ),
    (
        another_test_set_of_heads,
        {
            "audit_corpus": 2,
            "audit_training_set": 1,
            "build_test_set": 1,
            "compare_per_residue": 1,
            "embed_test_sets": 5,
            "list_overlaps": 4,
            "plus_intext": 1,
            "plus_table2": 1,
            "plus_table4": 1,
            "predict_per_residue": 9,
            "score_per_residue": 9,
            "seqvec_fig1a": 1,
            "seqvec_fig1b": 1,
            "seqvec_figS2": 1,
            "seqvec_figS4": 1,
            "seqvec_intext": 1,
            "agreement": 1,
            "seqvec_leakage": 1,
            "seqvec_table1": 1,
            "seqvec_timings": 1,
            "time_prediction": 1,
            # SeqVec's on the vectors of all test sets, which one job embeds.
            "finetune_task": 1,
        },
    ),
]


@pytest.mark.parametrize(
    ("change", "wanted"), CHANGES, ids=[change.__name__ for change, _ in CHANGES]
)
def test_only_what_a_change_determines_is_planned(
    finished: Path,
    run_snakemake: Run,
    change: Callable[[Config], None],
    wanted: Mapping[str, int],
) -> None:
    config = yaml.safe_load((finished / "config" / "demo.yaml").read_text())
    change(config)
    (finished / "changed.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    (finished / "elsewhere").mkdir(exist_ok=True)
    shutil.copy2(finished / "config" / "sources.yaml", finished / "elsewhere/mine.yaml")
    process = run_snakemake(finished, "-n", "all", "--configfile", "changed.yaml")
    assert process.returncode == 0, process.stdout
    jobs = planned_jobs(process.stdout)
    assert jobs.pop("all") == 1
    total = jobs.pop("total") - 1
    assert jobs == {**wanted, **REPORT}
    assert total == sum(jobs.values())
