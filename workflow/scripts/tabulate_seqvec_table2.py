"""Fill SeqVec's Table 2, and compare its methods."""

from pathlib import Path

import pandas as pd

from protlang.datasets.splits import read_provenance, read_split
from protlang.encoders.provenance import encoder_provenance
from protlang.evaluation.per_protein import compare_all
from protlang.experiments.heads import Predictor
from protlang.experiments.per_protein import PerProteinExperiments
from protlang.files import atomic_path
from protlang.logs import logged
from protlang.sources.catalogue import load_sources
from protlang.tables import TITLES
from protlang.tables.cells import read_cells, write_cells
from protlang.tables.layout import printed_table, write_html, write_markdown
from protlang.tables.seqvec_table2 import DataProvenance, fill

with logged(snakemake.log[0]):
    results = Path(snakemake.output.csv).parents[1]
    experiments = PerProteinExperiments(
        snakemake.config, load_sources(snakemake.config["sources"])
    )

    def scores(predictor: Predictor) -> pd.DataFrame:
        """Read the scores of a predictor."""
        folder = results / "per_protein" / predictor.name / experiments.dataset
        return pd.read_csv(folder / "scores.csv")

    encoders = {
        Path(path).parent.name: encoder_provenance(
            Path(path).parent.name, Path(path).parent
        )
        for path in snakemake.input.encoders
    }
    provenance, proteins = None, []
    if experiments.predictors:
        provenance = DataProvenance(
            read_provenance(snakemake.input.train),
            read_provenance(snakemake.input.test),
        )
        proteins = read_split(snakemake.input.test).proteins
    predictions: dict[str, list[Path]] = {}
    for path in map(Path, snakemake.input.predictions):
        row = experiments.predictors[path.parents[2].name].row
        predictions.setdefault(row, []).append(path)

    cells = fill(experiments, scores, provenance, encoders)
    write_cells(cells, pd.DataFrame(), Path(snakemake.output.csv))
    with atomic_path(snakemake.output.comparisons) as temporary:
        comparisons = compare_all(proteins, predictions)
        comparisons.to_csv(temporary, index=False, float_format="%.6g")
    table = printed_table(
        TITLES["seqvec_table2"], read_cells(Path(snakemake.output.csv))
    )
    write_markdown(table, Path(snakemake.output.md))
    write_html(table, Path(snakemake.output.html))
