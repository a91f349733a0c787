"""SeqVec, Table S1: how often each amino acid occurs in the corpus.

The supplement that prints the table is not available. The paper's text states only that
A is the second and G the fourth most frequent letter.
"""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from protlang.alphabet import RESIDUES
from protlang.corpora.token_store import read_meta
from protlang.experiments.targets import Target
from protlang.protocol import Deviation, Deviations
from protlang.tables.agreement import ADDED, Agreement, Measured
from protlang.tables.cells import Cell, as_frame, measured, not_run
from protlang.tables.grid import NOT_PRINTED, Entry, Grid
from protlang.tables.inputs import Inputs
from protlang.tables.layout import PrintedTable, compared_page, own_text
from protlang.tables.protocol_notes import ProtocolNotes

SHARE, RANK = "share", "rank"

_UNAVAILABLE = "the supplement that prints the number is not available"

PRINTED_RANKS = {"A": 2, "G": 4}
"""Among the letters of the corpus. Source: SeqVec, Results, on its Table S1."""

RESIDUES_OF_THE_PAPER = 9_577_889_953
"""In its UniRef50, whose release is not stated. Source: SeqVec, Methods, "Data"."""


def compute(inputs: Inputs) -> pd.DataFrame:
    """The rows of the table's CSV.

    Args:
        inputs: files `corpora` (`.../<corpus>/meta.json`).
    """
    folders = inputs.folders("corpora")
    return as_frame(fill({folder.name: read_meta(folder) for folder in folders}))


def fill(corpora: Mapping[str, Mapping[str, Any]]) -> list[Cell]:
    """Two cells, share and rank, for each letter of each corpus, the commonest first.

    Args:
        corpora: metadata of each (`corpora.token_store.read_meta`), by name.
    """
    if not corpora:
        reason = "the configuration declares no corpus"
        return [
            not_run(_target(metric, letter, "UniRef50"), reason)
            for letter in RESIDUES
            for metric in (SHARE, RANK)
        ]
    return [cell for name, meta in corpora.items() for cell in _cells_of(name, meta)]


def arrange(title: str, cells: pd.DataFrame) -> PrintedTable:
    """Lay out the cells as a table: a row per letter.

    Args:
        title: heading.
        cells: as read by `protlang.tables.cells.read_cells`.
    """
    shares = cells[cells["metric"] == SHARE].to_dict("records")
    ranks = cells[cells["metric"] == RANK].to_dict("records")
    protocol = ProtocolNotes(cells["protocol"])
    rows = [
        [
            rank["dataset"],
            rank["row"],
            _text(share["value"], 3),
            _text(rank["paper_value"], 0),
            _own_rank(rank, protocol),
        ]
        for share, rank in zip(shares, ranks, strict=True)
    ]
    columns = ["Corpus", "Residue", "share in % ours", "rank paper", "rank ours"]
    return compared_page(title, cells, Grid(columns, rows), protocol)


def _cells_of(corpus: str, meta: Mapping[str, Any]) -> list[Cell]:
    composition = meta["composition"]
    letters = sorted(composition, key=lambda letter: -composition[letter])
    cells = []
    for rank, letter in enumerate(letters, start=1):
        share = 100 * composition[letter] / meta["residues"]
        cells.append(_cell(_target(SHARE, letter, corpus), share, meta))
        cells.append(_cell(_target(RANK, letter, corpus), rank, meta))
    return cells


def _target(metric: str, letter: str, corpus: str) -> Target:
    value = PRINTED_RANKS.get(letter, math.nan) if metric == RANK else math.nan
    unit = "percent" if metric == SHARE else "rank"
    return Target(
        letter, corpus, metric, unit, value, math.nan, "reproduced", _UNAVAILABLE
    )


def _cell(target: Target, value: float, meta: Mapping[str, Any]) -> Cell:
    ours = Measured(
        value=value,
        stderr=math.nan,
        n=meta["proteins"],
        simulated=meta["simulated"],
        deviations=_deviations(meta),
        provenance=_provenance(meta),
        seeds=0,
    )
    if math.isnan(target.value) and not ours.simulated:
        return Cell(target, ours, Agreement(ADDED, _UNAVAILABLE))
    return measured(target, ours)


def _deviations(meta: Mapping[str, Any]) -> Deviations:
    """How the corpus differs from the paper's, whose release is not stated."""
    if meta["residues"] == RESIDUES_OF_THE_PAPER:
        return ()
    sources = " and ".join(
        f"{source['title']} (release {source['release']})" for source in meta["sources"]
    )
    paper = f"{RESIDUES_OF_THE_PAPER:,} residues of UniRef50"
    return (Deviation("corpus", f"{meta['residues']:,} residues of {sources}", paper),)


def _provenance(meta: Mapping[str, Any]) -> str:
    names = ", ".join(source["name"] for source in meta["sources"])
    return f"all {meta['residues']:,} residues of {names}"


def _own_rank(cell: Mapping[Any, Any], protocol: ProtocolNotes) -> Entry:
    """Ours, with the agreement if the paper has a number."""
    number = _text(cell["value"], 0)
    return number if cell["agreement"] == ADDED else own_text(cell, protocol, number)


def _text(value: float, digits: int) -> str:
    return NOT_PRINTED if math.isnan(value) else f"{value:.{digits}f}"
