"""Compare any two predictors of SeqVec's Table 1 on the same proteins."""

from pathlib import Path

import pandas as pd

from protlang.evaluation.per_residue import read_protein_values
from protlang.experiments.heads import Network, PerResidueExperiments
from protlang.logs import logged
from protlang.sources.catalogue import load_sources
from protlang.tables.comparisons import compare_all, write_comparisons
from protlang.tables.seqvec_table1 import printed_columns

with logged(snakemake.log[0]):
    results = Path(snakemake.output.csv).parents[1]

    def values(network: Network, dataset: str) -> pd.DataFrame:
        """Read what a network reaches on each protein of a data set."""
        name = f"{network.predictor.name}/{network.training_set.dataset}"
        folder = results / "per_residue" / name / "proteins"
        return read_protein_values(folder / f"{dataset}.csv")

    experiments = PerResidueExperiments(
        snakemake.config, load_sources(snakemake.config["sources"])
    )
    comparisons = compare_all(experiments, printed_columns(), values)
    write_comparisons(comparisons, snakemake.output.csv)
