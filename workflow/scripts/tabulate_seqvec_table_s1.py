"""Fill SeqVec's Table S1."""

from pathlib import Path

import pandas as pd

from protlang.corpora.token_store import read_meta
from protlang.logs import logged
from protlang.tables.cells import read_cells, write_cells
from protlang.tables.layout import write_html, write_markdown
from protlang.tables.seqvec_table_s1 import fill, printed

with logged(snakemake.log[0]):
    folders = [Path(path).parent for path in snakemake.input.corpora]
    cells = fill({folder.name: read_meta(folder) for folder in folders})
    write_cells(cells, pd.DataFrame(), Path(snakemake.output.csv))
    table = printed(read_cells(Path(snakemake.output.csv)))
    write_markdown(table, Path(snakemake.output.md))
    write_html(table, Path(snakemake.output.html))
