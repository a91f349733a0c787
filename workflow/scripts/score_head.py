"""Score one head's predictions of all test sets, all seeds together."""

from pathlib import Path

from protlang.datasets.splits import read_split
from protlang.evaluation import per_protein, per_residue
from protlang.files import atomic_path
from protlang.logs import logged
from protlang.tables.cells import NOT_AVAILABLE

TABLES = {"per_residue": per_residue.TABLES, "per_protein": per_protein.TABLES}

with logged(snakemake.log[0]):
    tests = snakemake.input.tests
    for number, test in enumerate(tests):
        proteins = read_split(test).proteins
        # Files are in the order of the seeds, and of the test sets within each.
        predictions = snakemake.input.predictions[number :: len(tests)]
        labels = snakemake.params.labels[Path(test).parent.name]
        for kind, compute in TABLES[snakemake.params.head].items():
            with atomic_path(snakemake.output.get(kind)[number]) as temporary:
                compute(proteins, predictions, labels).to_csv(
                    temporary, index=False, na_rep=NOT_AVAILABLE
                )
