"""Fill one of PLUS's Tables 2 to 6."""

from pathlib import Path

from protlang.logs import logged
from protlang.tables.arrangement import arranged
from protlang.tables.layout import write_html, write_markdown
from protlang.tables.plus_finetuning import (
    read_alignments,
    read_alignments_pairs,
    read_models,
    read_models_pairs,
    write_table,
)

with logged(snakemake.log[0]):
    files, rows = snakemake.input, snakemake.params.rows
    csv = Path(snakemake.output.csv)
    write_table(
        csv.stem,
        [*read_models(files.scores, rows), *read_alignments(files.aligned)],
        {
            **read_models_pairs(files.predictions, rows),
            **read_alignments_pairs(files.aligned_pairs),
        },
        csv,
    )
    page = arranged(csv)
    write_markdown(page, Path(snakemake.output.md))
    write_html(page, Path(snakemake.output.html))
