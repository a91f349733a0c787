"""Whoever asks for one table of PLUS waits for no model that only others show."""

import re
from pathlib import Path

import pytest

from support.checkout import Run

pytestmark = pytest.mark.workflow

JOB = re.compile(
    r"^results/demo/plus/finetuned/(?P<model>[^/]+)/(?P<task>\w+)/facts\.json"
)
FILLS = {
    "plus_table4": {
        "secondary_structure": {
            "plus-rnn-base",
            "plus-rnn-base-random",
            "plus-rnn-large",
            "plus-tfm",
            "p-elmo",
            "seqvec",
            "tape-lstm",
            "tape-transformer",
            "tape-resnet",
            "conv-lstm",
        },
        # P-ELMo's encoder is made by it.
        "homology": {"p-elmo"},
    },
    "plus_table5": {
        "homology": {
            "plus-rnn-base",
            "plus-rnn-base-random",
            *(f"plus-rnn-pt-{letter}" for letter in "abcd"),
        }
    },
    "plus_table6": {
        "homology": {
            "plus-rnn-base",
            *(f"plus-rnn-ft-{letter}" for letter in "abcde"),
        }
    },
}
"""Models to fine-tune in the demo, by table and task."""

PRETRAINED = {
    "plus_table4": {"plus-rnn-base", "plus-rnn-large", "plus-tfm", "p-elmo-lm"},
    "plus_table5": {
        "plus-rnn-base",
        *(f"plus-rnn-pt-{letter}" for letter in "abcd"),
    },
    "plus_table6": {"plus-rnn-base"},
}
"""Models of PLUS that those begin with."""


def made(output: str) -> list[str]:
    """Paths that the jobs of a dry run would write."""
    lines = re.findall(r"(?m)^    output: (.*)$", output)
    return [path for line in lines for path in line.split(", ")]


def tuned(paths: list[str]) -> dict[str, set[str]]:
    """Models that are fine-tuned, by task."""
    found: dict[str, set[str]] = {}
    for path in paths:
        if match := JOB.match(path):
            found.setdefault(match["task"], set()).add(match["model"])
    return found


def pretrained(paths: list[str]) -> set[str]:
    folder = re.compile(r"results/demo/encoders/(plus-[^/]+|p-elmo-lm)/config\.json")
    return {match[1] for path in paths if (match := folder.match(path))}


@pytest.mark.parametrize("table", FILLS)
def test_a_table_needs_its_own_models_alone(
    checkout: Path, run_snakemake: Run, table: str
) -> None:
    process = run_snakemake(checkout, "-n", table)
    assert process.returncode == 0, process.stdout
    paths = made(process.stdout)
    assert tuned(paths) == FILLS[table]
    assert pretrained(paths) == PRETRAINED[table]
    assert not any("/homology/alignments/" in path for path in paths)
