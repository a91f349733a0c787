"""Labelled sets written as text and read through the registry of distributions."""

import gzip
from collections.abc import Mapping
from pathlib import Path

from protlang.datasets.curation import checked
from protlang.formats.registry import DISTRIBUTIONS
from protlang.proteins import Protein


def write_files(folder: Path, contents: Mapping[str, str | bytes]) -> dict[str, Path]:
    """Files by role, each named as its role, gzipped if that ends in `.gz`.

    An ending of a role counts as part of the file's name alone: `data.csv` is the file
    of the role `data`.
    """
    files = {}
    for name, content in contents.items():
        data = content.encode() if isinstance(content, str) else content
        path = folder / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        files[name.partition(".")[0]] = path
    return files


def read_set(
    folder: Path,
    distribution: str,
    contents: Mapping[str, str | bytes],
    source: str = "set",
) -> list[Protein]:
    """The proteins of a set with these files, checked as in every run."""
    files = write_files(folder, contents)
    found = DISTRIBUTIONS[distribution].read(files, source)
    return checked(found, ", ".join(map(str, files.values())))
