"""Inputs of a table or figure, as its rule declares them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from protlang.encoders.provenance import Provenance, encoder_provenance
from protlang.experiments.heads import EMBEDDING_DEFAULTS
from protlang.tables.cells import read_cells

Files = str | Sequence[str]
"""One path, or several."""


@dataclass(frozen=True)
class Inputs:
    """What a table or figure is computed from.

    Each one's `compute` or `draw` lists the names that it reads. A name that the rule
    does not declare, or declares without a file, has no paths.

    Attributes:
        files: input files by name.
        params: parameters of the rule by name.
        config: the validated configuration of the run.
    """

    files: Mapping[str, Files] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)

    def paths(self, name: str) -> list[Path]:
        """All files of a name."""
        files = self.files.get(name, ())
        return list(map(Path, [files] if isinstance(files, str) else files))

    def path(self, name: str) -> Path:
        """The only file of a name.

        Raises:
            ValueError: if there is none, or several.
        """
        (path,) = self.paths(name)
        return path

    def optional(self, name: str) -> Path | None:
        """The only file of a name, if there is one."""
        return self.path(name) if self.paths(name) else None

    def folders(self, name: str) -> Iterator[Path]:
        """The folders that hold the files of a name."""
        return (path.parent for path in self.paths(name))

    def cells(self, *names: str) -> dict[str, pd.DataFrame]:
        """Tables among the files of some names, by name, as far as there are any."""
        return {name: read_cells(self.path(name)) for name in names if self.paths(name)}

    def encoders(self) -> dict[str, Provenance]:
        """Provenance of the encoders among the files `encoders`, by name."""
        embedding = {**EMBEDDING_DEFAULTS, **self.config.get("embedding", {})}
        return {
            folder.name: encoder_provenance(folder.name, folder, embedding)
            for folder in self.folders("encoders")
        }
