"""Tabulate how many test proteins were in training, and the measures without them."""

from pathlib import Path

from protlang.datasets.splits import read_provenance, read_split
from protlang.evaluation import per_protein as evaluation_per_protein
from protlang.evaluation import per_residue as evaluation
from protlang.evaluation.leakage import (
    Scored,
    audit,
    by_network,
    protein_measure,
    read_similarities,
    residue_measure,
)
from protlang.experiments.heads import read_predictors
from protlang.files import atomic_path
from protlang.logs import logged
from protlang.tables.arrangement import arranged
from protlang.tables.cells import NOT_AVAILABLE
from protlang.tables.layout import write_html, write_markdown
from protlang.tasks.features import FEATURES, PROTEIN_FEATURES

TABLE_1 = ("per_residue", FEATURES, evaluation.MEASURES, residue_measure)
TABLE_2 = (
    "per_protein",
    PROTEIN_FEATURES,
    evaluation_per_protein.MEASURES,
    protein_measure,
)

with logged(snakemake.log[0]):
    named = zip(snakemake.params.test_sets, snakemake.input.tests, strict=True)
    tests = {Path(path).parent.name: (name, path) for name, path in named}
    simulated = {
        Path(path).parent.name: read_provenance(path)["simulated"]
        for path in snakemake.input.training
    }
    scored = []
    for files, metrics, (section, features, measures, measure) in (
        (snakemake.input.residue_predictions, ["Q3"], TABLE_1),
        (snakemake.input.protein_predictions, ["Q10", "Q2"], TABLE_2),
    ):
        for network, predictions in by_network(files).items():
            predictors = read_predictors(snakemake.config, section, features)
            # Predictions of whole proteins are of their data set's own test proteins.
            dataset = network.file if network.file in tests else network.trained_on
            test_set, path = tests[dataset]
            split = read_split(path)
            scored += [
                Scored(
                    test_set,
                    network.trained_on,
                    predictors[network.predictor].row,
                    metric,
                    measures[metric].unit,
                    split.provenance["simulated"] or simulated[network.trained_on],
                    measure(split.proteins, predictions, metric),
                )
                for metric in metrics
            ]
    compared = [read_similarities(path) for path in snakemake.input.similarities]
    with atomic_path(snakemake.output.csv) as temporary:
        audit(compared, scored).to_csv(
            temporary, index=False, na_rep=NOT_AVAILABLE, float_format="%.6g"
        )
    table = arranged(Path(snakemake.output.csv))
    write_markdown(table, Path(snakemake.output.md))
    write_html(table, Path(snakemake.output.html))
