"""Copies of the checkout, so that tests never write into it."""

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]

Process = subprocess.CompletedProcess[str]
"""A finished run of Snakemake; stdout holds stderr, too."""

Run = Callable[..., Process]
"""Runs Snakemake with arguments in a folder: the fixture `run_snakemake`."""

DEMO = ("--profile", "profiles/demo", "--max-jobs-per-timespan", "100/1s")
"""For small runs, which would wait for the next look of that profile when they end."""


def planned_jobs(output: str) -> dict[str, int]:
    """The jobs of a dry run by rule, from Snakemake's own statistics."""
    table = output.rpartition("Job stats:")[2]
    found = re.findall(r"(?m)^(\w+) +(\d+)$", table)
    return {rule: int(count) for rule, count in found}


def copy_checkout(folder: Path) -> Path:
    """Copy the project's own files (tracked, or new and not ignored) below `folder`."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    copy = folder / "checkout"
    for name in filter(None, listing.split("\0")):
        source, target = REPOSITORY / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        elif source.is_file():
            shutil.copy2(source, target)
    return copy


def declare_encoders(
    checkout: Path,
    root: Path,
    distribution: str,
    files: Mapping[str, str],
    encoders: Mapping[str, Mapping[str, str]],
) -> None:
    """Add published files to the sources of a checkout, and encoders to its demo.

    Args:
        checkout: a copy of the checkout.
        root: of the files.
        distribution: of the source that they make up.
        files: their names by role.
        encoders: settings by name, without the source; those with a `folder` need none.
    """
    sources = checkout / "config" / "sources.yaml"
    document = yaml.safe_load(sources.read_text())
    document["root"] = str(root)
    document["sources"]["tiny-files"] = {
        "title": "Tiny encoders",
        "release": "1",
        "distribution": distribution,
        "files": {role: {"path": name} for role, name in files.items()},
        "licence": "CC0-1.0",
        "citation": "nobody",
        "verified": True,
    }
    sources.write_text(yaml.safe_dump(document, sort_keys=False))
    demo = checkout / "config" / "demo.yaml"
    config = yaml.safe_load(demo.read_text())
    for name, settings in encoders.items():
        source = {} if "folder" in settings else {"source": "tiny-files"}
        config["encoders"][name] = {**settings, **source}
    demo.write_text(yaml.safe_dump(config, sort_keys=False))
