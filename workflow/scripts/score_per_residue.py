"""Score one network's predictions on all test sets."""

from pathlib import Path

import pandas as pd

from protlang.datasets.splits import read_split
from protlang.evaluation.per_residue import confusion_table, protein_values, score
from protlang.files import atomic_path
from protlang.logs import logged
from protlang.tables.cells import NOT_AVAILABLE

with logged(snakemake.log[0]):
    network = Path(snakemake.output[0]).parents[1]
    for test in snakemake.input.tests:
        proteins = read_split(test).proteins
        name = Path(test).parent.name
        predictions = [
            path for path in snakemake.input.predictions if Path(path).stem == name
        ]
        for compute, folder in (
            (score, "scores"),
            (confusion_table, "confusion"),
            (protein_values, "proteins"),
        ):
            tables = [
                compute(proteins, predictions, label)
                for label in snakemake.params.labels[name]
            ]
            with atomic_path(network / folder / f"{name}.csv") as temporary:
                pd.concat(tables or [pd.DataFrame()]).to_csv(
                    temporary, index=False, na_rep=NOT_AVAILABLE
                )
