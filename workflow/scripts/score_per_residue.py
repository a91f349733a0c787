"""Score one network's predictions on one test set."""

import pandas as pd

from protlang.datasets import read_split
from protlang.evaluation import confusion_table, score
from protlang.files import atomic_path
from protlang.jobs import logged
from protlang.tables.cells import NOT_AVAILABLE

with logged(snakemake.log[0]):
    proteins = read_split(snakemake.input.test).proteins
    for compute, path in (
        (score, snakemake.output.scores),
        (confusion_table, snakemake.output.confusion),
    ):
        tables = [
            compute(proteins, snakemake.input.predictions, label)
            for label in snakemake.params.labels
        ]
        with atomic_path(path) as temporary:
            pd.concat(tables).to_csv(temporary, index=False, na_rep=NOT_AVAILABLE)
