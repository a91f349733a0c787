"""How many of SeqVec's test proteins were in training, as a table.

The paper reports no such numbers.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from protlang.datasets.splits import read_provenance, read_split
from protlang.encoders.folder import read_config
from protlang.evaluation import per_protein, per_residue
from protlang.evaluation.leakage import (
    COLUMNS,
    CORPUS,
    LEVELS,
    NO_PREDICTOR,
    NOT_SEARCHED,
    SAME,
    Scored,
    Without,
    audit,
    by_network,
    protein_measure,
    read_similarities,
    residue_measure,
)
from protlang.evaluation.mmseqs import COVERAGE
from protlang.experiments.heads import read_predictors
from protlang.proteins import Protein
from protlang.tables.grid import NOT_PRINTED, Grid
from protlang.tables.inputs import Inputs
from protlang.tables.layout import PrintedTable
from protlang.tasks.features import FEATURES, PROTEIN_FEATURES

_KEYS = ["test_set", "reference", "kind", "level"]

_HEADINGS = ["Test set", "Compared with", "Alike", "proteins", "share in %"]

NO_CORPUS = "none, as the proteins that this encoder was trained on are not compared"
"""Weights are published without them; `leakage` may leave out a corpus of our own."""

_ALL = "all test proteins"
"""Row that shows the measures before any protein is left out."""


class _Audited(NamedTuple):
    """The predictors of one table.

    Attributes:
        files: name of the inputs that hold their predictions.
        section: of the configuration that declares them.
        features: that they may read.
        units: of the audited measures, by measure.
        measure: computes one of them, also without some proteins.
    """

    files: str
    section: str
    features: Collection[str]
    units: Mapping[str, str]
    measure: Callable[[Sequence[Protein], Sequence[Path], str], Without]


_AUDITED = (
    _Audited(
        "residue_predictions",
        "per_residue",
        FEATURES,
        {"Q3": per_residue.MEASURES["Q3"].unit},
        residue_measure,
    ),
    _Audited(
        "protein_predictions",
        "per_protein",
        PROTEIN_FEATURES,
        {metric: per_protein.MEASURES[metric].unit for metric in ("Q10", "Q2")},
        protein_measure,
    ),
)


def compute(inputs: Inputs) -> pd.DataFrame:
    """The rows of the table's CSV: `evaluation.leakage.COLUMNS`.

    Args:
        inputs: files `similarities`; `tests`, the audited test splits; `training`
            splits; `residue_predictions` and `protein_predictions` of all seeds;
            `encoders`, whose vectors predictors read; the parameter `test_sets`, the
            paper's names of `tests` in their order.
    """
    compared = [read_similarities(path) for path in inputs.paths("similarities")]
    scored = [one for part in _AUDITED for one in _scored(part, inputs)]
    missing = pd.DataFrame(_not_compared(inputs, compared), columns=COLUMNS)
    found = audit(compared, scored)
    return pd.concat([found, missing], ignore_index=True) if len(missing) else found


def _not_compared(
    inputs: Inputs, compared: Sequence[pd.DataFrame]
) -> Iterator[dict[str, object]]:
    """A row per test set and encoder whose corpus is none of those compared."""
    known = {str(name) for table in compared for name in table["reference"].unique()}
    for folder in dict.fromkeys(inputs.folders("encoders")):
        corpus = read_config(folder, "encoder", dict)["trained_on"].get("corpus", "")
        if corpus in known:
            continue
        for test_set, path in _tests(inputs):
            provenance = read_provenance(path)
            yield {
                **dict.fromkeys(COLUMNS, math.nan),
                "test_set": test_set,
                "reference": f"{corpus or 'corpus'} of {folder.name}",
                "kind": CORPUS,
                "level": SAME,
                "test_proteins": provenance["proteins"],
                **dict.fromkeys(("row", "metric", "unit"), NO_PREDICTOR),
                "simulated": provenance["simulated"],
                "search": NO_CORPUS,
            }


def _tests(inputs: Inputs) -> Iterator[tuple[str, Path]]:
    """The paper's names of the audited test sets, and their splits."""
    return zip(inputs.params["test_sets"], inputs.paths("tests"), strict=True)


def _scored(audited: _Audited, inputs: Inputs) -> Iterator[Scored]:
    """The measures of all predictors of one table."""
    tests = {path.parent.name: (name, path) for name, path in _tests(inputs)}
    simulated = {
        path.parent.name: read_provenance(path)["simulated"]
        for path in inputs.paths("training")
    }
    for network, predictions in by_network(inputs.paths(audited.files)).items():
        predictors = read_predictors(inputs.config, audited.section, audited.features)
        # Predictions of whole proteins are of their data set's own test proteins.
        dataset = network.file if network.file in tests else network.trained_on
        test_set, path = tests[dataset]
        split = read_split(path)
        for metric, unit in audited.units.items():
            yield Scored(
                test_set,
                network.trained_on,
                predictors[network.predictor].row,
                metric,
                unit,
                split.provenance["simulated"] or simulated[network.trained_on],
                audited.measure(split.proteins, predictions, metric),
            )


def arrange(title: str, cells: pd.DataFrame) -> PrintedTable:
    """Lay out the audit as a table: a row per level, a column per predictor's measure.

    Args:
        title: heading.
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
        title,
        bool(cells["simulated"].any()),
        Grid([*_HEADINGS, *headings], rows),
        _notes(cells),
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
    for search, group in cells.groupby("search", sort=False):
        references = ", ".join(dict.fromkeys(group["reference"]))
        notes.append(f"Identity search: {search} ({references}).")
    return notes
