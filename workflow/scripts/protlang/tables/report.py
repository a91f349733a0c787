"""The report: one self-contained page with every table and figure of a run."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from protlang import __version__
from protlang.files import write_text
from protlang.tables.layout import (
    PROTOCOL_TITLE,
    SIMULATED_BANNER,
    WORDS_TITLE,
    PrintedTable,
)
from protlang.tables.templates import render


@dataclass(frozen=True)
class FigureOnPage:
    """A figure to embed.

    Attributes:
        name: of its file, e.g. `seqvec_fig1a`.
        data_url: the SVG, base64-encoded.
    """

    name: str
    data_url: str

    @classmethod
    def read(cls, svg: Path) -> "FigureOnPage":
        """Embed an SVG file."""
        encoded = base64.b64encode(svg.read_bytes()).decode()
        return cls(svg.stem, f"data:image/svg+xml;base64,{encoded}")


def write_report(
    run: str,
    tables: Sequence[PrintedTable],
    figures: Sequence[FigureOnPage],
    datasets: Mapping[str, Mapping[str, Any]],
    config: Mapping[str, Any],
    path: Path,
) -> None:
    """Write the page.

    Args:
        run: name of the run.
        tables: in order.
        figures: in order.
        datasets: provenance of each split that went into them, by name.
        config: the run's configuration, printed at the end.
        path: the HTML file.
    """
    simulated = any(facts["simulated"] for facts in datasets.values())
    page = render(
        "report.html",
        run=run,
        version=__version__,
        tables=tables,
        figures=figures,
        datasets=datasets,
        words_title=WORDS_TITLE,
        protocol_title=PROTOCOL_TITLE,
        config=yaml.safe_dump(dict(config), sort_keys=False),
        banner=SIMULATED_BANNER if simulated else None,
    )
    write_text(path, page)
