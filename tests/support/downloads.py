"""A place to download to, and a `fetch` with few arguments."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.sources.catalogue import Source, SourceFile
from protlang.sources.download import fetch
from protlang.sources.http import Patience
from support.sources import make_source

BODY = bytes(range(256)) * 2000  # 512,000 bytes: several blocks
OTHER = bytes(reversed(BODY))
CUT = 300_000
HASTY = Patience(attempts=3, first_pause=0.001, longest_pause=0.01)


class Workplace:
    """Folders for one test, and a `fetch` with few arguments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.destination = folder / "downloads" / "peptides" / "peptides.txt"
        self.part = self.destination.with_name("peptides.txt.part")
        self.lock_file = folder / "sources.lock.json"
        self.drop_folder = folder / "by-hand"
        self.drop = self.drop_folder / "peptides" / "peptides.txt"

    def fetch(
        self,
        *urls: str,
        file: SourceFile | None = None,
        mirror: str | None = None,
        patience: Patience = HASTY,
        **known: str | int,
    ) -> None:
        file = file or SourceFile("peptides.txt", urls=urls)
        source = source_of(replace(file, **known))  # type: ignore[arg-type]
        fetch(
            source,
            "data",
            self.destination,
            self.lock_file,
            mirror,
            self.drop_folder,
            patience,
        )

    def failure(self, *urls: str, **arguments: object) -> str:
        """The message of the error that a fetch has to end in; nothing is left."""
        with pytest.raises(ProtlangError) as caught:
            self.fetch(*urls, **arguments)  # type: ignore[arg-type]
        assert not self.destination.exists()
        return str(caught.value)

    def lock(self) -> dict[str, dict[str, object]]:
        content: dict[str, dict[str, object]] = json.loads(self.lock_file.read_text())
        return content

    def has(self, body: bytes) -> bool:
        """Whether the file is there with these bytes, and nothing else beside it."""
        beside = [*self.destination.parent.iterdir()]
        return self.destination.read_bytes() == body and beside == [self.destination]


def source_of(file: SourceFile, note: str | None = None) -> Source:
    return make_source("peptides", "text", files={"data": file}, note=note)


def md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
