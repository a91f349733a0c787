"""Fill SeqVec's Table 1."""

from pathlib import Path

import pandas as pd

from protlang.datasets.splits import read_provenance
from protlang.encoders.provenance import encoder_provenance
from protlang.experiments.heads import Network, PerResidueExperiments
from protlang.logs import logged
from protlang.sources.catalogue import load_sources
from protlang.tables import TITLES
from protlang.tables.cells import read_cells, write_cells
from protlang.tables.comparisons import read_comparisons, versus
from protlang.tables.layout import printed_table, write_html, write_markdown
from protlang.tables.seqvec_table1 import fill

with logged(snakemake.log[0]):
    results = Path(snakemake.output.csv).parents[1]

    def scores(network: Network, dataset: str) -> pd.DataFrame:
        """Read the scores of a network on a data set."""
        name = f"{network.predictor.name}/{network.training_set.dataset}"
        return pd.read_csv(results / "per_residue" / name / "scores" / f"{dataset}.csv")

    provenance = {
        Path(path).parent.name: read_provenance(path)
        for path in snakemake.input.datasets
    }
    encoders = {
        Path(path).parent.name: encoder_provenance(
            Path(path).parent.name, Path(path).parent
        )
        for path in snakemake.input.encoders
    }
    experiments = PerResidueExperiments(
        snakemake.config, load_sources(snakemake.config["sources"])
    )
    cells, others = fill(
        experiments,
        scores,
        provenance.__getitem__,
        encoders,
        versus(read_comparisons(snakemake.input.comparisons), experiments.reference),
    )
    write_cells(cells, others, Path(snakemake.output.csv))
    table = printed_table(
        TITLES["seqvec_table1"], read_cells(Path(snakemake.output.csv))
    )
    write_markdown(table, Path(snakemake.output.md))
    write_html(table, Path(snakemake.output.html))
