"""A wrong configuration stops Snakemake with one sentence: which key, what to do."""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.workflow

Run = Callable[..., "CompletedProcess[str]"]

ABSENT = object()


def changed(config: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with other values at dotted keys; `ABSENT` removes one."""
    copy = deepcopy(dict(config))
    for dotted, value in changes.items():
        *above, key = dotted.split(".")
        place = copy
        for step in above:
            place = place[step]
        if value is ABSENT:
            del place[key]
        else:
            place[key] = value
    return copy


def sentences(output: str) -> list[str]:
    """What is printed besides the places in the workflow that Snakemake names."""
    frame = re.compile(r'(?:WorkflowError in|  File) (?:file )?".*", line \d+[:,].*')
    lines = [line for line in output.splitlines() if line.strip()]
    return [line for line in lines if not frame.fullmatch(line)]


MISTAKES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a misspelt key at the top": (
        {"mirorr": "somewhere"},
        ["'mirorr'", "did you mean 'mirror'?"],
    ),
    "a misspelt key below": (
        {"per_residue.training.lerning_rate": 0.1},
        ["per_residue.training", "'lerning_rate'", "did you mean 'learning_rate'?"],
    ),
    "a wrong type": (
        {"per_residue.training.max_epochs": "many"},
        ["per_residue.training.max_epochs", "'many'", "must be of type integer"],
    ),
    "a missing key": (
        {"per_residue.training.patience": ABSENT},
        ["per_residue.training", "lacks the key 'patience'", "add it"],
    ),
    "an unknown feature": (
        {"per_residue.predictors.DeepProf.features": ["profil"]},
        ["per_residue.predictors.DeepProf", "'profil'", "known are one_hot"],
    ),
    "an undeclared data set": (
        {"per_residue.test_sets.CASP12": "casp14"},
        ["per_residue", "'casp14'", "declared are netsurfp2, cb513"],
    ),
    "an undeclared source": (
        {"datasets.cb513.source": "cb514"},
        ["datasets.cb513.source", "'cb514'", "correct the name"],
    ),
    "an undeclared source of PDB sequences": (
        {"datasets.cb513.seqres": "pdb"},
        ["datasets.cb513.seqres", "'pdb'", "correct or remove it"],
    ),
    "a source without a file that its distribution needs": (
        {"sources": "flip-without-mask.yaml", "datasets.cb513": {"source": "flip"}},
        ["flip", "'mask'"],
    ),
    "a training set without validation": (
        {"datasets.netsurfp2.validation": ABSENT},
        ["datasets.netsurfp2", "add `validation`"],
    ),
    "a label that the distribution lacks": (
        {"datasets.netsurfp2": {"source": "flip-secondary-structure"}},
        ["per_residue.training_sets", "no q8 labels", "remove 'q8'"],
    ),
    "a run with a slash": (
        {"run": "my/run"},
        ["run", "'my/run'", "letters, digits"],
    ),
    "ProtVec vectors from a source of another kind": (
        {"encoders.mine": {"architecture": "protvec", "source": "swissprot"}},
        ["encoders.mine.source", "'swissprot'", "'protvec-csv'"],
    ),
    "a misspelt key of the homology task": (
        {"plus.homology.domain": "scope-2.06-95"},
        ["plus.homology", "'domain'", "did you mean 'domains'?"],
    ),
    "a misspelt weight of a loss": (
        {"plus.ablations.finetuning.training.FT-C": {"contact": 0.3}},
        ["plus-rnn-ft-c.homology.training", "'contact'", "did you mean 'contacts'?"],
    ),
    "a task that there is not": (
        {"plus.tasks.solubilty": {"dataset": "solubility"}},
        ["plus.tasks", "'solubilty'"],
    ),
    "a model on a task that there is not": (
        {"plus.finetuning.plus-tfm.tasks": ["homology"]},
        ["plus.finetuning.plus-tfm.tasks", "'homology'"],
    ),
    "a model to fine-tune without an encoder": (
        {"plus.finetuning.plus-rnn-base.encoder": ABSENT},
        ["plus.finetuning.plus-rnn-base", "lacks the key 'encoder'", "add it"],
    ),
    "a former section": (
        {"pretraining": {"mine": {"corpus": "swissprot"}}},
        ["pretraining has moved", "under `encoders`", "`architecture: elmo`"],
    ),
    "a model that begins with an undeclared encoder": (
        {"plus.finetuning.plus-tfm.encoder": "plus-tmf"},
        ["plus.finetuning.plus-tfm.encoder", "'plus-tmf'", "correct the name"],
    ),
    "contact maps without a source": (
        {"plus.homology.contacts": ABSENT},
        ["plus.finetuning.p-elmo learns contact maps", "plus.homology.contacts"],
    ),
    "an alignment that there is not": (
        {"plus.homology.alignments": ["NW-align", "blastp"]},
        ["plus.homology.alignments", "'blastp'"],
    ),
    "a missing file of sources": (
        {"sources": "config/source.yaml"},
        ["config/source.yaml does not exist", "correct the path"],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_with_the_key_and_the_fix(
    checkout: Path, run_snakemake: Run, tmp_path: Path, mistake: str
) -> None:
    changes, said = MISTAKES[mistake]
    demo = yaml.safe_load((checkout / "config" / "demo.yaml").read_text())
    config_file = tmp_path / "config.yaml"
    config_file.write_text(yaml.safe_dump(changed(demo, changes), sort_keys=False))
    write_sources_without_mask(checkout)
    process = run_snakemake(checkout, "-n", "--configfile", str(config_file))
    assert process.returncode != 0
    assert "Traceback" not in process.stdout
    assert len(sentences(process.stdout)) == 1, process.stdout
    for text in said:
        assert text in sentences(process.stdout)[0]


def write_sources_without_mask(checkout: Path) -> None:
    """The declared sources, and one of FLIP that lacks a file."""
    document = yaml.safe_load((checkout / "config" / "sources.yaml").read_text())
    flip = deepcopy(document["sources"]["flip-secondary-structure"])
    del flip["files"]["mask"]
    document["sources"]["flip"] = flip
    path = checkout / "flip-without-mask.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))


def test_a_run_may_be_named_by_a_number_on_the_command_line(
    checkout: Path, run_snakemake: Run
) -> None:
    process = run_snakemake(checkout, "-n", "report", "--config", "run=5")
    assert process.returncode == 0, process.stdout
    assert "results/5/report.html" in process.stdout
