"""How many of SeqVec's test proteins were in training, as a table.

The paper reports no such numbers.
"""

import math
from typing import Any

import pandas as pd

from protlang.evaluation.leakage import LEVELS, NO_PREDICTOR, NOT_SEARCHED, SAME
from protlang.evaluation.mmseqs import COVERAGE
from protlang.tables import TITLES
from protlang.tables.layout import NOT_PRINTED, Grid, PrintedTable

_KEYS = ["test_set", "reference", "kind", "level"]

_HEADINGS = ["Test set", "Compared with", "Alike", "proteins", "share in %"]

_ALL = "all test proteins"
"""Row that shows the measures before any protein is left out."""


def printed(cells: pd.DataFrame) -> PrintedTable:
    """Arrange the audit as a table: a row per level, a column per predictor's measure.

    Args:
        cells: `evaluation.leakage.COLUMNS`, as `protlang.tables.cells.read_cells` reads
            them.
    """
    known = cells[cells["row"] != NO_PREDICTOR]
    columns = list(dict.fromkeys(zip(known["row"], known["metric"], strict=True)))
    rows = []
    for (test_set, reference, kind, level), group in cells.groupby(_KEYS, sort=False):
        lead = [str(test_set), f"{reference} ({kind})"]
        if level == SAME:
            number = f"{group['test_proteins'].iloc[0]:,}"
            texts = _texts(group, columns, "")
            rows.append([*lead, _ALL, number, "100.0", *texts])
        texts = _texts(group, columns, "_without")
        rows.append([*lead, str(level), *_counted(group.iloc[0]), *texts])
    headings = [f"{row} {metric}" for row, metric in columns]
    return PrintedTable(
        TITLES["seqvec_leakage"],
        bool(cells["simulated"].any()),
        Grid([*_HEADINGS, *headings], rows),
        _notes(cells),
        Grid([], []),
    )


def _counted(cell: "pd.Series[Any]") -> list[str]:
    if math.isnan(cell["similar"]):
        return [NOT_SEARCHED, NOT_PRINTED]
    return [f"{cell['similar']:,.0f}", f"{cell['share']:.1f}"]


def _texts(
    group: pd.DataFrame, columns: list[tuple[str, str]], suffix: str
) -> list[str]:
    """Each predictor's measure on what is left of the test set."""
    by_column = {(cell["row"], cell["metric"]): cell for _, cell in group.iterrows()}
    return [
        _number(by_column[column], suffix) if column in by_column else NOT_PRINTED
        for column in columns
    ]


def _number(cell: "pd.Series[Any]", suffix: str) -> str:
    value, stderr = cell[f"value{suffix}"], cell[f"stderr{suffix}"]
    if math.isnan(value):
        return NOT_PRINTED
    return f"{value:.1f}" + ("" if math.isnan(stderr) else f" ± {stderr:.1f}")


def _notes(cells: pd.DataFrame) -> list[str]:
    notes = [
        "Measures, in percent ± standard error, are of the test proteins that are left "
        f"once those of the line are left out; in lines of “{_ALL}” none is.",
        f"“{SAME}”: the reference holds exactly its residues. The other levels include "
        "it: identical residues among all columns of the best alignment that covers at "
        f"least {COVERAGE:.0%} of the test protein. Levels: {', '.join(LEVELS)}.",
        "Compared with a training set are predictors trained on it, with a corpus all; "
        "those that see no vectors of a model trained on it show how hard the other "
        "proteins are.",
    ]
    for told, group in cells.groupby("search", sort=False):
        references = ", ".join(dict.fromkeys(group["reference"]))
        notes.append(f"Identity search: {told} ({references}).")
    return notes
