"""Commands that the documents print can be typed as they stand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.checkout import REPOSITORY, Run

pytestmark = pytest.mark.workflow


def printed_commands() -> Iterator[tuple[str, Path]]:
    """Yield the indented lines that start Snakemake, and their documents."""
    documents = [REPOSITORY / "README.md", REPOSITORY / "config" / "README.md"]
    for document in [*documents, *sorted((REPOSITORY / "docs").glob("*.md"))]:
        for command in re.findall(r"(?m)^ {4,}(snakemake .*)$", document.read_text()):
            yield command.partition("#")[0].strip(), document


COMMANDS = dict(printed_commands())


def test_commands_are_found_at_all() -> None:
    assert "snakemake --profile slurm all" in COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_printed_command_can_be_planned(
    checkout: Path, run_snakemake: Run, command: str
) -> None:
    process = run_snakemake(checkout, *command.split()[1:], "-n")
    assert process.returncode == 0, f"{COMMANDS[command]}: {process.stdout}"
