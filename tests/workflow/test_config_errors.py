"""A wrong configuration stops Snakemake with one sentence: which key, what to do.

Every mistake's sentence has its test beside the module that finds it.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.checkout import Run

pytestmark = pytest.mark.workflow

MISTAKES: dict[str, tuple[Any, str]] = {
    "mirorr": ("somewhere", "has the unknown key 'mirorr'; did you mean 'mirror'?"),
    "per_residue.training.max_epochs": ("many", "is 'many' but must be of type int"),
    "per_residue.test_sets.CASP12": ("casp14", "per_residue names the data set 'cas"),
    "plus.homology.contacts": (None, "plus.homology.contacts is None but must be"),
    "plus.finetuning.plus-tfm.encoder": ("plus-tmf", "'plus-tmf', which `encoders`"),
    "sources": ("config/source.yaml", "config/source.yaml does not exist; correct"),
}
"""Wrong values and parts of their sentences, by key."""


def sentences(output: str) -> list[str]:
    """What is printed besides the places in the workflow that Snakemake names."""
    frame = re.compile(r'(?:WorkflowError in|  File) (?:file )?".*", line \d+[:,].*')
    lines = [line for line in output.splitlines() if line.strip()]
    return [line for line in lines if not frame.fullmatch(line)]


@pytest.mark.parametrize("key", MISTAKES)
def test_a_mistake_is_one_sentence_with_the_key_and_the_fix(
    checkout: Path, run_snakemake: Run, tmp_path: Path, key: str
) -> None:
    value, said = MISTAKES[key]
    config = yaml.safe_load((checkout / "config" / "demo.yaml").read_text())
    *above, last = key.split(".")
    place = config
    for name in above:
        place = place[name]
    place[last] = value
    config_file = tmp_path / "config.yaml"
    config_file.write_text(yaml.safe_dump(config, sort_keys=False))
    process = run_snakemake(checkout, "-n", "--configfile", str(config_file))
    assert process.returncode != 0
    assert "Traceback" not in process.stdout
    (sentence,) = sentences(process.stdout)
    assert said in sentence


def test_a_run_may_be_named_by_a_number_on_the_command_line(
    checkout: Path, run_snakemake: Run
) -> None:
    process = run_snakemake(checkout, "-n", "report", "--config", "run=5")
    assert process.returncode == 0, process.stdout
    assert "results/5/report.html" in process.stdout
