"""Score one per-protein predictor, all seeds together."""

from protlang.datasets.splits import read_split
from protlang.evaluation.per_protein import confusion_table, score
from protlang.files import atomic_path
from protlang.logs import logged
from protlang.tables.cells import NOT_AVAILABLE

with logged(snakemake.log[0]):
    proteins = read_split(snakemake.input.test).proteins
    for compute, path in (
        (score, snakemake.output.scores),
        (confusion_table, snakemake.output.confusion),
    ):
        table = compute(proteins, snakemake.input.predictions)
        with atomic_path(path) as temporary:
            table.to_csv(temporary, index=False, na_rep=NOT_AVAILABLE)
