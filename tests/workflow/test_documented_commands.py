"""Commands that the documents print can be typed as they stand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.checkout import REPOSITORY, Run

pytestmark = pytest.mark.workflow


def printed_commands() -> Iterator[str]:
    """Yield `<document>: <command>` of the indented lines that start Snakemake."""
    documents = [REPOSITORY / "README.md", REPOSITORY / "config" / "README.md"]
    for document in [*documents, *sorted((REPOSITORY / "docs").glob("*.md"))]:
        for command in re.findall(r"(?m)^ {4,}(snakemake .*)$", document.read_text()):
            name = document.relative_to(REPOSITORY)
            yield f"{name}: {command.partition('#')[0].strip()}"


COMMANDS = list(printed_commands())


def test_commands_are_found_at_all() -> None:
    assert "README.md: snakemake --profile slurm all" in COMMANDS


@pytest.mark.parametrize("printed", COMMANDS)
def test_a_printed_command_can_be_planned(
    checkout: Path, run_snakemake: Run, printed: str
) -> None:
    words = printed.split(": ", 1)[1].split()[1:]
    process = run_snakemake(checkout, *words, "-n")
    assert process.returncode == 0, process.stdout
