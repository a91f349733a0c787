"""Sources: the public files that the workflow uses, with sizes, hashes and terms."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.validation import SCHEMAS, read_yaml, validate_against

_DETERMINING = ("name", "title", "release", "distribution", "licence", "citation")
_DETERMINING_FILE = ("name", "size", "sha256", "md5")

_SAFE_NAME = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class SourceFile:
    """One file of a source: downloaded from `urls`, or found at `path`.

    Attributes:
        name: file name on disk and in a mirror; never holds a path separator.
        urls: addresses, the preferred first; empty if `path` is set or if the file can
            only be placed by hand.
        path: a file that is already on this machine, or None.
        size: bytes, if known.
        sha256: hexadecimal digest, if published.
        md5: hexadecimal digest, if that is what the publisher gives.
    """

    name: str
    urls: tuple[str, ...] = ()
    path: Path | None = None
    size: int | None = None
    sha256: str | None = None
    md5: str | None = None


@dataclass(frozen=True)
class Source:
    """A published data set or model.

    Attributes:
        name: key in the sources file; safe as a folder name.
        title: what it is, for people.
        release: release or version; `rolling` if the publisher replaces the file.
        distribution: the form in which it is published, which decides on the reader.
        files: its files by role.
        licence: terms of use.
        citation: short reference.
        invariants: counts that its content has to have, checked after reading.
        verified: whether somebody has fetched these addresses and checked the content.
        note: what a user should know, shown when the source cannot be fetched.
    """

    name: str
    title: str
    release: str
    distribution: str
    files: Mapping[str, SourceFile]
    licence: str
    citation: str
    verified: bool
    invariants: Mapping[str, int] = field(default_factory=dict)
    note: str | None = None

    def entry(self) -> dict[str, Any]:
        """What determines the data made of it, in built-in types.

        Neither addresses nor places of files are among it: other ones change no data.
        """
        checksums = {
            role: {key: getattr(file, key) for key in _DETERMINING_FILE}
            for role, file in self.files.items()
        }
        facts = {key: getattr(self, key) for key in _DETERMINING}
        return {**facts, "files": checksums, "invariants": dict(self.invariants)}

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any]) -> "Source":
        """The source of an entry, without addresses."""
        files = {role: SourceFile(**file) for role, file in entry["files"].items()}
        return cls(**{**entry, "files": files, "verified": False})

    def file(self, role: str) -> SourceFile:
        """The file that plays `role`.

        Raises:
            ProtlangError: if the source has no such file.
        """
        if role not in self.files:
            raise ProtlangError(
                f"source {self.name} has no file with the role {role!r}; "
                f"it has: {', '.join(self.files)}"
            )
        return self.files[role]

    def provenance(self, files: Mapping[str, Path], simulated: bool) -> dict[str, Any]:
        """Its entry in the provenance of a data set made of it.

        Args:
            files: its files on this machine, by role; their hashes are recorded.
            simulated: whether they are simulated.
        """
        return {
            "source": self.name,
            "title": self.title,
            "release": self.release,
            "distribution": self.distribution,
            "licence": self.licence,
            "citation": self.citation,
            "files": {
                role: {"name": path.name, "sha256": file_hash(path)}
                for role, path in files.items()
            },
            "simulated": simulated,
        }

    def role_of(self, file_name: str) -> str:
        """The role that the file of that name plays.

        Raises:
            ProtlangError: if the source has no such file.
        """
        for role, file in self.files.items():
            if file.name == file_name:
                return role
        names = ", ".join(file.name for file in self.files.values())
        raise ProtlangError(
            f"source {self.name} has no file named {file_name!r}; it has: {names}"
        )


def load_sources(path: Path | str) -> dict[str, Source]:
    """Read and validate a sources file.

    Args:
        path: a YAML file that follows `workflow/schemas/sources.schema.yaml`.

    Returns:
        The sources by name, in the order of the file.

    Raises:
        ProtlangError: if the file is missing or breaks the schema, if a file has both
            `urls` and `path` or neither, or if two files of a source share a name.
    """
    document = read_yaml(path)
    validate_against(document, SCHEMAS / "sources.schema.yaml", str(path))
    root = _root(document)
    return {
        name: _source(name, entry, root, f"{path}: sources.{name}")
        for name, entry in document["sources"].items()
    }


def _root(document: Mapping[str, Any]) -> Path | None:
    override = os.environ.get(document.get("root_env", ""))
    root = override or document.get("root")
    return None if root is None else Path(root)


def _source(
    name: str, entry: Mapping[str, Any], root: Path | None, where: str
) -> Source:
    files = {
        role: _file(file, root, f"{where}.files.{role}")
        for role, file in entry["files"].items()
    }
    _require_distinct_names(files, where)
    return Source(**{**entry, "name": name, "files": files})


def _file(entry: Mapping[str, Any], root: Path | None, where: str) -> SourceFile:
    if ("urls" in entry) == ("path" in entry):
        raise ProtlangError(
            f"{where} has to have either 'urls' (a list of addresses) or 'path' "
            "(a local file); give one of the two"
        )
    return SourceFile(
        **{
            **entry,
            "name": _file_name(entry, where),
            "urls": tuple(entry.get("urls", ())),
            "path": _local_path(entry, root, where),
        }
    )


def _local_path(entry: Mapping[str, Any], root: Path | None, where: str) -> Path | None:
    if "path" not in entry:
        return None
    if root is None:
        raise ProtlangError(
            f"{where}.path is relative to the top-level 'root', which is missing; "
            "add it, or set the environment variable that 'root_env' names"
        )
    return Path(root, entry["path"])


def _file_name(entry: Mapping[str, Any], where: str) -> str:
    """The declared name, or the last component of the first address or the path."""
    name: str = entry.get("name") or _last_component(entry)
    if not _SAFE_NAME.fullmatch(name):
        raise ProtlangError(
            f"{where} would be stored as {name!r}; add a 'name' of letters, digits, "
            "'.', '_' and '-'"
        )
    return name


def _last_component(entry: Mapping[str, Any]) -> str:
    if "path" in entry:
        return PurePosixPath(entry["path"]).name
    first = next(iter(entry["urls"]), "")
    return PurePosixPath(unquote(urlsplit(first).path)).name


def _require_distinct_names(files: Mapping[str, SourceFile], where: str) -> None:
    """Files of a source share a folder, so they cannot share a name."""
    roles: dict[str, str] = {}
    for role, file in files.items():
        first = roles.setdefault(file.name, role)
        if first != role:
            raise ProtlangError(
                f"{where}.files: the roles {first!r} and {role!r} are both stored as "
                f"{file.name!r}; give one of them another 'name'"
            )
